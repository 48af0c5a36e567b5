import json
from pathlib import Path

import numpy as np
import pytest

from shiftprobe import data
from shiftprobe.core.seeding import image_generator
from shiftprobe.engine import severity_scale
from shiftprobe.engine.severity_scale import by_distance, measure, measured, sample
from shiftprobe.metrics import perceptual_distance
from shiftprobe.shifts import find

GRID = (0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1)  # the doses that are measured
DIGITS = data.load("digits:mnist", Path()).images[::600]
STRAIGHT = list(GRID)
CURVES = {"even": STRAIGHT, "late": [dose**2 for dose in GRID], "weak": [0.25 * dose for dose in GRID]}


def test_on_a_straight_dial_the_dose_is_the_severity() -> None:
    scale = by_distance({"even": STRAIGHT}, [0.1, 0.5, 1.0])
    assert scale.common == 1.0
    assert scale.doses["even"] == pytest.approx({0.1: 0.1, 0.5: 0.5, 1.0: 1.0})


def test_every_shift_stands_where_its_distance_is_the_wanted_part_of_the_common_one() -> None:
    scale = by_distance(CURVES, [0.25, 0.5, 0.75])
    assert scale.common == 1.0  # the median of 1, 1 and 0.25
    for severity, dose in scale.doses["late"].items():
        assert np.interp(dose, GRID, CURVES["late"]) == pytest.approx(severity)


def test_a_shift_that_cannot_reach_says_how_far_it_gets_and_stops_at_dose_1() -> None:
    scale = by_distance(CURVES, [0.25, 0.5])
    assert scale.reach == {"even": 1.0, "late": 1.0, "weak": 0.25}
    assert scale.doses["weak"] == {0.25: 1.0, 0.5: 1.0}


def test_a_dent_in_a_curve_never_turns_the_dial_back() -> None:
    dented = [0, 0.2, 0.4, 0.3, 0.5, 0.6, 0.7, 0.9, 1.0]
    doses = list(by_distance({"x": dented}, [i / 20 for i in range(1, 21)]).doses["x"].values())
    assert doses == sorted(doses)


def test_shifts_on_a_common_scale_move_real_images_equally_far() -> None:
    shifts = {name: find(name) for name in ("gaussian_noise", "gaussian_blur", "contrast")}
    scale = by_distance({name: measure(shift, DIGITS, 0) for name, shift in shifts.items()}, [0.5])
    for name, shift in shifts.items():
        if scale.reach[name] < 0.5:
            continue
        change = shift.at(scale.dose(name, 0.5))
        moved = [change(image, image_generator(0, i)) for i, image in enumerate(DIGITS)]
        assert perceptual_distance(DIGITS, moved) == pytest.approx(0.5 * scale.common, rel=0.1)


def test_images_of_eight_px_can_be_measured() -> None:
    small = data.load("digits:uci", Path()).images[:8]
    assert measure(find("contrast"), small, 0)[-1] > 0.05


def test_what_was_measured_is_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "distances" / "x.json"
    first = measured(find("contrast"), DIGITS, 0, cache)
    monkeypatch.setattr(severity_scale, "measure", None)  # whoever measured again would fail
    assert measured(find("contrast"), DIGITS, 0, cache) == first
    assert json.loads(cache.read_text())["distances"] == first


def test_other_distances_and_those_of_another_key_are_measured_anew(tmp_path: Path) -> None:
    cache, other = tmp_path / "x.json", tmp_path / "y.json"
    first = measured(find("contrast"), DIGITS, 0, cache)
    whole = cache.read_bytes()
    cache.write_bytes(whole.replace(f"{first[-1]!r}".encode(), f"{first[-1] / 2!r}".encode()))
    assert json.loads(cache.read_text())["distances"] != first
    assert measured(find("contrast"), DIGITS, 0, cache) == first
    assert cache.read_bytes() == whole
    second = measured(find("brightness"), DIGITS, 0, other)
    other.replace(cache)
    assert measured(find("contrast"), DIGITS, 0, cache) == first != second


