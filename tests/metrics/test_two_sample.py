"""Two-sample tests: definitions, rates of false alarms and of detection, intervals that hold, refusals."""

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from shiftprobe.metrics import InputError, domain_classifier, mmd

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
