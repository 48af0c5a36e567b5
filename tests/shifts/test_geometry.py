import numpy as np
import pytest
from scipy.ndimage import center_of_mass, rotate

from shiftprobe.shifts.geometry import rotation, scale, translation, warp
from shiftprobe.types import Image


@pytest.fixture(scope="module")
def hill() -> Image:
    """A smooth bump off the centre of an otherwise black image."""
    y, x = np.mgrid[:65, :81]
    return np.asarray(np.rint(250 * np.exp(-((x - 48) ** 2 + (y - 28) ** 2) / 30)), np.uint8)[..., None]


@pytest.mark.parametrize("angle", [5.0, 22.5, 45.0])
def test_rotation_is_by_the_exact_angle_left_or_right(hill: Image, angle: float) -> None:
    left, right = (
        rotate(hill[..., 0].astype(float), a, reshape=False, order=1, mode="mirror") for a in (angle, -angle)
    )
    turned = [rotation(angle)(hill, np.random.default_rng([0, i]))[..., 0] for i in range(32)]
    sides = ["left" if np.abs(t - left).max() < np.abs(t - right).max() else "right" for t in turned]
    assert 6 <= sides.count("left") <= 26
    assert max(min(np.abs(t - left).max(), np.abs(t - right).max()) for t in turned) < 8


def test_the_side_does_not_depend_on_the_dose(hill: Image) -> None:
    for i in range(8):
        weak, strong = (rotation(a)(hill, np.random.default_rng([0, i]))[..., 0] for a in (10, 20))
        again = rotation(10)(weak[..., None], np.random.default_rng([0, i]))[..., 0]
        assert np.abs(again.astype(int) - strong).max() < 25


def test_rotation_leaves_no_black_corner() -> None:
    white = np.full((40, 40, 3), 255, np.uint8)
    assert (rotation(45)(white, np.random.default_rng(0)) == 255).all()


def test_translation_moves_by_its_distance_in_a_drawn_direction(hill: Image) -> None:
    start = np.array(center_of_mass(hill[..., 0]))
    moves = [
        np.array(center_of_mass(translation(0.2)(hill, np.random.default_rng([0, i]))[..., 0])) - start
        for i in range(16)
    ]
    assert np.hypot(*np.transpose(moves)) == pytest.approx(np.full(16, 0.2 * 65), abs=0.3)
    assert len({tuple(np.sign(np.rint(move))) for move in moves}) >= 4


def test_scale_enlarges_about_the_centre(hill: Image) -> None:
    enlarged = scale(1.5)(hill, np.random.default_rng(0))
    middle = np.array([32, 40])
    moved = np.array(center_of_mass(enlarged[..., 0])) - middle
    assert moved == pytest.approx(1.5 * (np.array(center_of_mass(hill[..., 0])) - middle), abs=0.1)
    assert enlarged.sum() / hill.sum() == pytest.approx(1.5**2, rel=0.02)


def test_a_warp_by_nothing_is_the_identity(hill: Image) -> None:
    assert np.array_equal(warp(hill, 1.0, (0, 0)), hill)
