import numpy as np
import pytest

from shiftprobe.shifts.photometric import brightness, contrast, gamma

RNG = np.random.default_rng(0)
IMAGE = np.random.default_rng(1).integers(0, 256, (28, 33, 3), dtype=np.uint8)


@pytest.mark.parametrize("factor", [0.9, 0.5, 0.1])
def test_contrast_shrinks_about_the_mean_of_the_image(factor: float) -> None:
    changed = contrast(factor)(IMAGE, RNG).astype(float)
    mean = IMAGE.mean()
    assert np.abs(changed - (mean + factor * (IMAGE - mean))).max() < 0.5 + 1e-9
    assert changed.mean() == pytest.approx(mean, abs=0.25)  # cut off instead of rounded it would sink by 0.5


def test_contrast_of_a_flat_image_changes_nothing() -> None:
    flat = np.full((8, 8, 1), 77, np.uint8)
    assert np.array_equal(contrast(0.3)(flat, RNG), flat)


def test_brightness_adds_and_stops_at_white() -> None:
    image = np.array([0, 100, 250], np.uint8).reshape(1, 3, 1)
    assert brightness(0.2)(image, RNG).ravel().tolist() == [51, 151, 255]


def test_gamma_bends_the_middle_and_holds_both_ends() -> None:
    image = np.array([0, 128, 255], np.uint8).reshape(1, 3, 1)
    assert gamma(2.0)(image, RNG).ravel().tolist() == [0, round(255 * (128 / 255) ** 2), 255]
