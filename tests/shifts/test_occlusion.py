from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts import albumentations
from shiftprobe.shifts.occlusion import coarse_dropout, grid_dropout

Build = Callable[[float], Transform]
both = pytest.mark.parametrize("build", [coarse_dropout, grid_dropout])


def halves(height: int, width: int) -> Image:
    """Black above, white below: nowhere its own mean."""
    image = np.zeros((height, width, 3), np.uint8)
    image[height // 2 :] = 255
    return image


def hit(build: Build, area: float, image: Image, draw: int = 0) -> NDArray[np.bool_]:
    """(H, W), where the image has changed."""
    changed = build(area)(image, np.random.default_rng(draw))
    return np.asarray((changed != image).any(axis=2))


@both
@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (96, 33), (224, 224)])
@pytest.mark.parametrize("area", [0.15, 0.6])
def test_the_dose_is_the_area_covered(build: Build, shape: tuple[int, int], area: float) -> None:
    shares = [hit(build, area, halves(*shape), draw).mean() for draw in range(200)]
    assert np.mean(shares) == pytest.approx(area, abs=0.02)


@both
@pytest.mark.parametrize("side", [8, 28])
def test_what_is_covered_stays_covered(build: Build, side: int) -> None:
    masks = [hit(build, area, halves(side, side + 3), 4) for area in np.linspace(0.01, 0.9, 30)]
    assert all((more | ~less).all() for less, more in pairwise(masks))
    assert masks[-1].sum() > masks[0].sum()


@both
def test_what_is_covered_is_the_mean_colour_and_the_rest_is_untouched(build: Build) -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    changed = build(0.5)(image, np.random.default_rng(0))
    covered = (changed != image).any(axis=2)
    assert (np.abs(changed[covered] - image.mean((0, 1))) <= 0.5).all()
    assert 0.3 < covered.mean() < 0.7


def test_coarse_dropout_covers_whole_cells_in_a_drawn_order() -> None:
    seen = set()
    for draw in range(8):
        covered = hit(coarse_dropout, 9 / 36, halves(60, 60), draw)
        cells = covered.reshape(6, 10, 6, 10).mean((1, 3))
        assert sorted(set(cells.ravel())) == [0, 1]
        assert cells.sum() == 9
        seen.add(cells.tobytes())
    assert len(seen) == 8


def test_the_cell_that_the_dose_cuts_is_covered_to_its_part() -> None:
    for area in (0.104, 0.105, 0.504):
        assert hit(coarse_dropout, area, halves(60, 60)).mean() == pytest.approx(area, abs=0.5 / 10 / 36 + 1e-9)


def test_grid_dropout_repeats_one_square_hole() -> None:
    for draw in range(4):
        covered = hit(grid_dropout, 0.36, halves(120, 240), draw)
        assert np.array_equal(covered[20:], covered[:-20])
        assert np.array_equal(covered[:, 20:], covered[:, :-20])
        assert covered[:20, :20].any(axis=0).sum() == covered[:20, :20].any(axis=1).sum() == 12


def test_fault_of_albumentations_small_images_lose_a_quarter_at_every_ratio_ours_do_not() -> None:
    image = np.full((8, 8, 1), 200, np.uint8)
    theirs = [albumentations().GridDropout(ratio=ratio, p=1)(image=image)["image"] for ratio in (0.1, 0.9)]
    assert [(changed == 0).mean() for changed in theirs] == [0.25, 0.25]
    weak, strong = (hit(grid_dropout, area, halves(8, 8), 1).sum() for area in (0.1, 0.8))
    assert weak < strong / 4


@both
def test_an_image_of_one_colour_has_nothing_to_lose(build: Build) -> None:
    for shape in ((1, 1, 1), (1, 9, 3), (3, 50, 1)):
        flat = np.full(shape, 77, np.uint8)
        assert np.array_equal(build(0.6)(flat, np.random.default_rng(0)), flat)
