"""CKA of all pairs, and of batches: both are the number of the whole, pair by pair; memory stays bounded."""

import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe.metrics import InputError, cka_pairs, linear_cka, streamed_linear_cka
from shiftprobe.metrics.cka_pairs import _by_features, _by_grams, _few, _groups, _read

Matrix = NDArray[np.float64]
DEBIASED = pytest.mark.parametrize("debiased", [True, False])
WIDTHS = (5, 12, 40)


def sides(n: int) -> tuple[dict[str, Matrix], dict[str, Matrix]]:
    """Taps of different widths and scales, far from zero, and related ones on the other side."""
    rng = np.random.default_rng(n)
    xs = {f"tap{d}": 10.0**k * (rng.normal(size=(n, d)) + 100.0) for k, d in enumerate(WIDTHS)}
    ys = {tap: np.tanh(x @ rng.normal(size=(x.shape[1], 7))) + rng.normal(size=(n, 7)) for tap, x in xs.items()}
    return xs, ys


def batches(x: NDArray[Any], y: NDArray[Any], size: int) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    return ((x[start : start + size], y[start : start + size]) for start in range(0, len(x), size))


# all pairs


@DEBIASED
@pytest.mark.parametrize("n", [20, 600])
def test_every_pair_has_the_value_that_it_has_alone(n: int, debiased: bool) -> None:
    xs, ys = sides(n)
    found = cka_pairs(xs, ys, debiased=debiased, exact=True)
    expected = np.array([[linear_cka(x, y, debiased=debiased) for y in ys.values()] for x in xs.values()])
    assert found.values == pytest.approx(expected, abs=1e-12)
    rounded = cka_pairs(xs, ys, debiased=debiased).values
    assert rounded == pytest.approx(expected, abs=2e-6)
    assert np.array_equal(rounded, found.values) == (n == 20)  # few images are float64 throughout
    assert (found.rows, found.columns, dict(found.reasons)) == (tuple(xs), tuple(ys), {})


@pytest.mark.parametrize("n", [20, 600, 1500])
def test_grams_and_features_give_the_same_and_the_cheaper_is_taken(n: int) -> None:
    left, right = (_read(side, "x", {}) for side in sides(n))
    for precision, digits in ((np.float64, 1e-10), (np.float32, 1e-5)):
        both = (form(left, right, precision) for form in (_by_grams, _by_features))
        for one, other in zip(*both, strict=True):
            assert one == pytest.approx(other, rel=digits)
    assert _few(left, right) == (n == 20)


@pytest.mark.parametrize("n", [4, 6, 12, 50, 129])
def test_few_images_of_chance_or_with_one_that_outweighs_keep_the_promised_digits(n: int) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n, (2, 64, 512)[seed % 3])) * rng.lognormal(0, 2, size=(n, 1))
        y = rng.normal(size=(n, 3)) + x[:, :1]
        found = cka_pairs({"x": x.astype(np.float32)}, {"y": y.astype(np.float32)})
        expected = linear_cka(x.astype(np.float32), y.astype(np.float32))
        assert found.values == pytest.approx(np.array([[expected]]), abs=1e-7 if n < 129 else 2e-6)


def test_rotating_scaling_and_moving_a_side_changes_nothing() -> None:
    xs, ys = sides(80)
    turns = {tap: np.linalg.qr(np.random.default_rng(1).normal(size=(x.shape[1],) * 2))[0] for tap, x in xs.items()}
    moved = {tap: 1e-3 * x @ turns[tap] - 7.0 for tap, x in xs.items()}
    assert cka_pairs(moved, ys, exact=True).values == pytest.approx(cka_pairs(xs, ys, exact=True).values, abs=1e-9)
    assert np.diag(cka_pairs(moved, xs).values) == pytest.approx(1.0, abs=2e-6)


def test_a_mean_far_from_zero_costs_float32_nothing() -> None:
    xs, ys = sides(80)
    far = {tap: (x + 1e4 * x.std()).astype(np.float32) for tap, x in xs.items()}
    expected = [[linear_cka(x, y) for y in ys.values()] for x in far.values()]
    assert cka_pairs(far, ys).values == pytest.approx(np.array(expected), abs=2e-6)


def test_an_image_that_outweighs_all_others_is_compared_in_float64() -> None:
    xs, ys = sides(60)
    heavy = {tap: np.where(np.arange(60)[:, None] == 3, 3 * x, x - x.mean(axis=0)) for tap, x in xs.items()}
    expected = np.array([[linear_cka(x, y) for y in ys.values()] for x in heavy.values()])
    assert cka_pairs(heavy, ys).values == pytest.approx(expected, abs=1e-9)


def test_a_tap_without_structure_has_a_reason_under_its_name_and_no_number() -> None:
    xs, ys = sides(60)
    lone = np.zeros((60, 3))
    lone[4] = 1.0
    found = cka_pairs({"flat": np.full((60, 3), 0.1), **xs, "lone": lone}, {"flat": np.zeros((60, 2)), **ys})
    assert (found.rows, found.columns) == (tuple(xs), tuple(ys))
    assert found.values == pytest.approx(cka_pairs(xs, ys, exact=True).values, abs=1e-12)
    assert set(found.reasons) == {"flat", "lone"}
    assert "features of x" in found.reasons["flat"]
    assert "features of y" in found.reasons["flat"]
    assert "only one image differs" in found.reasons["lone"]


