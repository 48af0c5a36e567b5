import itertools

import numpy as np
import pytest

from shiftprobe.shifts.texture import GRID, SIDE, cover, fit, octaves, painted, ranked, strokes


def test_clouds_are_the_smoother_the_faster_they_decay_and_meet_both_ends() -> None:
    roughness = []
    for decay in (1.2, 2.0, 4.0):
        clouds = octaves(np.random.default_rng(0), decay)
        assert clouds.shape == (GRID, GRID)
        assert (clouds.min(), clouds.max()) == (0, 1)
        roughness.append(np.abs(np.diff(clouds, axis=0)).mean() / clouds.std())
    assert roughness[0] > 2 * roughness[1] > 2 * roughness[2]


def test_ranks_are_even_and_keep_the_order() -> None:
    field = np.random.default_rng(0).standard_normal((16, 16)) ** 3
    ranks = ranked(field)
    assert np.sort(ranks, axis=None) == pytest.approx(np.linspace(0, 1, 256), abs=1e-6)
    assert np.array_equal(np.argsort(ranks, axis=None), np.argsort(field, axis=None))


def test_a_pattern_that_shrinks_keeps_the_means_of_its_middle() -> None:
    square = np.random.default_rng(0).random((64, 64), dtype=np.float32)
    assert fit(square, (8, 8, 3)) == pytest.approx(square.reshape(8, 8, 8, 8).mean((1, 3)), abs=1e-6)
    assert fit(square, (8, 16, 1)) == pytest.approx(square[16:48].reshape(8, 4, 16, 4).mean((1, 3)), abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 400), (300, 2), (1, 1), (97, 211)])
def test_a_pattern_fits_any_shape(shape: tuple[int, int]) -> None:
    assert fit(np.ones((64, 64), np.float32), shape) == pytest.approx(np.ones(shape))


def test_strokes_come_one_by_one_the_next_one_faintly_and_none_leaves() -> None:
    ends = np.random.default_rng(0).random((20, 2, 2))
    drawn = [strokes(ends, 2, shown=shown).astype(int) for shown in np.linspace(0, 20, 41)]
    assert not drawn[0].any()
    assert np.array_equal(drawn[-1], strokes(ends, 2))
    for fewer, more in itertools.pairwise(drawn):
        assert (more - fewer).min() >= -1  # of 255: OpenCV rounds where strokes cross
        assert more.sum() > fewer.sum()


def test_a_stroke_lies_where_its_ends_say() -> None:
    drawn = strokes(np.array([[[0.25, 0.5], [0.75, 0.5]]]), 4)
    rows, columns = np.nonzero(drawn)
    assert (rows.mean() + 0.5) / SIDE == pytest.approx(0.5, abs=0.01)
    assert (columns.min() / SIDE, columns.max() / SIDE) == pytest.approx((0.25, 0.75), abs=0.015)
    assert 4 < drawn[:, SIDE // 2].sum() / 255 < 6


def test_a_cover_hides_by_its_opacity() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    opacity = np.random.default_rng(1).random((5, 7), dtype=np.float32)
    paint = painted(image.shape, (1.0, 0.5, 0.2))
    expected = image * (1.0 - opacity[..., None]) + paint * opacity[..., None]
    assert np.abs(cover(image, paint, opacity) - expected).max() < 0.51
    assert np.array_equal(cover(image, paint, np.zeros_like(opacity)), image)


def test_grey_images_meet_the_luminance_of_a_colour() -> None:
    red = painted((4, 4, 1), (1.0, 0.0, 0.0), np.full((4, 4), 0.5, np.float32))
    assert np.unique(red).tolist() == [round(0.5 * 0.299 * 255)]
