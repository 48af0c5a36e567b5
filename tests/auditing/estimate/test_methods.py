"""How one method is calibrated: who fits, who judges, and where an interval is open."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from tests.auditing.estimate.test_estimate import CLASSES, N, grid

from shiftprobe.auditing.estimate.line import calibrate, conformal_rank
from shiftprobe.auditing.estimate.methods import fit_halves

ENDS = (0.01, 0.99)


def test_no_image_both_fits_and_judges() -> None:
    clean = grid()[0]
    (first, judged), (second, others) = fit_halves(clean.predictions, clean.labels, seed=0)
    assert sorted([*judged, *others]) == list(range(N))
    assert np.array_equal(first.home.penultimate, clean.predictions.penultimate[others])
    assert np.array_equal(second.home.penultimate, clean.predictions.penultimate[judged])
    assert np.bincount(clean.labels[judged]).tolist() == [N // 10] * CLASSES


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
    assert line.interval(0.6, 0.0) == pytest.approx((ndtr(centre - half), ndtr(centre + half)))


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
    assert line.interval(0.5, 0.0)[0] < 0.2


def test_beyond_its_ends_an_interval_is_open() -> None:
    said = np.linspace(0.05, 0.999, 12)
    line = calibrate(said.tolist(), said.tolist(), ["a", "b", "c", "d"] * 3, ends=ENDS, level=0.9)
    assert line.interval(0.999, 0.02)[1] == 1.0
    assert line.interval(0.001, 0.02)[0] == 0.0