@pytest.mark.parametrize("broken", ["", "[1.0]", "half", "{}", '{"of": "x.json", "distances": []}'])
def test_a_damaged_cache_is_measured_anew(broken: str, tmp_path: Path) -> None:
    cache = tmp_path / "x.json"
    cache.write_text(broken)
    assert len(measured(find("contrast"), DIGITS, 0, cache)) == len(GRID)


def test_a_sample_is_drawn_with_the_seed_from_the_index_alone() -> None:
    images = data.load("digits:uci", Path()).images
    index = np.arange(100, 400)
    one, again, other = (sample(images, index, seed) for seed in (0, 0, 1))
    assert len(one) == 32
    assert all(a is b for a, b in zip(one, again, strict=True))
    assert any(a is not b for a, b in zip(one, other, strict=True))
    allowed = {id(images[i]) for i in index.tolist()}
    assert all(id(image) in allowed for image in one)


def test_few_images_are_all_measured_in_the_order_of_the_index() -> None:
    images = data.load("digits:uci", Path()).images
    assert [id(one) for one in sample(images, np.array([5, 3, 9]), 0)] == [id(images[i]) for i in (5, 3, 9)]


def test_a_distance_is_reached_at_the_smallest_dose_that_has_it() -> None:
    flat = [0, 0, 0, 0.5, 0.5, 0.5, 0.5, 1, 1]
    doses = by_distance({"x": flat}, [0.25, 0.5, 0.75, 1.0]).doses["x"]
    assert doses == pytest.approx({0.25: 0.3125, 0.5: 0.375, 0.75: 0.8125, 1.0: 0.875})


def test_where_nothing_moves_nothing_is_reached() -> None:
    still = by_distance({"x": [0.0] * 9}, [0.5])
    assert (still.common, still.reach, still.doses) == (0.0, {"x": 0.0}, {"x": {0.5: 0.0}})


def test_severity_0_is_dose_0_and_others_are_those_of_the_scale() -> None:
    scale = by_distance(CURVES, [0.25])
    assert scale.dose("late", 0.0) == 0.0
    assert scale.dose("late", 0.25) == scale.doses["late"][0.25] > 0.25
    assert scale.told() == {
        "common": 1.0,
        "reach": {"even": 1.0, "late": 1.0, "weak": 0.25},
        "doses": {"even": {"0.25": 0.25}, "late": {"0.25": scale.doses["late"][0.25]}, "weak": {"0.25": 1.0}},
    }


def test_the_common_distance_is_the_median_of_what_dose_1_reaches() -> None:
    curves = {name: [end * dose for dose in GRID] for name, end in (("a", 0.2), ("b", 0.4), ("c", 0.9))}
    scale = by_distance(curves, [1.0])
    assert scale.common == pytest.approx(0.4)
    assert scale.reach == pytest.approx({"a": 0.5, "b": 1.0, "c": 1.0})
    assert scale.doses["c"][1.0] == pytest.approx(0.4 / 0.9)


def test_each_dose_is_measured_with_its_own_draw_per_image() -> None:
    shift = find("gaussian_noise")
    expected = [0.0]
    for dose in GRID[1:]:
        moved = [shift.at(dose)(image, image_generator(4, i)) for i, image in enumerate(DIGITS)]
        expected.append(perceptual_distance(DIGITS, moved))
    assert measure(shift, DIGITS, 4) == pytest.approx(expected)
    assert measure(shift, DIGITS, 5) != pytest.approx(expected)


@pytest.mark.parametrize(("side", "times"), [(1, 7), (3, 3), (6, 2), (7, 1), (8, 1)])
def test_images_too_small_for_structure_are_enlarged_pixel_by_pixel(side: int, times: int) -> None:
    image = np.arange(side * (side + 1), dtype=np.uint8).reshape(side, side + 1, 1)
    np.testing.assert_array_equal(severity_scale._large(image), np.kron(image, np.ones((times, times, 1), np.uint8)))
