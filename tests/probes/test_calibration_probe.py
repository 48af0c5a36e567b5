"""Calibration of the arms on views made by hand: a reference, an invariance, reasons."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.probes.made import CLASSES, LABELS, Made, N, answering, looked

from shiftprobe.core.types import Finding, Taps, View
from shiftprobe.metrics import calibration_error, confidence_bins, negative_log_likelihood, overconfidence
from shiftprobe.probes.calibration import CalibrationProbe

RNG = np.random.default_rng(0)


@dataclass(frozen=True)
class Seen(Made):
    """Evidence in which no test of two domains looks anywhere but at the last tap."""

    taps: Taps = "penultimate"


def view(sureness: float) -> View:
    logits = sureness * (RNG.normal(size=(N, CLASSES)) + np.eye(CLASSES)[LABELS])
    return replace(looked({}), logits=logits.astype(np.float32))


def found(**views: View) -> Finding:
    made = {(arm, "target"): view for arm, view in views.items()}
    return CalibrationProbe()(Seen(made, arms=tuple(views), failed={"lp_ft": "diverged at epoch 2"}))


def test_every_arm_is_measured_on_the_shifted_test_images() -> None:
    views = {"scratch": view(1.0), "transfer": view(4.0)}
    finding = found(**views)
    rows = {(row.metric, row.arm): row for row in finding.rows}
    for arm, seen in views.items():
        assert rows["ece", arm].value == calibration_error(seen.logits, LABELS)
        assert rows["nll", arm].value == negative_log_likelihood(seen.logits, LABELS)
        row, expected = rows["overconfidence", arm], overconfidence(seen.logits, LABELS)
        assert (row.value, row.low, row.high, row.n) == tuple(expected)
        accuracy = (seen.logits.argmax(axis=1) == LABELS).mean()
        confidence = rows["confidence", arm].value or 0
        assert confidence - accuracy == pytest.approx(row.value)
        np.testing.assert_array_equal(finding.arrays[f"{arm}_bins"], confidence_bins(seen.logits, LABELS))
        assert finding.arrays[f"{arm}_bins"].shape == (15, 3)
    units = {metric: rows[metric, "scratch"].unit for metric in ("ece", "brier", "nll", "confidence", "overconfidence")}
    assert list(units.values()) == ["fraction", "score", "nats", "fraction", "fraction"]


def test_more_sureness_without_more_knowledge_is_worse_calibrated() -> None:
    seen = view(2.0)
    sure = replace(seen, logits=5 * seen.logits)
    rows = {(row.metric, row.arm): row.value or 0 for row in found(scratch=seen, transfer=sure).rows}
    for metric in ("ece", "brier", "nll", "overconfidence"):
        assert rows[metric, "transfer"] > rows[metric, "scratch"]


def test_the_order_of_the_images_does_not_matter() -> None:
    seen, order = view(1.0), RNG.permutation(N)
    other = replace(seen, logits=seen.logits[order], labels=seen.labels[order])
    one, two = ([row.value for row in found(x=each).rows if row.arm == "x"] for each in (seen, other))
    assert len(one) == 5
    assert one == pytest.approx(two, rel=1e-12)


def test_an_arm_that_failed_has_its_reason_in_every_row() -> None:
    lost = [row for row in found(scratch=answering(60)).rows if row.arm == "lp_ft"]
    assert len(lost) == 5
    assert {(row.value, row.reason) for row in lost} == {(None, "diverged at epoch 2")}
