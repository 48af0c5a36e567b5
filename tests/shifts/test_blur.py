import numpy as np
import pytest
from scipy.linalg import expm
from scipy.ndimage import correlate1d, gaussian_filter, map_coordinates
from scipy.special import ive

from shiftprobe.core.errors import SpecError
from shiftprobe.core.types import Image
from shiftprobe.shifts import SHIFTS
from shiftprobe.shifts.blur import bell, defocus, disc, gaussian_blur, motion_blur, soft, streak

RNG = np.random.default_rng(0)


def noise(side: int) -> Image:
    return np.random.default_rng(1).integers(0, 256, (side, side + 5, 3), dtype=np.uint8)


def heat(side: int, time: float) -> np.ndarray:
    """What heat does to a line of pixels whose border is a mirror: the solution of u' = (left + right - 2 u) / 2."""
    places = np.pad(np.arange(side), 1, mode="reflect")
    step = (np.eye(side)[places[:-2]] + np.eye(side)[places[2:]]) / 2 - np.eye(side)
    return np.asarray(expm(time * step))


@pytest.mark.parametrize("side", [8, 28, 64])
@pytest.mark.parametrize("sigma", [0.01, 0.02, 0.08])
def test_gaussian_blur_is_heat_that_spreads(side: int, sigma: float) -> None:
    image, time = noise(side), (sigma * side) ** 2
    expected = np.einsum("ij,jkc,lk->ilc", heat(side, time), image, heat(side + 5, time))
    assert np.abs(gaussian_blur(sigma)(image, RNG) - expected).max() < 0.6  # rounding alone is 0.5


def test_gaussian_blur_agrees_with_scipy_where_a_gaussian_is_wider_than_pixels() -> None:
    image = noise(64)
    expected = gaussian_filter(image.astype(float), (4.5, 4.5, 0), mode="mirror", truncate=8)
    assert np.abs(gaussian_blur(4.5 / 64)(image, RNG) - expected).max() < 0.8


def edges(shape: tuple[int, int, int]) -> Image:
    """Black and white squares of all sizes, at the border too."""
    image = np.zeros(shape, np.uint8)
    for i, side in enumerate((1, 2, 5, 11, 24, 50)):
        image[12 * i : 12 * i + side, 20 * i : 20 * i + side] = image[-side:, 40 * i : 40 * i + side] = 255
    image[:, -3:] = 255
    return image


@pytest.mark.parametrize("shape", [(130, 131, 3), (224, 224, 1), (300, 225, 3)])
@pytest.mark.parametrize("sigma", [3.99, 4.0, 7.99, 8.0, 17.9])
def test_a_wide_blur_of_a_halved_image_is_that_of_the_whole_one(shape: tuple[int, int, int], sigma: float) -> None:
    image = edges(shape)
    kernel = ive(np.arange(-8 * 18, 8 * 18 + 1), sigma**2)  # heat that spreads from one point of a line without ends
    rows = correlate1d(image.astype(float), kernel, axis=0, mode="mirror")
    expected = correlate1d(rows, kernel, axis=1, mode="mirror")
    assert np.abs(soft(image, sigma) - expected).max() < 0.1
    assert np.abs(gaussian_blur(sigma / min(shape[:2]))(image, RNG) - expected).max() < 0.6


@pytest.mark.parametrize("sigma", [0.05, 0.3, 1.0, 6.0])
def test_the_variance_of_a_bell_is_exact_however_narrow_it_is(sigma: float) -> None:
    kernel = bell(sigma)
    across = np.arange(len(kernel)) - len(kernel) // 2
    assert (kernel * across**2).sum() == pytest.approx(sigma**2, rel=2e-3)


@pytest.mark.parametrize("name", ["gaussian_blur", "defocus", "motion_blur", "zoom_blur", "glass_blur"])
def test_the_dial_lives_at_8_px(name: str) -> None:
    image = np.zeros((8, 8, 1), np.uint8)
    image[2:5, 3:6] = 250
    assert not np.array_equal(SHIFTS[name].at(0.125)(image, np.random.default_rng(1)), image)


def test_a_dose_outside_the_dial_is_refused() -> None:
    with pytest.raises(SpecError, match=r"got 1\.01"):
        SHIFTS["defocus"].at(1.01)


def test_the_dose_follows_the_shorter_side() -> None:
    small = np.zeros((32, 40, 1), np.uint8)
    small[10:20, 10:30] = 200
    large = small.repeat(4, 0).repeat(4, 1)
    for build in (gaussian_blur, defocus):
        a, b = build(0.1)(small, RNG), build(0.1)(large, RNG)
        shrunk = b.reshape(32, 4, 40, 4).mean((1, 3))
        assert np.abs(a[..., 0] - shrunk).max() < 12


def averaged(image: Image, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The mean over shifted copies, read between the pixels by scipy."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    levels = image[..., 0].astype(float)
    copies = [
        map_coordinates(levels, [y + r, x + c], order=1, mode="mirror") for r, c in zip(rows, columns, strict=True)
    ]
    return np.asarray(np.mean(copies, axis=0))


@pytest.mark.parametrize("radius", [0.1, 0.7, 2.0, 3.3])
def test_defocus_is_the_mean_over_a_disc(radius: float) -> None:
    y, x = radius * np.mgrid[-1:1:60j, -1:1:60j].reshape(2, -1)
    inside = np.hypot(x, y) < radius
    expected = averaged(noise(20), y[inside], x[inside])
    assert np.abs(defocus(radius / 20)(noise(20), RNG)[..., 0] - expected).max() < 1.5


@pytest.mark.parametrize("radius", [0.1, 0.7, 2.0, 7.3])
def test_a_disc_looks_the_same_from_every_side(radius: float) -> None:
    kernel = disc(radius)
    assert kernel.sum() == pytest.approx(1)
    assert kernel == pytest.approx(kernel[::-1, ::-1])
    assert kernel == pytest.approx(kernel.T, abs=0.02 / radius**2 if radius > 1 else 0.01)


@pytest.mark.parametrize("length", [0.5, 3.0, 6.0])
def test_motion_blur_is_the_mean_along_a_line(length: float) -> None:
    blurred = motion_blur(length / 20)(noise(20), np.random.default_rng(4))
    angle = np.random.default_rng(4).uniform(0, np.pi)
    along = np.linspace(-length / 2, length / 2, 600)
    expected = averaged(noise(20), along * np.sin(angle), along * np.cos(angle))
    assert np.abs(blurred[..., 0] - expected).max() < 1.5


def test_a_streak_lies_along_its_angle_and_is_as_long_as_asked() -> None:
    flat, upright = streak(9.0, 0.0), streak(9.0, np.pi / 2)
    assert flat.shape == (1, 11)  # no wider than it must be
    assert flat.sum() == pytest.approx(1)
    assert upright[:, 1] == pytest.approx(flat[0])
    across = np.arange(11) - 5
    assert (flat * across**2).sum() == pytest.approx(9**2 / 12 + 1 / 6, rel=0.02)  # an even streak and a triangle


def test_motion_blur_keeps_what_lies_along_it_and_the_mean() -> None:
    image = np.zeros((31, 31, 3), np.uint8)
    image[13:18, 13:18] = 250
    blurred = motion_blur(0.3)(image, np.random.default_rng(2))
    assert blurred.max() < 250
    assert blurred.mean() == pytest.approx(image.mean(), rel=0.02)
