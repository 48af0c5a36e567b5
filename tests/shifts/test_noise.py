from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import kstest, kurtosis

from shiftprobe.core.errors import SpecError
from shiftprobe.core.types import Transform
from shiftprobe.shifts import SHIFTS
from shiftprobe.shifts.noise import (
    PLACES,
    draw,
    gaussian_noise,
    impulse_noise,
    iso_noise,
    normal,
    shot_noise,
    speckle_noise,
    tints,
)

GREY = np.full((96, 96, 3), 128, np.uint8)
Build = Callable[[float], Transform]


@pytest.mark.parametrize("build", [gaussian_noise, shot_noise, speckle_noise, iso_noise])
def test_two_doses_are_one_pattern_scaled(build: Build) -> None:
    weak, strong = (build(std)(GREY, np.random.default_rng(7)).astype(float).ravel() for std in (0.05, 0.1))
    assert np.corrcoef(weak, strong)[0, 1] > 0.99
    assert (strong - 128).std() / (weak - 128).std() == pytest.approx(2.0, rel=0.01)


@pytest.mark.parametrize(
    ("build", "level", "std"),
    [
        (gaussian_noise, 128, 25.5),
        (shot_noise, 128, 25.5 * np.sqrt(128 / 255)),
        (shot_noise, 32, 25.5 * np.sqrt(32 / 255)),
        (speckle_noise, 128, 12.8),
        (speckle_noise, 64, 6.4),
        (iso_noise, 128, 25.5 * np.sqrt(0.1 + 0.9 * 128 / 255)),
        (iso_noise, 64, 25.5 * np.sqrt(0.1 + 0.9 * 64 / 255)),
    ],
)
def test_the_dose_is_the_standard_deviation(build: Build, level: int, std: float) -> None:
    flat = np.full((96, 96, 3), level, np.uint8)
    noise = build(0.1)(flat, np.random.default_rng(1)).astype(float) - level
    assert noise.std() == pytest.approx(std, rel=0.02)
    assert abs(noise.mean()) < 4 * std / np.sqrt(noise.size)  # rounded, not cut off


@pytest.mark.parametrize("build", [shot_noise, speckle_noise])
def test_where_there_is_no_light_there_is_no_noise_of_light(build: Build) -> None:
    black = np.zeros((8, 8, 1), np.uint8)
    assert not build(0.5)(black, np.random.default_rng(0)).any()


def test_the_table_is_the_normal_distribution() -> None:
    table = normal()
    assert table.shape == (PLACES,)
    assert abs(table.mean(dtype=float)) < 1e-6
    assert table.std(dtype=float) == pytest.approx(1, abs=1e-6)
    assert kurtosis(table) == pytest.approx(0, abs=2e-3)
    assert kstest(table, "norm").statistic < 2 / PLACES


def test_draws_are_normal_and_independent_of_their_neighbours_and_of_other_images() -> None:
    one, other = (draw(normal(), (300, 300), np.random.default_rng([0, index])) for index in (0, 1))
    assert kstest(one.ravel(), "norm").pvalue > 0.01
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.01
    for step in range(1, 5):  # as many as one draw of 64 bits holds
        assert abs(np.corrcoef(one.ravel()[step:], one.ravel()[:-step])[0, 1]) < 0.015


def test_gaussian_noise_is_the_rounded_sum() -> None:
    image = np.random.default_rng(5).integers(0, 256, (33, 28, 3), dtype=np.uint8)
    noise = draw(normal(), image.shape, np.random.default_rng(9))
    for std in (0.004, 0.1, 0.6, 40.0):
        noisy = gaussian_noise(std)(image, np.random.default_rng(9))
        assert np.array_equal(noisy, np.clip(image + np.rint(255.0 * std * noise), 0, 255))


def test_impulses_hit_the_given_fraction_black_and_white_alike_and_stay() -> None:
    weak, strong = (impulse_noise(amount)(GREY, np.random.default_rng(3)) for amount in (0.1, 0.4))
    for level in (0, 255):
        assert (strong == level).mean() == pytest.approx(0.2, abs=0.01)
        assert (strong[weak == level] == level).all()


def test_grain_is_shared_by_the_channels_and_a_fifth_of_the_variance_is_false_colour() -> None:
    noise = iso_noise(0.1)(GREY, np.random.default_rng(2)) - 128.0
    grain = noise.mean(axis=2, keepdims=True)
    assert (noise - grain).var() / noise.var() == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("shape", [(8, 8), (28, 33), (300, 224)])
def test_false_colours_have_no_light_of_their_own(shape: tuple[int, int]) -> None:
    patches = tints(shape, np.random.default_rng(1))
    assert np.abs(patches.mean(axis=2)).max() < 1e-6
    assert patches.std() == pytest.approx(1, rel=1e-4)


def test_false_colours_come_in_patches_where_there_is_room_and_grain_does_not() -> None:
    white = np.full((448, 448, 3), 200, np.uint8)
    noise = iso_noise(0.1)(white, np.random.default_rng(4)).astype(float)
    grain, tint = noise.mean(axis=2), noise[..., 0] - noise[..., 1]
    near = [np.corrcoef(part[:, 1:].ravel(), part[:, :-1].ravel())[0, 1] for part in (grain, tint)]
    assert abs(near[0]) < 0.02
    assert near[1] > 0.6


def test_a_grey_image_meets_grain_alone_as_strong_as_in_colour() -> None:
    noise = iso_noise(0.1)(GREY[..., :1], np.random.default_rng(2)) - 128.0
    assert noise.std() == pytest.approx(25.5 * np.sqrt(0.1 + 0.9 * 128 / 255), rel=0.03)


def test_a_dose_outside_the_dial_is_refused() -> None:
    with pytest.raises(SpecError, match="severity is a fraction"):
        SHIFTS["iso_noise"].at(2)
