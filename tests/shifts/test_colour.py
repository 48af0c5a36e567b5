import colorsys

import numpy as np
import PIL.Image
import PIL.ImageEnhance
import pytest

from shiftprobe.core.errors import DataError
from shiftprobe.core.types import Image
from shiftprobe.shifts import SHIFTS
from shiftprobe.shifts.colour import colour_cast, hue, saturation, to_grey

RNG = np.random.default_rng(0)
IMAGE = np.random.default_rng(1).integers(0, 256, (13, 17, 3), dtype=np.uint8)
COLOURED = ("hue", "saturation", "to_grey", "colour_cast")


def turned(image: Image, degrees: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    pixels = [colorsys.rgb_to_hsv(*pixel) for pixel in image.reshape(-1, 3) / 255]
    return 255 * np.array([colorsys.hsv_to_rgb((h + degrees / 360) % 1, s, v) for h, s, v in pixels]).reshape(
        image.shape
    )


@pytest.mark.parametrize("angle", [0.7, 30.0, 120.0])
def test_hue_agrees_with_the_standard_library_one_way_or_the_other(angle: float) -> None:
    sides = set()
    for i in range(12):
        changed = hue(angle)(IMAGE, np.random.default_rng([0, i]))
        away = [np.abs(changed - turned(IMAGE, side * angle)).max() for side in (1, -1)]
        assert min(away) < 0.51  # rounding alone is 0.5
        sides.add(int(np.argmin(away)))
    assert sides == {0, 1}


def test_hue_keeps_the_strongest_and_the_weakest_channel_and_its_side_at_every_dose() -> None:
    for i in range(4):
        weak, strong = (hue(angle)(IMAGE, np.random.default_rng([0, i])) for angle in (40, 80))
        assert np.array_equal(strong.max(-1), IMAGE.max(-1))
        assert np.array_equal(strong.min(-1), IMAGE.min(-1))
        again = hue(40)(weak, np.random.default_rng([0, i]))
        assert np.abs(again.astype(int) - strong).max() <= 6  # the first turn was rounded


@pytest.mark.parametrize("factor", [0.0, 0.6, 2.0, 4.0])
def test_saturation_and_its_loss_agree_with_pillow(factor: float) -> None:
    expected = np.asarray(PIL.ImageEnhance.Color(PIL.Image.fromarray(IMAGE)).enhance(factor)).astype(int)
    changed = (saturation(factor) if factor > 1 else to_grey(1 - factor))(IMAGE, RNG)
    assert np.abs(changed - expected).max() <= 1 + abs(1 - factor)  # Pillow rounds its grey and cuts off its result


def test_to_grey_in_full_leaves_three_equal_channels_and_the_luminance() -> None:
    changed = to_grey(1.0)(IMAGE, RNG)
    assert (changed == changed[..., :1]).all()
    assert np.abs(changed[..., 0] - IMAGE @ np.array([0.299, 0.587, 0.114])).max() < 0.51


def test_a_cast_is_warm_or_cool_and_leaves_green() -> None:
    seen = set()
    for i in range(12):
        changed = colour_cast(0.4)(IMAGE, np.random.default_rng([0, i]))
        warm, cool = (np.minimum(np.rint(IMAGE * np.array(factors)), 255) for factors in ((1.4, 1, 0.6), (0.6, 1, 1.4)))
        away = [np.abs(changed - each).max() for each in (warm, cool)]
        assert min(away) <= 1  # halves may round either way
        seen.add(int(np.argmin(away)))
        assert np.array_equal(changed[..., 1], IMAGE[..., 1])
    assert seen == {0, 1}


@pytest.mark.parametrize("name", ["hue", "saturation", "to_grey"])
def test_an_image_with_equal_channels_has_no_colour_to_change(name: str) -> None:
    grey = IMAGE[..., :1].repeat(3, axis=2)
    assert np.array_equal(SHIFTS[name].at(0.8)(grey, RNG), grey)


@pytest.mark.parametrize("name", COLOURED)
def test_a_grey_image_is_refused_and_the_shift_to_leave_out_is_named(name: str) -> None:
    with pytest.raises(DataError, match=f"needs colour, got a grey image; leave out the shift '{name}'"):
        SHIFTS[name].at(0.5)(IMAGE[..., :1], RNG)
