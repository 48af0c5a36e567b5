from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.tiny import tiny_plan, tiny_spec

from shiftprobe import data
from shiftprobe.core.errors import ShiftprobeError, SpecError
from shiftprobe.engine.check_spec import check_names
from shiftprobe.engine.shift_binding import bind
from shiftprobe.shifts import SHIFTS


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIFTPROBE_DATA", str(tmp_path / "cache" / "data"))


def test_a_severity_is_the_dose_itself_unless_a_scale_is_asked_for(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path)
    one = ready.dosing.dose("rotation", 0.5, 7)
    assert (one.shift, one.severity, one.seed) == (SHIFTS["rotation"], 0.5, 7)
    same = ready.dosing.dose("identity", 0.0, 7)
    assert (same.shift.name, same.severity, same.seed) == ("identity", 0.0, 7)
    assert ready.facts.scale is None


def test_on_the_distance_scale_doses_come_from_the_users_own_images_and_are_told(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"shifts": ["rotation", "contrast"], "severity_scale": "distance"}
    ready = tiny_plan(tmp_path, **keys)
    scale = ready.dosing.scale
    assert scale is not None
    assert ready.dosing.dose("contrast", 0.5, 0).severity == scale.doses["contrast"][0.5] != 0.5
    assert ready.facts.scale == scale.told()
    assert tiny_plan(tmp_path, **keys).setup.run == ready.setup.run
    assert tiny_plan(tmp_path, shifts=["rotation", "contrast"]).setup.run != ready.setup.run


def test_another_common_distance_is_another_run(tmp_path: Path) -> None:
    few, more = (
        tiny_plan(tmp_path, shifts=names, severity_scale="distance").setup.run
        for names in (["rotation"], ["rotation", "gamma"])
    )
    assert few != more


def test_a_list_of_shifts_in_a_spec_is_their_composition(tmp_path: Path) -> None:
    spec = tiny_spec(shifts=[["contrast", "rotation"], "gamma*0.5+darken"])
    assert spec.shifts == ("contrast+rotation", "gamma*0.5+darken")
    assert set(tiny_plan(tmp_path, shifts=[["contrast", "rotation"]]).dosing.shifts) == {"contrast+rotation"}


@pytest.mark.parametrize("name", ["hue", "contrast+hue*0.5"])
def test_a_shift_that_needs_colour_is_refused_on_grey_images_before_anything_is_paid(name: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"needs colour, but digits:uci is grey; leave it out"):
        tiny_plan(tmp_path, shifts=[name])


def test_images_to_move_to_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"name them in toward\.data"):
        check_names(tiny_spec(shifts=["toward_histogram"]))
    with pytest.raises(ShiftprobeError, match="no data named 'digits:nowhere'"):
        tiny_plan(tmp_path, shifts=["toward_histogram"], toward__data="digits:nowhere")


def test_a_shift_towards_other_images_ends_nearer_to_them(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path, shifts=["toward_colour"], toward__data="digits:mnist", toward__images=32)
    one = ready.dosing.dose("toward_colour", 1.0, 0)
    there = np.mean([image.mean() for image in data.load("digits:mnist", Path()).images[:500]])
    image = ready.target.images[0]
    moved = one.shift.at(1.0)(image, np.random.default_rng(0))
    assert abs(moved.mean() - there) < abs(image.mean() - there)


def test_which_images_it_moves_to_is_part_of_the_run(tmp_path: Path) -> None:
    near, far = (
        tiny_plan(tmp_path, shifts=["toward_colour"], toward__data=name).setup.run
        for name in ("digits:mnist", "digits:uci")
    )
    assert near != far


def test_binding_reads_nothing_it_does_not_need(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path)
    again = bind(ready.setup.spec, ready.target, ready.split.target_train, replace(ready.setup.preprocess, size=8))
    assert (again.scale, again.toward) == (None, None)
