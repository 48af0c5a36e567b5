import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from shiftprobe.shifts.blur import defocus, disc, gaussian_blur, motion_blur, streak

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("side", [8, 28, 64])
@pytest.mark.parametrize("sigma", [0.01, 0.02, 0.08])
def test_gaussian_blur_agrees_with_scipy(side: int, sigma: float) -> None:
    image = np.random.default_rng(1).integers(0, 256, (side, side + 5, 3), dtype=np.uint8)
    pixels = sigma * side
    expected = gaussian_filter(image.astype(float), (pixels, pixels, 0), mode="mirror", truncate=8)
    assert np.abs(gaussian_blur(sigma)(image, RNG) - expected).max() < 0.6  # rounding alone is 0.5


def test_the_dose_follows_the_shorter_side() -> None:
    small = np.zeros((32, 40, 1), np.uint8)
    small[10:20, 10:30] = 200
    large = small.repeat(4, 0).repeat(4, 1)
    for build in (gaussian_blur, defocus):
        a, b = build(0.1)(small, RNG), build(0.1)(large, RNG)
        shrunk = b.reshape(32, 4, 40, 4).mean((1, 3))
        assert np.abs(a[..., 0] - shrunk).max() < 12


@pytest.mark.parametrize("radius", [0.1, 0.7, 2.0, 7.3])
def test_a_disc_is_even_and_as_wide_as_its_radius(radius: float) -> None:
    kernel = disc(radius)
    assert kernel.sum() == pytest.approx(1)
    assert np.array_equal(kernel, kernel.T)
    middle = kernel[len(kernel) // 2]
    assert middle.sum() / middle.max() == pytest.approx(max(1, 2 * radius), abs=0.3)


def test_a_streak_lies_along_its_angle_and_is_as_long_as_asked() -> None:
    flat, upright = streak(9.0, 0.0), streak(9.0, np.pi / 2)
    middle = len(flat) // 2
    assert flat[middle].sum() == pytest.approx(1)
    assert upright[:, middle].sum() == pytest.approx(1)
    across = np.arange(len(flat)) - middle
    assert (flat[middle] * across**2).sum() == pytest.approx(9**2 / 12, rel=0.1)  # variance of an even streak


def test_motion_blur_keeps_what_lies_along_it_and_the_mean() -> None:
    image = np.zeros((31, 31, 3), np.uint8)
    image[13:18, 13:18] = 250
    blurred = motion_blur(0.3)(image, np.random.default_rng(2))
    assert blurred.max() < 250
    assert blurred.mean() == pytest.approx(image.mean(), rel=0.02)
