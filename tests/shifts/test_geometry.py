import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, center_of_mass, map_coordinates, rotate

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.geometry import perspective, rotation, scale, shear, translation, warp


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
    assert np.array_equal(warp(hill, ((1, 0), (0, 1))), hill)


@pytest.mark.parametrize("angle", [5.0, 20.0, 40.0])
def test_shear_slants_rows_or_columns_by_the_exact_angle_to_either_side(hill: Image, angle: float) -> None:
    slant, middle = np.tan(np.deg2rad(angle)), np.array([32, 40])
    ways = []
    for row, column, by in ((0, 1, slant), (0, 1, -slant), (1, 0, slant), (1, 0, -slant)):
        inverse = np.eye(2)
        inverse[row, column] = -by
        offset = middle - inverse @ middle
        ways.append(affine_transform(hill[..., 0].astype(float), inverse, offset, order=1, mode="mirror"))
    errors = np.array([[np.abs(way - slanted).max() for way in ways] for slanted in drawn(shear(angle), hill, 40)])
    assert errors.min(axis=1).max() < 8
    assert (np.bincount(errors.argmin(axis=1), minlength=4) >= 3).all()


@pytest.mark.parametrize("distance", [0.05, 0.2])
def test_perspective_moves_the_corners_by_its_distance_along_a_line_drawn_neighbours_opposite_ways(
    hill: Image, distance: float
) -> None:
    for i, seen in enumerate(drawn(perspective(distance), hill, 6)):
        direction = np.random.default_rng([0, i]).uniform(0, 2 * np.pi)
        move = distance * 65 * np.array([np.cos(direction), np.sin(direction)])
        corners = np.array([(-0.5, -0.5), (80.5, -0.5), (80.5, 64.5), (-0.5, 64.5)])
        places = through(homography(corners + np.outer([1, -1, 1, -1], move), corners), hill)
        assert np.abs(map_coordinates(hill[..., 0].astype(float), places, order=1, mode="mirror") - seen).max() < 8


def homography(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 3 x 3 matrix that takes four points (x, y) to four others, as the kernel of their eight equations."""
    rows = []
    for (x, y), (u, v) in zip(start, end, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y, -u], [0, 0, 0, x, y, 1, -v * x, -v * y, -v]]
    return np.asarray(np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3))


def through(matrix: NDArray[np.float64], image: Image) -> NDArray[np.float64]:
    """Where the matrix takes each pixel, (2, H, W) as rows and columns."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    u, v, w = np.einsum("ij,jhw->ihw", matrix, np.stack([x, y, np.ones_like(x)]))
    return np.stack([v / w, u / w])


def drawn(transform: Transform, image: Image, count: int) -> list[NDArray[np.uint8]]:
    """One grey image as it meets many draws."""
    return [transform(image, np.random.default_rng([0, i]))[..., 0] for i in range(count)]


@pytest.mark.parametrize("change", [shear(40), perspective(0.2)])
def test_a_white_image_stays_white_for_the_border_is_mirrored(change: Transform) -> None:
    for shape in ((8, 8, 1), (40, 25, 3)):
        white = np.full(shape, 255, np.uint8)
        assert (change(white, np.random.default_rng(0)) == 255).all()


@pytest.mark.parametrize("change", [shear(30), perspective(0.15), translation(0.2), rotation(30)])
def test_a_lost_detail_is_a_fraction_of_the_image_not_a_number_of_pixels(change: Transform) -> None:
    y, x = np.mgrid[:48, :64] / 48
    small = np.asarray(np.rint(127 + 120 * np.sin(6 * x + 2) * np.cos(5 * y)), np.uint8)[..., None]
    large = small.repeat(4, 0).repeat(4, 1)
    a, b = (change(image, np.random.default_rng(5))[..., 0].astype(float) for image in (small, large))
    assert np.abs(a - b.reshape(48, 4, 64, 4).mean((1, 3))).mean() < 2
