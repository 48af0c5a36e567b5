"""Transferability scores of the checkpoint on views made by hand: a reference, an invariance, reasons."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.special import softmax
from tests.probes.made import Made, looked

from shiftprobe.core.types import PENULTIMATE, Cell, Row, Taps, View
from shiftprobe.metrics import h_score, leep, log_me, nce
from shiftprobe.probes.transferability import TransferabilityProbe

RNG = np.random.default_rng(0)
LABELS = np.arange(60) % 3


@dataclass(frozen=True)
class Seen(Made):
    """Evidence in which no test of two domains looks anywhere but at the last tap."""

    taps: Taps = "penultimate"


def view(strength: float, width: int = 8) -> View:
    """Seen by a source of five classes, whose features and answers know something of the label."""
    features = {
        "early": RNG.normal(size=(60, 4)),
        PENULTIMATE: RNG.normal(size=(60, width)) + strength * np.eye(3, width)[LABELS],
    }
    logits = (RNG.normal(size=(60, 5)) + strength * np.eye(3, 5)[LABELS]).astype(np.float32)
    return replace(looked(features, LABELS), logits=logits)


def rows(source: View, random: View | None) -> dict[tuple[str, str], Row]:
    made = {("source", "train"): source} | ({("random", "train"): random} if random else {})
    found = TransferabilityProbe()(Seen(made, cell=Cell("rotation", 0.5))).rows
    return {(row.metric, row.arm): row for row in found}


def test_scores_of_the_training_images_at_the_penultimate_tap() -> None:
    source, random = view(1.0), view(0.0)
    found = rows(source, random)
    expected = {
        ("logme", "source"): log_me(source.features[PENULTIMATE], LABELS),
        ("h_score", "source"): h_score(source.features[PENULTIMATE], LABELS),
        ("leep", "source"): leep(softmax(source.logits.astype(np.float64), axis=1), LABELS),
        ("nce", "source"): nce(source.logits.argmax(axis=1), LABELS),
        ("logme", "random"): log_me(random.features[PENULTIMATE], LABELS),
        ("h_score", "random"): h_score(random.features[PENULTIMATE], LABELS),
    }
    assert {key: row.value for key, row in found.items()} == pytest.approx(expected, rel=1e-12)
    assert {row.unit for row in found.values()} == {"score"}
    assert {row.n for row in found.values()} == {60}
    assert found["logme", "source"].tap == PENULTIMATE
    assert found["leep", "source"].tap == ""


def test_features_that_know_the_labels_rank_above_those_that_do_not() -> None:
    found = rows(view(3.0), view(0.0))
    for metric in ("logme", "h_score"):
        assert (found[metric, "source"].value or 0) > (found[metric, "random"].value or 0) + 0.1


def test_the_scale_of_logits_moves_leep_alone() -> None:
    source = view(1.0)
    one, two = (rows(replace(source, logits=scale * source.logits), None) for scale in (1, 4))
    same = [key for key, row in one.items() if row.value == two[key].value]
    assert ("nce", "source") in same
    assert ("leep", "source") not in same


def test_what_cannot_be_scored_has_its_reason() -> None:
    flat = replace(view(1.0), features={PENULTIMATE: np.full((60, 8), 0.25, np.float32)})
    found = rows(flat, None)
    assert found["logme", "source"].reason == f"{PENULTIMATE}: every image has the same features"
    assert found["leep", "source"].value is not None
    assert found["h_score", "random"].reason == "no random"
    wide = rows(view(1.0, width=80), None)["h_score", "source"]
    assert wide.value is None
    assert "score C - 1 with any labels" in wide.reason
    one_class = replace(view(1.0), labels=np.zeros(60, np.int64))
    assert {row.value for row in rows(one_class, None).values()} == {None}
