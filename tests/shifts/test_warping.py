import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts import albumentations
from shiftprobe.shifts.warping import elastic, grid_distortion


def hills(height: int, width: int) -> Image:
    """Something smooth, so that an error of a place is a small error of a level."""
    y, x = np.mgrid[:height, :width] / min(height, width)
    return np.asarray(np.rint(127 + 120 * np.sin(5 * x + 1) * np.cos(4 * y)), np.uint8)[..., None]


def cubic(size: int, knots: int) -> NDArray[np.float64]:
    """(size, knots) weights of a cubic convolution (Keys, 1981, a = -0.75) between knots, held at both ends."""
    place = (np.arange(size) + 0.5) * knots / size - 0.5
    weights = np.zeros((size, knots))
    for step in range(-1, 3):
        knot = np.floor(place).astype(int) + step
        far = np.abs(place - knot)
        near = 1.25 * far**3 - 2.25 * far**2 + 1
        away = -0.75 * (far**3 - 5 * far**2 + 8 * far - 4)
        weights[np.arange(size), np.clip(knot, 0, knots - 1)] += np.where(far <= 1, near, away)
    return weights


@pytest.mark.parametrize(("shape", "knots"), [((40, 40), (5, 5)), ((30, 66), (5, 11)), ((8, 8), (5, 5))])
def test_elastic_agrees_with_a_field_enlarged_and_looked_up_by_hand(
    shape: tuple[int, int], knots: tuple[int, int]
) -> None:
    image = hills(*shape)
    field = np.random.default_rng(3).standard_normal((*knots, 2), dtype=np.float32) * 0.05 * min(shape)
    x, y = (cubic(shape[0], knots[0]) @ field[..., axis] @ cubic(shape[1], knots[1]).T for axis in (0, 1))
    places = np.mgrid[: shape[0], : shape[1]] + np.stack([y, x])
    expected = map_coordinates(image[..., 0].astype(float), places, order=1, mode="mirror")
    assert np.abs(elastic(0.05)(image, np.random.default_rng(3))[..., 0] - expected).max() < 3


def test_elastic_bends_along_the_same_lines_at_every_dose() -> None:
    ramp = np.broadcast_to(np.arange(224, dtype=np.uint8)[:, None, None], (224, 224, 1))
    weak, strong = (
        (elastic(distance)(ramp, np.random.default_rng(1)) - ramp.astype(float))[60:-60]  # away from the mirror
        for distance in (0.02, 0.04)
    )
    assert np.corrcoef(weak.ravel(), strong.ravel())[0, 1] > 0.99
    assert strong.std() / weak.std() == pytest.approx(2, rel=0.03)


@pytest.mark.parametrize("stretch", [0.2, 0.8])
def test_grid_distortion_holds_both_ends_and_changes_one_cell_by_its_stretch(stretch: float) -> None:
    ramp = np.broadcast_to(np.arange(200, dtype=np.uint8)[:, None, None], (200, 200, 1))
    for i in range(4):
        seen = grid_distortion(stretch)(ramp, np.random.default_rng(i))[..., 0].astype(float)
        assert np.ptp(seen, axis=1).max() == 0  # a row stays a row
        column = seen[:, 0]
        assert (column[0], column[-1]) == pytest.approx((0, 199), abs=1)
        assert (np.diff(column) >= 0).all()
        held = np.array([(column[start + 39] - column[start]) / 39 for start in range(0, 200, 40)])  # per cell
        assert np.abs(held - 1).max() == pytest.approx(stretch, abs=0.04)
        assert held.mean() == pytest.approx(1, abs=0.02)


def test_fault_of_albumentations_the_last_column_is_the_first_ours_is_not() -> None:
    theirs = albumentations().GridDistortion(distort_limit=(-0.3, 0.3), p=1)
    theirs.set_random_seed(3)
    ramp = np.broadcast_to(np.arange(28, dtype=np.uint8), (28, 28))[..., None].copy()
    assert (theirs(image=ramp)["image"][:, -1] == 0).all()
    assert (grid_distortion(0.3)(ramp, np.random.default_rng(3))[:, -1] >= 26).all()


@pytest.mark.parametrize("change", [elastic(0.07), grid_distortion(0.8)])
def test_a_flat_image_stays_flat_whatever_its_shape(change: Transform) -> None:
    for shape in ((1, 1, 1), (1, 9, 3), (8, 8, 1), (4, 90, 3), (97, 33, 3)):
        flat = np.full(shape, 77, np.uint8)
        assert np.array_equal(change(flat, np.random.default_rng(0)), flat)
