import numpy as np
import pytest

from shiftprobe.core.errors import SpecError
from shiftprobe.core.types import Image
from shiftprobe.shifts import SHIFTS
from shiftprobe.shifts.texture import fit, octaves
from shiftprobe.shifts.weather import RAIN, SNOW, SQUARES, Fall, fog, leaning, pane, paths, piece

WEATHER = ("fog", "rain", "snow", "frost", "sun_flare", "shadow")
BLACK = np.zeros((96, 96, 1), np.uint8)
PHOTO = np.random.default_rng(1).integers(0, 256, (24, 31, 3), dtype=np.uint8)


def meet(name: str, severity: float, image: Image, index: int = 0) -> Image:
    return SHIFTS[name].at(severity)(image, np.random.default_rng([0, index]))


@pytest.mark.parametrize("thickness", [0.1, 0.5, 0.8])
def test_fog_replaces_its_part_of_every_pixel_by_one_field_of_clouds(thickness: float) -> None:
    clouds = 255 * (0.3 + 0.7 * fit(octaves(np.random.default_rng(5), 1.75), PHOTO.shape)[..., None])
    expected = (1 - thickness) * PHOTO + thickness * clouds
    assert np.abs(fog(thickness)(PHOTO, np.random.default_rng(5)) - expected).max() < 1.01


@pytest.mark.parametrize("name", WEATHER)
def test_every_pixel_moves_one_way_as_the_dose_grows(name: str) -> None:
    doses = [meet(name, severity, PHOTO).astype(int) for severity in np.linspace(0, 1, 17)]
    away = np.array([np.abs(image - PHOTO) for image in doses])
    assert np.diff(away, axis=0).min() >= -1  # of 255: OpenCV rounds where strokes cross
    assert (np.diff(away.mean((1, 2, 3))) > 0).all()


@pytest.mark.parametrize("name", ["fog", "rain", "snow", "frost", "sun_flare"])
def test_a_small_image_meets_the_pattern_of_a_large_one(name: str) -> None:
    for i in range(3):
        large, small = (meet(name, 0.7, np.zeros((side, side, 1), np.uint8), i)[..., 0] for side in (256, 32))
        shrunk = large.reshape(32, 8, 32, 8).mean((1, 3))
        assert np.corrcoef(shrunk.ravel(), small.ravel())[0, 1] > 0.97
        assert np.abs(shrunk - small).mean() < 6


@pytest.mark.parametrize("name", WEATHER)
def test_two_images_meet_different_weather(name: str) -> None:
    grey = np.full((32, 32, 1), 100, np.uint8)
    patterns = [meet(name, 0.8, grey, i).astype(float).ravel() for i in range(6)]
    assert np.abs(np.corrcoef(patterns) - np.eye(6)).mean() < 0.6


@pytest.mark.parametrize("name", WEATHER)
def test_a_grey_image_meets_the_luminance_of_what_a_colour_image_meets(name: str) -> None:
    grey = np.random.default_rng(3).integers(0, 256, (40, 40, 1), dtype=np.uint8)
    colour = meet(name, 0.6, grey.repeat(3, axis=2))
    assert np.abs(colour @ np.array([0.299, 0.587, 0.114]) - meet(name, 0.6, grey)[..., 0]).max() < 2


def test_drops_fall_along_one_way_and_are_as_long_and_as_many_as_their_layer_says() -> None:
    for layer in RAIN.layers:
        ends = paths(layer, 0.03, np.random.default_rng(0))
        way = np.diff(ends, axis=1)[:, 0]
        assert 0.02 < np.abs(np.arctan2(way[:, 0], way[:, 1])).max() < 0.03
        assert np.hypot(*way.T).mean() == pytest.approx(layer.length, rel=0.1)
        inside = (np.abs(ends[:, 0] - SQUARES / 2) < SQUARES / 2).all(axis=1).sum()
        assert 1.96 * inside / SQUARES**2 == pytest.approx(layer.count, rel=0.15)  # a square and its margin: 1.4**2


@pytest.mark.parametrize("fall", [RAIN, SNOW])
def test_what_is_on_the_pane_at_a_low_dose_stays_there(fall: Fall) -> None:
    weak, strong = pane(fall, 0.3), pane(fall, 0.6)
    assert (weak <= strong).all()
    assert (weak > 0).mean() < 0.7 * (strong > 0).mean()


@pytest.mark.parametrize("shape", [(256, 256), (224, 200, 3), (31, 24, 1), (400, 700, 3)])
def test_rain_leans_as_a_whole_by_the_drawn_angle(shape: tuple[int, ...]) -> None:
    slope = np.tile(np.arange(1024) // 8, (1024, 1)).astype(np.uint8)  # one level in 8 px to the right
    for i in range(4):
        seen = leaning(slope, 0.35, shape, np.random.default_rng(i)).astype(float)
        assert seen.shape == shape[:2]
        right, down = (
            np.polyfit(np.arange(shape[1]), seen.mean(0), 1)[0],
            np.polyfit(np.arange(shape[0]), seen.mean(1), 1)[0],
        )
        assert np.arctan2(down, right) == pytest.approx(np.random.default_rng(i).uniform(-0.35, 0.35), abs=0.02)
        assert np.hypot(down, right) == pytest.approx(256 / max(shape) / 8, rel=0.04)


def test_an_image_meets_a_piece_of_the_pane_mirrored_or_not() -> None:
    ramp = np.tile((np.arange(1024) // 8).astype(np.uint8), (1024, 1))
    first = [piece(ramp, (256, 256, 3), np.random.default_rng(i)).astype(int) for i in range(16)]
    falls = [bool(seen[0, 0] > seen[0, -1]) for seen in first]
    assert 0 < sum(falls) < 16
    assert all(abs(int(seen[0, 0]) - int(seen[0, -1])) in {31, 32} for seen in first)
    assert len({int(seen.min()) for seen in first}) > 8


def test_rain_is_drawn_out_along_its_fall_and_snow_is_not() -> None:
    along = []
    for name in ("rain", "snow"):
        sky = meet(name, 0.6, BLACK)[..., 0].astype(float)
        down, across = (np.abs(np.diff(sky, axis=axis)).mean() for axis in (0, 1))
        along.append(across / down)
    assert along[0] > 1.8
    assert along[1] == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("name", ["rain", "snow"])
def test_a_higher_dose_has_more_strokes_not_only_denser_mist(name: str) -> None:
    between = [(sky <= int(sky.min()) + 1).mean() for sky in (meet(name, dose, BLACK) for dose in (0.1, 0.5, 1.0))]
    assert between[0] > between[1] + 0.2 > between[2] + 0.3


@pytest.mark.parametrize("name", WEATHER)
def test_a_dose_beyond_the_dial_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="fraction from 0 to 1"):
        SHIFTS[name].at(1.5)
