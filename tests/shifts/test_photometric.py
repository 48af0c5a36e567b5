from collections.abc import Callable

import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest

from shiftprobe.core.errors import SpecError
from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts import SHIFTS
from shiftprobe.shifts.photometric import brightness, contrast, darken, gamma, invert, posterize, solarize

RNG = np.random.default_rng(0)
IMAGE = np.random.default_rng(1).integers(0, 256, (28, 33, 3), dtype=np.uint8)
RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)


@pytest.mark.parametrize("factor", [0.9, 0.5, 0.1])
def test_contrast_shrinks_about_the_mean_of_the_image(factor: float) -> None:
    changed = contrast(factor)(IMAGE, RNG).astype(float)
    mean = IMAGE.mean()
    assert np.abs(changed - (mean + factor * (IMAGE - mean))).max() < 0.5 + 1e-9
    assert changed.mean() == pytest.approx(mean, abs=0.25)  # cut off instead of rounded it would sink by 0.5


def test_contrast_of_a_flat_image_changes_nothing() -> None:
    flat = np.full((8, 8, 1), 77, np.uint8)
    assert np.array_equal(contrast(0.3)(flat, RNG), flat)


def test_brightness_adds_and_stops_at_white_darken_keeps_a_part_of_every_level() -> None:
    image = np.array([0, 100, 250], np.uint8).reshape(1, 3, 1)
    assert brightness(0.2)(image, RNG).ravel().tolist() == [51, 151, 255]
    assert darken(0.2)(image, RNG).ravel().tolist() == [0, 80, 200]


def test_gamma_bends_the_middle_and_holds_both_ends() -> None:
    image = np.array([0, 128, 255], np.uint8).reshape(1, 3, 1)
    assert gamma(2.0)(image, RNG).ravel().tolist() == [0, round(255 * (128 / 255) ** 2), 255]


@pytest.mark.parametrize(("bits", "count"), [(3.0, 8), (2.5, 6), (1.7, 3), (1.0, 2)])
def test_posterize_takes_each_value_to_the_nearest_of_its_levels(bits: float, count: int) -> None:
    levels = np.linspace(0, 255, count)  # black and white stay what they are
    nearest = levels[np.abs(RAMP[..., 0, None] - levels).argmin(-1)]
    changed = posterize(bits)(RAMP, RNG)[..., 0]
    assert len(np.unique(changed)) == count
    assert np.abs(changed - nearest).max() <= 0.5


def test_posterize_twice_is_posterize_once() -> None:
    once = posterize(2.0)(IMAGE, RNG)
    assert np.array_equal(posterize(2.0)(once, RNG), once)


def test_solarize_in_full_agrees_with_pillow() -> None:
    expected = PIL.ImageOps.solarize(PIL.Image.fromarray(IMAGE), 128)
    assert np.array_equal(solarize(1.0)(IMAGE, RNG), np.asarray(expected))


def test_solarize_leaves_the_dark_half_and_flattens_the_bright_one_half_way() -> None:
    changed = solarize(0.5)(RAMP, RNG).ravel()
    assert np.array_equal(changed[:128], np.arange(128))
    assert set(changed[128:].tolist()) <= {127, 128}


def test_invert_in_full_agrees_with_pillow() -> None:
    expected = PIL.ImageOps.invert(PIL.Image.fromarray(IMAGE))
    assert np.array_equal(invert(1.0)(IMAGE, np.random.default_rng(4)), np.asarray(expected))


@pytest.mark.parametrize("part", [0.25, 0.5, 0.75])
def test_invert_turns_its_part_of_the_area_and_what_is_turned_stays_so(part: float) -> None:
    black = np.zeros((96, 96, 3), np.uint8)
    for i in range(4):
        weak, strong = (invert(p)(black, np.random.default_rng([0, i])) for p in (part, part + 0.1))
        assert weak.mean() / 255 == pytest.approx(part, abs=0.03)
        assert (strong >= weak).all()
        assert ((weak == 0) | (weak == 255)).mean() > 0.9  # patches, not a mixture


CHANGES: list[Callable[[float], Transform]] = [brightness, darken, posterize, solarize]


@pytest.mark.parametrize("build", CHANGES)
def test_a_curve_looks_at_no_neighbour(build: Callable[[float], Transform]) -> None:
    shuffled: Image = np.random.default_rng(2).permutation(IMAGE.reshape(-1, 1, 3))
    changed = build(0.7)(IMAGE, RNG).reshape(-1, 1, 3)
    again = np.random.default_rng(2).permutation(changed)
    assert np.array_equal(build(0.7)(shuffled, RNG), again)


def test_a_dose_beyond_the_dial_is_refused() -> None:
    for name in ("darken", "posterize", "solarize", "invert"):
        with pytest.raises(SpecError, match="fraction from 0 to 1"):
            SHIFTS[name].at(1.01)