def test_a_side_of_dead_taps_alone_leaves_an_empty_table() -> None:
    xs, _ys = sides(60)
    found = cka_pairs(xs, {"dead": np.zeros((60, 2))})
    assert (found.values.shape, found.columns) == ((3, 0), ())


def test_refuses_what_are_not_views_of_the_same_images() -> None:
    xs, ys = sides(60)
    with pytest.raises(InputError, match="same images, got 59, 60"):
        cka_pairs(xs, {"cut": ys["tap5"][:-1]})
    with pytest.raises(InputError, match=r"tap of y must be of shape \(images, features\), got shape \(60,\)"):
        cka_pairs(xs, {"tap": ys["tap5"][:, 0]})
    with pytest.raises(InputError, match="at least 4 images, got 3"):
        cka_pairs({"tap": ys["tap5"][:3]}, {"tap": ys["tap5"][:3]})
    broken = ys["tap5"].copy()
    broken[7, 1] = np.nan
    with pytest.raises(InputError, match="tap5 of y holds NaN"):
        cka_pairs(xs, {"tap5": broken})


def test_cross_products_are_held_group_by_group(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = (_read(side, "x", {}) for side in sides(600))
    expected = _by_features(left, right, np.float64)
    module = sys.modules["shiftprobe.metrics.cka_pairs"]  # the package's attribute of this name is the function
    monkeypatch.setattr(module, "HELD", 17 * 21)  # tap5 and tap12 fit together, tap40 nowhere
    assert [[tap.name for tap in group] for group in _groups(left, right)] == [["tap5", "tap12"], ["tap40"]]
    found = _by_features(left, right, np.float64)
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))


def test_memory_mapped_taps_stay_on_disk(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name in "xy":
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(40_000, 128)).astype(np.float32))
    x, y = (np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in "xy")
    tracemalloc.start()
    found = cka_pairs({str(i): x for i in range(3)}, {str(i): y for i in range(3)})
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < x.nbytes  # of six such arrays, none is copied
    assert found.values == pytest.approx(np.full((3, 3), linear_cka(x, y)), abs=2e-6)


# batches


@DEBIASED
@pytest.mark.parametrize("size", [1, 13, 64, 1000])
def test_batches_give_the_value_of_the_whole(debiased: bool, size: int) -> None:
    xs, ys = sides(200)
    x, y = xs["tap12"], ys["tap12"]
    expected = linear_cka(x, y, debiased=debiased)
    assert streamed_linear_cka(batches(x, y, size), debiased=debiased) == pytest.approx(expected, abs=1e-12)


@DEBIASED
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e150])
def test_a_mean_of_ten_thousand_times_the_spread_costs_no_digits(debiased: bool, scale: float) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(500, 9))
    y = np.tanh(x @ rng.normal(size=(9, 6))) + rng.normal(size=(500, 6))
    far_x, far_y = scale * (x + 1e4), scale * (y - 1e4)
    for order in (np.arange(500), np.argsort(x[:, 0])):  # sorted: the first batch is far from the others
        found = streamed_linear_cka(batches(far_x[order], far_y[order], 32), debiased=debiased)
        assert found == pytest.approx(linear_cka(far_x, far_y, debiased=debiased), abs=1e-9)
        assert found == pytest.approx(linear_cka(x, y, debiased=debiased), abs=1e-9)


def test_memory_mapped_features_are_read_batch_by_batch(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.normal(size=(4000, 64)).astype(np.float32) + 30.0)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    y = np.abs(x[:, :20] - 30.0)
    assert streamed_linear_cka(batches(x, y, 256)) == pytest.approx(linear_cka(x, y), abs=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8])
def test_batches_refuse_constant_features_and_a_lone_image(value: float) -> None:
    y = np.random.default_rng(0).normal(size=(60, 3))
    with pytest.raises(InputError, match="features of x hold no structure"):
        streamed_linear_cka(batches(np.full((60, 3), value), y, 16))
    lone = np.full((60, 5), value)
    lone[40] += 1.0
    with pytest.raises(InputError, match="features of y hold no structure"):
        streamed_linear_cka(batches(y, lone, 16))


def test_batches_refuse_what_does_not_fit_together() -> None:
    y = np.random.default_rng(0).normal(size=(60, 3))
    with pytest.raises(InputError, match="same features, got 2 after 3"):
        streamed_linear_cka(iter([(y, y), (y[:, :2], y)]))
    with pytest.raises(InputError, match="same images, got 60 and 59"):
        streamed_linear_cka(iter([(y, y[:-1])]))
    with pytest.raises(InputError, match="at least 4 images, got 0"):
        streamed_linear_cka(iter([]))
    with pytest.raises(InputError, match="x holds NaN"):
        streamed_linear_cka(iter([(y, y), (y * np.nan, y)]))
