"""What pictures are like: against independent references, under changes that must not matter, and what is refused."""

import colorsys

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, laplace
from skimage.data import astronaut

from shiftprobe.metrics import InputError
from shiftprobe.metrics.picture_properties import picture_properties

Image = NDArray[np.uint8]


@pytest.fixture(scope="module")
def photograph() -> Image:
    return np.asarray(astronaut()[::4, ::4], np.uint8)  # type: ignore[no-untyped-call]


def plain(red: int, green: int, blue: int) -> Image:
    return np.broadcast_to(np.array([red, green, blue], np.uint8), (12, 12, 3)).copy()


def test_agrees_with_independent_references(photograph: Image) -> None:
    found, grey = picture_properties(photograph), photograph @ np.array([0.299, 0.587, 0.114])
    assert found.brightness == pytest.approx(grey.mean() / 255)
    assert found.contrast == pytest.approx(grey.std() / 255)
    assert found.sharpness == pytest.approx(laplace(grey)[1:-1, 1:-1].std() / grey.std())
    pixels = [colorsys.rgb_to_hsv(*pixel)[1] for pixel in photograph.reshape(-1, 3) / 255]
    assert found.saturation == pytest.approx(np.mean(pixels))


def test_sharpness_knows_blur_and_not_contrast(photograph: Image) -> None:
    whole = picture_properties(photograph).sharpness
    flat = (photograph * 0.4 + 60).round().astype(np.uint8)
    assert picture_properties(flat).sharpness == pytest.approx(whole, rel=0.05)
    blurred = gaussian_filter(photograph, (2, 2, 0))
    assert picture_properties(blurred).sharpness < 0.4 * whole


def test_mirrors_and_quarter_turns_change_nothing(photograph: Image) -> None:
    whole = picture_properties(photograph)
    for other in (photograph[::-1], photograph[:, ::-1], np.rot90(photograph)):
        turned = picture_properties(np.ascontiguousarray(other))
        assert turned[:-1] == pytest.approx(whole[:-1])
        assert turned.colour == whole.colour


@pytest.mark.parametrize("tone", [0, 137, 255])
def test_a_letterbox_is_measured_as_it_was_drawn(photograph: Image, tone: int) -> None:
    boxed = photograph.copy()
    boxed[:16] = boxed[-16:] = tone  # of 128 rows
    assert picture_properties(boxed).margin == pytest.approx(0.25, abs=0.02)
    framed = photograph.copy()
    framed[:8] = framed[-8:] = tone
    framed[:, :8] = framed[:, -8:] = tone
    found = picture_properties(framed)
    assert found.margin == pytest.approx(1 - (112 / 128) ** 2, abs=0.02)
    assert found.rim == pytest.approx(tone / 255)


def test_bands_alone_are_margins_and_nothing_else() -> None:
    bands = np.zeros((12, 12, 1), np.uint8)
    bands[6:] = 200
    assert picture_properties(bands).margin == 1.0
    assert picture_properties(np.ascontiguousarray(bands.transpose(1, 0, 2))).margin == 1.0
    steps = np.repeat(np.arange(0, 240, 20, dtype=np.uint8), 12).reshape(12, 12, 1)
    assert 0.0 < picture_properties(steps).margin <= 1.0
    assert picture_properties(np.eye(12, dtype=np.uint8)[..., None] * 255).margin == 0.0


@pytest.mark.parametrize(
    ("pixel", "name"),
    [((200, 10, 10), "red"), ((200, 190, 10), "yellow"), ((10, 180, 20), "green"), ((10, 170, 180), "cyan"),
     ((20, 10, 200), "blue"), ((190, 10, 190), "magenta"), ((90, 90, 90), "grey"), ((120, 118, 110), "grey")],
)  # fmt: skip
def test_plain_colours_have_their_names(pixel: tuple[int, int, int], name: str) -> None:
    found = picture_properties(plain(*pixel))
    assert (found.colour, found.margin, found.sharpness) == (name, 1.0, 0.0)


def test_a_dark_copy_keeps_its_colour_and_saturation() -> None:
    bright = np.array(np.random.default_rng(0).integers(100, 160, (32, 32, 3)), np.uint8)
    bright[..., 2] = 40
    dark = (bright * 0.25).astype(np.uint8)
    assert picture_properties(dark).colour == picture_properties(bright).colour == "yellow"
    assert picture_properties(dark).saturation == pytest.approx(picture_properties(bright).saturation, abs=0.02)


def test_grey_saved_as_rgb_has_no_colour(photograph: Image) -> None:
    grey = photograph[..., :1]
    assert picture_properties(np.repeat(grey, 3, axis=2)) == pytest.approx(picture_properties(grey))


@pytest.mark.parametrize("shape", [(2, 9, 3), (9, 9, 2), (9, 9)])
def test_refuses_what_is_no_picture(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="wanted an image"):
        picture_properties(np.zeros(shape, np.uint8))
