import json
from pathlib import Path

import numpy as np
import pytest

from shiftprobe import data
from shiftprobe.core.seeding import image_generator
from shiftprobe.engine import severity_scale
from shiftprobe.engine.severity_scale import GRID, by_distance, measure, measured, sample
from shiftprobe.metrics import perceptual_distance
from shiftprobe.shifts import find

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
    assert json.loads(cache.read_text()) == first


@pytest.mark.parametrize("broken", ["", "[1.0]", "half"])
def test_a_damaged_cache_is_measured_anew(broken: str, tmp_path: Path) -> None:
    cache = tmp_path / "x.json"
    cache.write_text(broken)
    assert len(measured(find("contrast"), DIGITS, 0, cache)) == len(GRID)


def test_a_sample_is_drawn_with_the_seed_from_the_index_alone() -> None:
    images = data.load("digits:uci", Path()).images
    index = np.arange(100, 400)
    one, again, other = (sample(images, index, seed) for seed in (0, 0, 1))
    assert len(one) == severity_scale.SAMPLE
    assert all(a is b for a, b in zip(one, again, strict=True))
    assert any(a is not b for a, b in zip(one, other, strict=True))
    allowed = {id(images[i]) for i in index.tolist()}
    assert all(id(image) in allowed for image in one)
