"""Whether two sets of features can be told apart by a classifier, and how sure that is."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.covariance import ledoit_wolf
from sklearn.metrics import roc_auc_score
from tests.metrics.test_two_sample import pair, seeded

from shiftprobe.metrics import InputError, domain_classifier
from shiftprobe.metrics.domain_classifier import _held_out, _shrunk


def test_covariance_is_shrunk_as_scikit_learn_does() -> None:
    x = seeded().normal(size=(80, 12)) * np.linspace(0.5, 2, 12)
    x -= x.mean(axis=0)
    assert _shrunk(x) == pytest.approx(ledoit_wolf(x, assume_centered=True)[0], abs=1e-12)


def test_a_fold_is_judged_on_its_held_out_images_alone() -> None:
    x, y = pair()
    held_x, held_y = np.arange(60) % 3 == 0, np.arange(40) % 3 == 0
    found = _held_out(x, y, held_x, held_y)
    means = x[~held_x].mean(axis=0), y[~held_y].mean(axis=0)
    within = np.concatenate([x[~held_x] - means[0], y[~held_y] - means[1]])
    weights = np.linalg.inv(ledoit_wolf(within, assume_centered=True)[0]) @ (means[1] - means[0])
    scores = np.concatenate([x[held_x], y[held_y]]) @ weights
    truth = np.repeat([0, 1], [held_x.sum(), held_y.sum()])
    assert found.auc == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    wrong = (scores > (means[0] + means[1]) @ weights / 2) != truth
    assert found.error == pytest.approx((wrong[truth == 0].mean() + wrong[truth == 1].mean()) / 2)


def test_delongs_variance_is_that_of_the_area_over_new_images() -> None:
    rng, areas, told = seeded(1), [], []
    train = rng.normal(size=(50, 1)), rng.normal(size=(50, 1)) + 0.8
    for _trial in range(600):
        held = rng.normal(size=(30, 1)), rng.normal(size=(40, 1)) + 0.8
        x, y = (np.concatenate(both) for both in zip(train, held, strict=True))
        found = _held_out(x, y, np.arange(80) >= 50, np.arange(90) >= 50)
        areas.append(found.auc)
        told.append(found.variance)
    assert np.mean(areas) == pytest.approx(norm.cdf(0.8 / np.sqrt(2)), abs=0.01)
    assert np.mean(told) == pytest.approx(np.var(areas), rel=0.15)


def test_sides_that_are_far_apart_are_told_and_the_interval_keeps_a_width() -> None:
    found = domain_classifier(*pair(apart=9.0), rng=seeded())
    assert (found.auc, found.high, found.proxy_a_distance) == (1.0, 1.0, 2.0)
    assert found.low == pytest.approx(40 / (40 + 2.030107928250343**2))  # Wilson's, of 40 of 40, at t(35)
    assert (found.n, found.m) == (60, 40)


def test_the_classifier_does_not_depend_on_units_or_on_dead_features() -> None:
    x, y = pair()
    units = 10.0 ** np.arange(-2, 3)
    expected = domain_classifier(x, y, rng=seeded())
    assert domain_classifier(x * units + 7, y * units + 7, rng=seeded()) == pytest.approx(expected)
    dead = domain_classifier(np.hstack([x, np.zeros((60, 1))]), np.hstack([y, np.zeros((40, 1))]), rng=seeded())
    assert dead.auc == pytest.approx(expected.auc, abs=0.02)
    x, y = pair(500, 500)
    found, turned = domain_classifier(x, y, rng=seeded()), domain_classifier(y, x, rng=seeded(1))
    assert turned.auc == pytest.approx(found.auc, abs=0.02)


def covered(trials: int, apart: float, truth: float) -> float:
    """Share of trials whose interval holds the expected area."""
    hits = 0
    for trial in range(trials):
        rng = seeded(trial)
        found = domain_classifier(rng.normal(size=(80, 16)), rng.normal(size=(80, 16)) + apart, rng=rng)
        hits += found.low <= truth <= found.high
    return hits / trials


def test_like_sides_cannot_be_told_in_most_trials() -> None:
    assert covered(150, 0.0, 0.5) >= 0.92


def missed(trials: int, n: int, m: int, width: int, copies: int = 1) -> float:
    """Share of trials of like sides whose interval leaves out a half."""
    out = 0
    for trial in range(trials):
        rng = seeded(trial)
        x, y = (np.repeat(rng.normal(size=(count, width)), copies, axis=0) for count in (n, m))
        found = domain_classifier(x, y, rng=rng)
        out += not found.low <= 0.5 <= found.high
    return out / trials


def test_ten_images_on_a_side_or_copies_do_not_make_like_sides_look_unlike() -> None:
    assert missed(150, 10, 200, 4) <= 0.06
    assert missed(60, 40, 40, 8, copies=3) <= 0.06  # with copies taken for images: 0.8


def test_an_exact_copy_changes_nothing_and_too_few_different_images_are_refused() -> None:
    x, y = pair()
    once = domain_classifier(x, y, rng=seeded())
    assert domain_classifier(np.vstack([x, x[:7]]), np.vstack([y, y]), rng=seeded()) == once
    with pytest.raises(InputError, match="y must hold at least 10 different images, got 9 of 18"):
        domain_classifier(x, np.vstack([y[:9], y[:9]]), rng=seeded())


@pytest.mark.slow
@pytest.mark.parametrize(("n", "m", "width"), [(10, 1000, 10), (10, 200, 2), (10, 200, 64), (15, 300, 5)])
def test_full_misses_with_few_images_on_a_side(n: int, m: int, width: int) -> None:
    assert missed(1000, n, m, width) <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize("apart", [0.0, 0.15, 0.4])
def test_intervals_hold_the_area_of_classifiers_trained_on_as_many_images(apart: float) -> None:
    truths, rng = [], seeded(99)
    for _trial in range(400):
        x, y = rng.normal(size=(64, 16)), rng.normal(size=(64, 16)) + apart  # what a fold leaves of 80
        means = x.mean(axis=0), y.mean(axis=0)
        weights = np.linalg.solve(_shrunk(np.concatenate([x - means[0], y - means[1]])), means[1] - means[0])
        truths.append(norm.cdf(apart * weights.sum() / np.linalg.norm(weights) / np.sqrt(2)))
    assert 0.94 <= covered(1000, apart, float(np.mean(truths))) <= 1.0
