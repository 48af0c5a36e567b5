import numpy as np
import pytest

from shiftprobe.core.types import Image
from shiftprobe.shifts.sunlight import beam, glow, plane, shadow, sun_flare


def flat(level: int, shape: tuple[int, int, int] = (64, 64, 1)) -> Image:
    return np.full(shape, level, np.uint8)


def test_what_a_pixel_keeps_falls_exponentially_with_the_light() -> None:
    weak, strong = (sun_flare(s)(flat(0), np.random.default_rng(0)) / (255 * 0.969) for s in (0.5, 1.0))
    assert np.abs((1 - weak) ** 2 - (1 - strong)).max() < 0.02


def test_the_sun_is_the_brightest_place_and_lies_as_far_off_the_middle_as_drawn() -> None:
    for i in range(8):
        light = glow((64, 64), np.random.default_rng([0, i]))
        row, column = np.unravel_index(light.argmax(), light.shape)
        assert 0.1 < np.hypot(row - 31.5, column - 31.5) / 64 < 0.5


@pytest.mark.parametrize("darkness", [0.3, 0.9])
def test_shade_takes_its_part_of_the_light_and_the_sunlit_rest_stays(darkness: float) -> None:
    for i in range(6):
        changed = shadow(darkness)(flat(200), np.random.default_rng([0, i]))
        lit, shaded = (changed == 200).mean(), (changed == round(200 * (1 - darkness))).mean()
        assert lit > 0.1
        assert shaded > 0.25
        assert lit + shaded > 0.8  # the rim is narrow


def test_shadow_falls_in_the_same_place_on_every_image_and_leaves_black() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    shade = shadow(0.5)(flat(200), np.random.default_rng(2)) / 200
    assert np.abs(shadow(0.5)(noise, np.random.default_rng(2)) - noise * shade).max() < 1.2
    assert not shadow(0.9)(flat(0), np.random.default_rng(2)).any()


def test_sizes_follow_the_shorter_side() -> None:
    x, y = plane((32, 96, 3))
    assert (x.shape, y.shape) == ((1, 64), (21, 1))
    assert (y.min(), y.max()) == (-0.5, 0.5)
    assert x.max() == pytest.approx(1.5, rel=0.05)


def test_a_beam_is_as_wide_as_drawn() -> None:
    for i in range(20):
        covered = beam((64, 64), np.random.default_rng(i)).mean()
        assert 0.3 < covered < 0.95
