"""Two-sample tests: definitions, rates of false alarms and of detection, intervals that hold, refusals."""

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, norm
from sklearn.covariance import ledoit_wolf
from sklearn.metrics import roc_auc_score

from shiftprobe.metrics import InputError, domain_classifier, mmd
from shiftprobe.metrics.domain_classifier import _held_out, _shrunk

Matrix = NDArray[np.float64]
GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden.json").read_text())["two_sample"]


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def pair(n: int = 60, m: int = 40, d: int = 5, apart: float = 0.4) -> tuple[Matrix, Matrix]:
    rng = seeded(n)
    return rng.normal(size=(n, d)), rng.normal(size=(m, d)) + apart


def kernel_of(x: Matrix, y: Matrix) -> Matrix:
    """By the definition, entry by entry."""
    pooled = np.concatenate([x, y])
    squared = np.square(pooled[:, None] - pooled[None, :]).sum(axis=2)
    median = np.median(squared[np.triu_indices(len(pooled), k=1)])
    return np.asarray(np.exp(-squared / (2 * median)))


def reference_mmd2(kernel: Matrix, first: NDArray[np.bool_]) -> float:
    """Unbiased MMD^2 as in Gretton et al. (2012), eq. 3, as sums over pairs."""
    n, m = int(first.sum()), int((~first).sum())
    xx, yy, xy = kernel[np.ix_(first, first)], kernel[np.ix_(~first, ~first)], kernel[np.ix_(first, ~first)]
    return float((xx.sum() - n) / (n * (n - 1)) + (yy.sum() - m) / (m * (m - 1)) - 2 * xy.mean())


@functools.cache
def embeddings() -> NDArray[np.float32]:
    """What a small network's head is given for each of 1,797 UCI digits."""
    from shiftprobe import data
    from shiftprobe.core.types import PENULTIMATE
    from shiftprobe.models.extract import extract
    from shiftprobe.models.head import head_name
    from shiftprobe.models.preprocess import Preprocess
    from shiftprobe.testing.evidence import _network

    bundle = data.load("digits:uci", Path())
    preprocess = Preprocess.fit(bundle.images[:100])
    network = _network("source")
    head = head_name(network, 10)
    pixels = preprocess.images(list(bundle.images))
    return extract(network, pixels, bundle.labels, preprocess, taps=(PENULTIMATE,), head=head).features[PENULTIMATE]


def false_alarms(splits: int) -> int:
    """Splits of 120 real embeddings into two like halves that the test calls different at the 5 % level."""
    real, alarms = embeddings(), 0
    for split in range(splits):
        rng = seeded(split)
        drawn = real[rng.permutation(len(real))[:120]]
        alarms += mmd(drawn[:60], drawn[60:], permutations=199, rng=rng).p <= 0.05
    return alarms


# MMD


def test_mmd_is_its_definition_with_its_share_of_the_kernels_variance() -> None:
    x, y = pair()
    kernel, first = kernel_of(x, y), np.arange(100) < 60
    found = mmd(x, y, rng=seeded())
    assert found.mmd2 == pytest.approx(reference_mmd2(kernel, first), abs=1e-12)
    within = ((kernel[:60, :60].sum() - 60) / (60 * 59) + (kernel[60:, 60:].sum() - 40) / (40 * 39)) / 2
    assert found.effect == pytest.approx(found.mmd2 / 4 / (1 - within + found.mmd2 / 4), abs=1e-12)
    assert (found.n, found.m) == (60, 40)


def test_p_is_the_share_of_dealings_counted_one_by_one() -> None:
    x, y = pair(apart=0.15)
    kernel, first = kernel_of(x, y), np.arange(100) < 60
    rng = seeded(7)
    dealt = rng.permuted(np.tile(first.astype(np.float32), (200, 1)), axis=1) > 0
    found = [reference_mmd2(kernel, sides) for sides in dealt]
    expected = (np.count_nonzero(np.array(found) >= reference_mmd2(kernel, first)) + 1) / 201
    assert 0.01 < expected < 0.9
    assert mmd(x, y, permutations=200, rng=seeded(7)).p == pytest.approx(expected)


