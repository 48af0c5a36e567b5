"""How one method is calibrated: who fits, who judges, and where an interval is open."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from tests.auditing.estimate.test_estimate import CLASSES, N, grid, predictions

from shiftprobe.auditing.estimate.further_looks import CalibrationLook, Truth, drawn
from shiftprobe.auditing.estimate.line import calibrate, conformal_rank
from shiftprobe.auditing.estimate.methods import Answered, fit_halves, read_known, read_target

ENDS = (0.01, 0.99)


def test_no_image_both_fits_and_judges() -> None:
    clean = grid()[0]
    (first, judged), (second, others) = fit_halves(clean.predictions, clean.labels, seed=0)
    assert sorted([*judged, *others]) == list(range(N))
    assert np.array_equal(first.home.penultimate, clean.predictions.penultimate[others])
    assert np.array_equal(second.home.penultimate, clean.predictions.penultimate[judged])
    assert np.bincount(clean.labels[judged]).tolist() == [N // 10] * CLASSES


@pytest.mark.parametrize(("known", "target"), [(100, 100), (100, 400), (400, 100)])
def test_labelled_images_are_read_as_a_target_of_the_same_kind_would_be(known: int, target: int) -> None:
    """Images that are their own known shares fit them too well: without draws every method says .02 to .05 too much."""
    differences, undrawn = [], []
    for seed in range(60):
        rng = np.random.default_rng([known, target, seed])
        labels, there = rng.integers(0, CLASSES, known), rng.integers(0, CLASSES, target)
        clean, shares = predictions(labels, seed=2 * seed), np.bincount(labels, minlength=CLASSES) / known
        fitted = fit_halves(clean, labels, seed=0)
        look = CalibrationLook(Truth(frozenset(), 0.0, 0.0), Answered(clean), np.arange(known))
        some = drawn(look, labels, target, rng)
        here = read_known(fitted, some.look, some.places, rng.multinomial(known, shares) / known)
        elsewhere = read_target(fitted, Answered(predictions(there, seed=2 * seed + 1)), shares)
        differences.append([elsewhere.kept[name] - here.kept[name] for name in here.kept])
        same = read_known(fitted, look.look, look.places, shares)
        undrawn.append([elsewhere.kept[name] - same.kept[name] for name in here.kept])
    spread = np.std(differences, axis=0, ddof=1) / len(differences) ** 0.5
    assert (np.abs(np.mean(differences, axis=0)) <= np.maximum(3 * spread, 0.01)).all()
    assert np.mean(undrawn) < -0.008


def test_error_and_interval_come_from_families_left_out() -> None:
    rng = np.random.default_rng(0)
    families = np.repeat(["a", "b", "c", "d"], 5)
    said = rng.uniform(0.1, 0.95, 20)
    right = np.clip(said - 0.05 * np.repeat([0, 1, 2, -1], 5), 0.02, 0.98)
    x, y = ndtri(said)[:, None], ndtri(right)
    left_out = cross_val_predict(LinearRegression(), x, y, groups=families, cv=LeaveOneGroupOut())
    whole = LinearRegression().fit(x, y)
    line = calibrate(said.tolist(), right.tolist(), families.tolist(), ends=ENDS, level=0.8)
    assert line.error == pytest.approx(np.abs(ndtr(left_out) - right).mean())
    assert line.value(0.6) == pytest.approx(ndtr(whole.predict([[ndtri(0.6)]])[0]))
    half = np.sort(np.abs(left_out - y))[16]  # the 17th of 20: ceil(0.8 * 21)
    centre = whole.predict([[ndtri(0.6)]])[0]
    assert line.interval(0.6) == pytest.approx((ndtr(centre - half), ndtr(centre + half)))


def test_a_line_through_the_truth_has_no_error_and_needs_looks_for_its_confidence() -> None:
    said = np.linspace(0.1, 0.9, 12)
    right = ndtr(0.3 + 0.8 * ndtri(said))
    families = ["a", "b", "c", "d"] * 3
    line = calibrate(said.tolist(), right.tolist(), families, ends=ENDS, level=0.9)
    assert (line.offset, line.slope, line.error) == pytest.approx((0.3, 0.8, 0.0), abs=1e-9)
    assert line.half == pytest.approx(0, abs=1e-9)
    assert conformal_rank(12, 0.9) == 12
    assert conformal_rank(12, 0.95) == 13  # more than there are: the interval of so few looks cannot promise it


def test_a_method_that_says_the_reverse_is_not_believed() -> None:
    said = np.linspace(0.1, 0.9, 12)
    line = calibrate(said.tolist(), said[::-1].tolist(), ["a", "b", "c", "d"] * 3, ends=ENDS, level=0.9)
    assert line.slope == 0
    assert line.interval(0.5)[0] < 0.2


def test_beyond_its_ends_an_interval_is_open() -> None:
    said = np.linspace(0.05, 0.999, 12)
    line = calibrate(said.tolist(), said.tolist(), ["a", "b", "c", "d"] * 3, ends=ENDS, level=0.9)
    assert line.interval(0.999)[1] == 1.0
    assert line.interval(0.001)[0] == 0.0
