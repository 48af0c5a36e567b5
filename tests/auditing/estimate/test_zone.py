"""Where an estimate is refused or widened: drift, class shares, width, and what counting leaves open."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from tests.auditing.estimate.test_estimate import grid, labelled, predictions

from shiftprobe.auditing.estimate import accuracy
from shiftprobe.auditing.estimate.accuracy import Known, Predictions, estimate
from shiftprobe.auditing.estimate.calibration import Calibrated, calibrated
from shiftprobe.auditing.estimate.combined import Combination
from shiftprobe.auditing.estimate.methods import Reading
from shiftprobe.auditing.estimate.types import Zone
from shiftprobe.metrics import wilson


def reading(drift: float, shares: float) -> Reading:
    return Reading(kept={}, free={}, drift=drift, shares=shares)


def zone(here: tuple[float, float], *grid_: tuple[float, float]) -> Zone:
    return accuracy._zone([reading(*one) for one in grid_], reading(*here))


def test_drift_may_be_a_tenth_beyond_that_of_the_grid() -> None:
    found = zone((1.0, 0.0), (0.0, 0.0), (2.0, 0.1))
    assert found.drift_limit == pytest.approx(2.2)
    assert "outside of the calibrated zone" in accuracy._outside(replace(found, drift=2.21))
    assert accuracy._outside(replace(found, drift=2.2)) == ""


@pytest.mark.parametrize(
    ("drift", "limit"), [(0.0, 0.25), (1.0, 0.25), (1.82, 0.45), (1.81, 0.25), (3.0, 0.45)],
    ids=["still", "between", "a tenth below", "just not", "far"],
)  # fmt: skip
def test_class_shares_may_move_by_a_tenth_more_than_drift_like_this_moves_them(drift: float, limit: float) -> None:
    """Of the grid count looks that drift at most 1.1 times as far, and those that hardly drift at all."""
    assert zone((drift, 0.0), (0.3, 0.15), (2.0, 0.35)).shares_limit == pytest.approx(limit)


@pytest.mark.parametrize(("drift", "shares", "changed"), [(0.0, 0.25, False), (0.0, 0.26, True), (1.0, 0.6, True)])
def test_shares_beyond_the_grids_are_said_and_refuse_nothing(drift: float, shares: float, changed: bool) -> None:
    found = zone((drift, shares), (0.1, 0.15), (2.0, 0.35))
    assert found.shares_changed is changed
    assert accuracy._outside(found) == ""


@pytest.mark.parametrize(("high", "answered"), [(0.75, True), (0.76, False)])
def test_an_interval_of_more_than_50_points_says_nothing(high: float, answered: bool) -> None:
    blank = accuracy.AccuracyEstimate(n=100, zone=zone((0, 0), (0, 0)))
    found = accuracy._joined((0.5, 0.25, high), blank)
    assert found.answered is answered
    assert (found.low, found.high) == ((0.25, 0.75) if answered else (None, None))
    assert answered or "wider than 0.50" in found.reason


@pytest.mark.parametrize(("n", "answered"), [(49, False), (50, True)])
def test_fifty_images_of_either_side_are_enough(n: int, answered: bool) -> None:
    words = "are too few: give 50 or more"
    assert (words in estimate(grid(), predictions(labelled(n), seed=2), seed=0).reason) is not answered
    assert (words in estimate(grid(n), predictions(labelled(), seed=2), seed=0).reason) is not answered


def test_three_shifts_are_enough() -> None:
    assert "shifts or more" not in estimate(grid()[:13], predictions(labelled(), seed=2), seed=0).reason


@pytest.mark.parametrize(("n", "images", "fewest"), [(100, 400, 100), (400, 50, 50)])
def test_no_interval_is_narrower_than_that_of_the_fewer_images(n: int, images: int, fewest: int) -> None:
    known = Calibrated((), np.ones(2), (), {}, cast("Combination", None), {}, images, 0.9)
    low, high = wilson(round(0.8 * fewest), fewest, 0.9)
    assert accuracy._certain(0.8, (0.79, 0.81), known, n) == (0.8, low, high)
    assert accuracy._certain(0.8, (0.5, 1.0), known, n) == (0.8, 0.5, 1.0)


@pytest.mark.parametrize(
    ("classes", "n", "ends"), [(5, 400, (0.1, 0.99875)), (2, 100, (0.25, 0.995)), (50, 60, (0.01, 0.99166))]
)
def test_accuracy_is_read_from_half_of_chance_to_half_an_image_short_of_all(
    classes: int, n: int, ends: tuple[float, float]
) -> None:
    rng, labels = np.random.default_rng(0), np.arange(n) % classes
    known = []
    for i in range(13):
        seen = np.eye(classes)[labels] + (0.2 + 0.1 * i) * rng.normal(size=(n, classes))
        look = Predictions(logits=(4 * seen).astype(np.float32), features=seen.astype(np.float32))
        known.append(Known(predictions=look, labels=labels, shift=f"shift {i % 4}", severity=float(i)))
    found = calibrated(known, known[0], 0.9, seed=0, target=n, paired=False)
    assert found.together.inputs.ends == pytest.approx(ends, abs=1e-5)
    assert {one.ends for one in found.lines.values()} == {found.together.inputs.ends}