def test_p_is_never_zero_and_the_same_for_the_same_generator() -> None:
    x, y = pair(apart=5.0)
    assert mmd(x, y, permutations=99, rng=seeded()).p == 1 / 100
    assert mmd(*pair(apart=0.1), rng=seeded(3)) == mmd(*pair(apart=0.1), rng=seeded(3))


def test_mmd_does_not_depend_on_axes_unit_place_or_which_side_comes_first() -> None:
    x, y = pair()
    turn = np.linalg.qr(seeded().normal(size=(5, 5)))[0]
    found, moved, turned = (
        mmd(*sides, rng=seeded()) for sides in ((x, y), (1e3 * x @ turn + 1e4, 1e3 * y @ turn + 1e4), (y, x))
    )
    assert moved[:3] == pytest.approx(found[:3], abs=1e-9)
    assert (turned.mmd2, turned.effect) == pytest.approx((found.mmd2, found.effect), abs=1e-12)


def test_the_effect_does_not_grow_with_the_images_and_is_one_for_equal_sides_far_apart() -> None:
    few, many = mmd(*pair(100, 100), rng=seeded()), mmd(*pair(1000, 1000), permutations=1, rng=seeded())
    assert few.effect == pytest.approx(many.effect, abs=0.02)
    assert mmd(*pair(60, 60, apart=1e6), rng=seeded()).effect == pytest.approx(1.0, abs=1e-6)
    assert 0.3 < mmd(*pair(60, 40, apart=1e6), rng=seeded()).effect < 0.8  # the median lies within the larger side
    assert abs(mmd(*pair(1000, 1000, apart=0.0), rng=seeded()).effect) < 0.002


def test_two_images_a_side_are_enough_for_a_weak_p() -> None:
    x, y = pair(apart=9.0)
    assert mmd(x[:2], y[:2], rng=seeded()).p == pytest.approx(1 / 3, abs=0.05)  # 1 of 3 ways to deal them


def test_mmd_detects_what_the_published_rule_says() -> None:
    assert GOLDEN["reference_power"].startswith("n=m=100, d=16 Gaussian, mean shifted .25 in each dimension")
    found = []
    for trial in range(100):
        rng = seeded(trial)
        found.append(mmd(rng.normal(size=(100, 16)), rng.normal(size=(100, 16)) + 0.25, permutations=100, rng=rng).p)
    assert sum(p <= 0.05 for p in found) == 100


def test_splits_of_real_embeddings_raise_few_false_alarms() -> None:
    low, high = binom.ppf([0.0005, 0.9995], 300, 0.05)
    assert low <= false_alarms(300) <= high


@pytest.mark.slow
def test_false_alarms_stay_within_the_published_bounds() -> None:
    low, high = GOLDEN["false_alarms_at_5_percent"]
    assert low <= false_alarms(2000) / 2000 <= high


# classifier


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


# refusals


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8])
def test_refuses_features_that_are_all_alike(value: float) -> None:
    x, y = pair()
    for sides, name in (((x, np.full_like(y, value)), "y"), ((np.full_like(x, value), y), "x")):
        with pytest.raises(InputError, match=f"same features in {name}"):
            mmd(*sides, rng=seeded())
        with pytest.raises(InputError, match=f"same features in {name}"):
            domain_classifier(*sides, rng=seeded())


def test_refuses_a_kernel_without_width() -> None:
    lone = np.zeros((30, 2))
    lone[3] = 1.0
    with pytest.raises(InputError, match="median distance is 0"):
        mmd(lone, lone, rng=seeded())


def test_refuses_what_cannot_be_compared() -> None:
    x, y = pair()
    with pytest.raises(InputError, match="same features, got 5 and 4"):
        mmd(x, y[:, :-1], rng=seeded())
    with pytest.raises(InputError, match="y must hold at least 2 images, got 1"):
        mmd(x, y[:1], rng=seeded())
    with pytest.raises(InputError, match="permutations must be at least 1, got 0"):
        mmd(x, y, permutations=0, rng=seeded())
    with pytest.raises(InputError, match="y must hold at least 10 images, got 9"):
        domain_classifier(x, y[:9], rng=seeded())
    with pytest.raises(InputError, match="folds must be at least 2, got 1"):
        domain_classifier(x, y, folds=1, rng=seeded())
    x[0, 0] = np.nan
    with pytest.raises(InputError, match="x holds NaN"):
        domain_classifier(x, y, rng=seeded())
