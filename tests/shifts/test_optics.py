import numpy as np
import pytest
from scipy.ndimage import affine_transform, map_coordinates
from sklearn.datasets import load_sample_image

from shiftprobe.core.errors import SpecError
from shiftprobe.core.types import Image
from shiftprobe.shifts import SHIFTS
from shiftprobe.shifts.blur import gaussian_blur
from shiftprobe.shifts.optics import displaced, glass_blur, offsets, zoom_blur

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def photo() -> Image:
    return np.ascontiguousarray(load_sample_image("china.jpg")[100:300:2, 200:424:2])


def zoomed(levels: np.ndarray, zoom: float) -> np.ndarray:
    middle = (np.array(levels.shape) - 1) / 2
    return np.asarray(affine_transform(levels, np.eye(2) / zoom, middle * (1 - 1 / zoom), order=1))


@pytest.mark.parametrize("zoom", [0.1, 0.4])
def test_zoom_blur_is_the_mean_over_the_enlargements(photo: Image, zoom: float) -> None:
    factors = np.geomspace(1, 1 + zoom, 129)
    expected = np.mean([zoomed(photo[..., 0].astype(float), factor) for factor in factors], axis=0)
    blurred = zoom_blur(zoom)(photo, RNG)[..., 0]
    assert np.abs(blurred - expected).mean() < 2.5  # each pass reads between the pixels, which softens a little
    assert abs(blurred.mean() - expected.mean()) < 0.5


def test_zoom_blur_leaves_the_centre_and_turns_with_the_image(photo: Image) -> None:
    square = np.ascontiguousarray(photo[:99, :99])
    turned = zoom_blur(0.4)(np.ascontiguousarray(np.rot90(square)), RNG)
    assert np.abs(np.rot90(zoom_blur(0.4)(square, RNG)).astype(int) - turned).max() <= 1
    spots = np.zeros((99, 99, 1), np.uint8)
    spots[48:51, 48:51] = spots[48:51, 8:11] = 250
    blurred = zoom_blur(0.4)(spots, RNG)
    assert blurred[49, 49] == 250
    assert blurred[49, :25].max() < 100


def test_glass_takes_every_pixel_from_its_drawn_offset(photo: Image) -> None:
    by = 4 * offsets(photo.shape[:2], np.random.default_rng(3))
    y, x = np.mgrid[: photo.shape[0], : photo.shape[1]]
    expected = map_coordinates(photo[..., 0].astype(float), [y + by[..., 1], x + by[..., 0]], order=1, mode="mirror")
    assert np.abs(displaced(photo.astype(np.float32), by)[..., 0] - expected).max() < 5  # OpenCV knows 1/32 px
    assert np.abs(by).max() <= 4
    assert by.std() == pytest.approx(4 / np.sqrt(3), rel=0.02)


def test_glass_shuffles_what_a_blur_only_softens(photo: Image) -> None:
    glass, soft = glass_blur(0.02)(photo, np.random.default_rng(0)), gaussian_blur(0.02 / np.sqrt(3))(photo, RNG)
    rough = [np.abs(np.diff(image.astype(int), axis=1)).mean() for image in (glass, soft)]
    assert rough[0] > 1.5 * rough[1]
    assert abs(glass.mean() - photo.mean()) < 1


def test_glass_of_a_flat_image_changes_nothing_and_invents_no_level(photo: Image) -> None:
    flat = np.full((28, 28, 1), 77, np.uint8)
    assert np.array_equal(glass_blur(0.1)(flat, np.random.default_rng(0)), flat)
    changed = glass_blur(0.1)(photo, np.random.default_rng(0))
    assert changed.min() >= photo.min()
    assert changed.max() <= photo.max()


def test_the_grain_of_glass_is_a_part_of_a_large_image() -> None:
    small, large = (offsets((side, side), np.random.default_rng(5)) for side in (112, 448))
    assert np.abs(np.diff(large, axis=1)).mean() < np.abs(np.diff(small, axis=1)).mean() / 2
    assert np.corrcoef(large.reshape(112, 4, 112, 4, 2).mean((1, 3)).ravel(), small.ravel())[0, 1] > 0.8


def test_a_dose_outside_the_dial_is_refused() -> None:
    for name in ("zoom_blur", "glass_blur"):
        with pytest.raises(SpecError, match="severity is a fraction"):
            SHIFTS[name].at(-0.01)


@pytest.mark.parametrize("side", [8, 28, 96])
def test_zoom_blur_of_a_ramp_is_known(side: int) -> None:
    ramp = np.repeat(np.linspace(-120, 120, side)[None, :, None], side, axis=0)
    expected = 128 + ramp * (1 - 1 / 1.4) / np.log(1.4)  # the mean of 1 / zoom, even in the logarithm of the zoom
    blurred = zoom_blur(0.4)(np.asarray(np.rint(128 + ramp), np.uint8), RNG)
    assert np.abs(blurred - expected).max() < 2
