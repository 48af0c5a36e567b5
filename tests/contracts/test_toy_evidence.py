"""The toy evidence that contracts of probes are held on."""

import numpy as np
import pytest

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Cell, Evidence
from shiftprobe.testing import ToyEvidence, toy_evidence


def test_toy_evidence_is_that_of_a_cell() -> None:
    evidence: Evidence = toy_evidence("arms")
    clean, target, train = (evidence.view("transfer", images) for images in ("clean", "target", "train"))
    np.testing.assert_array_equal(clean.labels, target.labels)
    assert clean.logits.shape == target.logits.shape == (100, 10)
    assert list(clean.features) == list(target.features) == list(train.features)
    assert not np.array_equal(clean.logits, target.logits)
    assert (target.logits.argmax(axis=1) == target.labels).mean() > 0.5
    assert evidence.view("transfer", "clean") is clean
    assert not np.array_equal(evidence.view("scratch", "clean").logits, clean.logits)
    for array in (clean.logits, clean.images):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0  # type: ignore[index]


def test_toy_evidence_has_what_a_cell_has_and_nothing_else() -> None:
    assert toy_evidence("checkpoint").arms == ("zero_shot",)
    assert toy_evidence("checkpoint").cell.seed is None
    lost = ToyEvidence(cell=Cell("rotation", 0.5, 100, 0), arms=("scratch",), failed={"transfer": "diverged"})
    for model, images, words in (
        ("transfer", "clean", "^diverged$"),
        ("lp_ft", "clean", "no model 'lp_ft'"),
        ("scratch", "clen", "no images 'clen'"),
    ):
        with pytest.raises(NotAvailableError, match=words):
            lost.view(model, images)
