import dataclasses
import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.shifts import published
from tests.shifts.photographs import photographs

from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image, Transform
from shiftprobe.metrics import perceptual_distance
from shiftprobe.shifts import SHIFTS, DosedShift, find
from shiftprobe.shifts.recipes import RECIPES, Point, level, recipe, specs
from shiftprobe.spec.schema import Spec

SIDES = {"imagenet_c": 224, "cifar_c": 32}
ROWS = [(name, corruption) for name, points in RECIPES.items() for corruption in points]
EXACT = [row for row in ROWS if RECIPES[row[0]][row[1]].how == "exact"]
MATCHED = [row for row in ROWS if RECIPES[row[0]][row[1]].how == "matched"]
# Levels at which the published corruption itself moves images no further than one level before.
NO_STRONGER = {
    ("imagenet_c", "glass_blur"): {4},
    ("imagenet_c", "snow"): {3},
    ("imagenet_c", "elastic_transform"): {3},
    ("cifar_c", "glass_blur"): {2, 3, 5},
    ("cifar_c", "motion_blur"): {4},
    ("cifar_c", "frost"): {4},
}
# 1 - SSIM of the authors' frost on the photographs at levels 1 to 5: their pictures of ice cannot be shipped.
# How many times further, in grey levels, ours moves the photographs where the constant is the same: docs/recipes.md.
APART = {
    ("imagenet_c", "shot_noise"): 0.95,
    ("imagenet_c", "zoom_blur"): 1.07,
    ("imagenet_c", "brightness"): 1.49,
    ("imagenet_c", "contrast"): 1.14,
    ("cifar_c", "brightness"): 1.4,
    ("cifar_c", "contrast"): 1.16,
}
Distances = tuple[float, float]
FROST = {"imagenet_c": (0.378, 0.503, 0.563, 0.569, 0.599), "cifar_c": (0.139, 0.221, 0.287, 0.285, 0.327)}


def point(row: tuple[str, str]) -> Point:
    return RECIPES[row[0]][row[1]]


def as_parameter(corruption: str, constant: Any, side: int) -> float:
    """The published constant in the unit of our parameter, for the corruptions whose parameter means the same."""
    if corruption == "shot_noise":
        return float(1 / np.sqrt(constant))
    if corruption == "defocus_blur":
        return float(constant[0] / side)
    if corruption == "zoom_blur":
        return float(np.arange(1, *constant)[-1] - 1)
    if corruption == "jpeg_compression":  # as libjpeg's jpeg_quality_scaling, in percent
        return float(5000 / constant if constant < 50 else 200 - 2 * constant) / 100
    return float((1 / constant - 1) / side if corruption == "pixelate" else constant)


def parameters(monkeypatch: pytest.MonkeyPatch, shift: str) -> list[float]:
    """Where the parameters land with which the shift is built from now on."""
    built: list[float] = []

    def build(parameter: float) -> Transform:
        built.append(parameter)
        return lambda image, _rng: image.copy()

    found = SHIFTS[shift]
    assert isinstance(found, DosedShift)
    monkeypatch.setitem(SHIFTS._items, shift, dataclasses.replace(found, build=build))
    return built


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_holds_the_fifteen_corruptions_of_the_paper_at_five_levels(name: str) -> None:
    assert sorted(recipe(name)) == sorted([*published.CORRUPTIONS, "frost"])
    for one in recipe(name).values():
        assert len(one.levels) == len(one.published) == 5
        assert one.shift in SHIFTS


@pytest.mark.parametrize("row", EXACT, ids="-".join)
def test_an_exact_point_gives_the_published_constant(row: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    built = parameters(monkeypatch, point(row).shift)
    for number, constant in enumerate(point(row).published, 1):
        shift, severity = level(*row, number)
        find(shift).at(severity)
        assert built.pop() == pytest.approx(as_parameter(row[1], constant, SIDES[row[0]]), rel=1e-9)


def test_all_150_published_points_lie_on_the_dials() -> None:
    severities = [level(*row, number)[1] for row in ROWS for number in range(1, 6)]
    assert len(severities) == 150
    assert all(0 < severity <= 1 for severity in severities)
    assert not any(point(row).beyond for row in ROWS)


def test_what_is_beyond_a_dial_is_none_and_refused_never_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    short = SHIFTS["contrast"]
    assert isinstance(short, DosedShift)
    monkeypatch.setitem(SHIFTS._items, "contrast", dataclasses.replace(short, end=0.25))
    assert recipe("imagenet_c")["contrast"].levels[2:] == (None, None, None)
    assert specs("imagenet_c")["contrast"]["severities"] == pytest.approx([0.8, 0.6 / 0.75 + 0.1 / 0.75])
    for number in (3, 4, 5):
        with pytest.raises(SpecError, match=r"imagenet_c contrast: levels 3, 4, 5 beyond the dial of .* 1 to 0\.25"):
            level("imagenet_c", "contrast", number)


@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_levels_grow_where_the_published_ones_do(row: tuple[str, str]) -> None:
    severities = [level(*row, number)[1] for number in range(1, 6)]
    rising = np.diff(severities) > 0
    assert {int(i) + 2 for i in np.flatnonzero(~rising)} == NO_STRONGER.get(row, set())


def test_a_dial_that_reaches_further_moves_no_point(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = SHIFTS["contrast"]
    assert isinstance(wide, DosedShift)
    monkeypatch.setitem(SHIFTS._items, "contrast", dataclasses.replace(wide, end=0.0))
    assert recipe("imagenet_c")["contrast"].levels == pytest.approx((0.6, 0.7, 0.8, 0.9, 0.95))


@functools.cache
def photos(side: int) -> list[Image]:
    """One cut of each photograph, large, or all of them with four draws each, small."""
    return photographs(side)[::3] if side == SIDES["imagenet_c"] else photographs(side) * 4


def theirs(row: tuple[str, str], number: int) -> Distances:
    constants = point(row).published[number - 1]
    before, after = (
        [do(row[1], image, constants, np.random.default_rng([0, i])) for i, image in enumerate(photos(SIDES[row[0]]))]
        for do in (published.moved, published.corrupted)
    )
    return distances(before, after)


def ours(row: tuple[str, str], number: int) -> Distances:
    shift, severity = level(*row, number)
    change, images = find(shift).at(severity), photos(SIDES[row[0]])
    return distances(images, [change(image.copy(), image_generator(0, i)) for i, image in enumerate(images)])


def distances(before: list[Image], after: list[Image]) -> Distances:
    """The mean of 1 - SSIM, and that of the absolute difference in grey levels."""
    grey_levels = [np.abs(np.subtract(a, b, dtype=np.int16)).mean() for a, b in zip(before, after, strict=True)]
    return perceptual_distance(before, after), float(np.mean(grey_levels))


@pytest.mark.parametrize("row", MATCHED, ids="-".join)
def test_a_matched_point_moves_photographs_as_far_as_the_published_corruption(row: tuple[str, str]) -> None:
    for number in (2, 5):
        wanted = FROST[row[0]][number - 1] if row[1] == "frost" else theirs(row, number)[0]
        assert ours(row, number)[0] == pytest.approx(wanted, rel=0.12, abs=0.002)


@pytest.mark.parametrize("row", EXACT, ids="-".join)
def test_an_exact_point_moves_photographs_as_far_as_told(row: tuple[str, str]) -> None:
    part = ours(row, 4)[1] / theirs(row, 4)[1]
    assert part == pytest.approx(APART.get(row, 1.0), abs=0.08)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", RECIPES)
def test_jpeg_gives_the_published_pixels(name: str, number: int) -> None:
    row = name, "jpeg_compression"
    shift, severity = level(*row, number)
    for image in photos(SIDES[name])[:2]:
        rng = np.random.default_rng(0)
        there = published.corrupted("jpeg_compression", image, point(row).published[number - 1], rng)
        assert distances([there], [find(shift).at(severity)(image.copy(), rng)])[1] < 0.5


@pytest.mark.parametrize("name", RECIPES)
def test_a_spec_takes_what_a_recipe_says_and_every_name_is_found(name: str) -> None:
    for corruption, keys in specs(name).items():
        spec = Spec.model_validate({"target": {"data": "digits:uci"}, **keys})
        on = {severity for severity in recipe(name)[corruption].levels if severity is not None}
        assert set(spec.severities) == on
        for shift in spec.shifts:
            for severity in spec.severities:
                find(f"{shift}={severity}").at(1.0)


def test_an_unknown_recipe_corruption_or_level_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"no recipe named imagenet-c; did you mean 'imagenet_c'\? \(known: "):
        recipe("imagenet-c")
    with pytest.raises(UnknownNameError, match="no corruption named defocus in cifar_c; did you mean 'defocus_blur'"):
        level("cifar_c", "defocus", 1)
    wrong: Any
    for wrong in (0, 6, -1, 2.5, True, "3", None):
        with pytest.raises(SpecError, match=f"a whole number from 1 to 5, got {wrong}"):
            level("cifar_c", "fog", wrong)


def test_a_recipe_cannot_be_changed_from_outside() -> None:
    points: Any = recipe("cifar_c")
    with pytest.raises(TypeError):
        points["fog"] = points["snow"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        points["fog"].doses = ()


@pytest.mark.parametrize("name", RECIPES)
def test_the_documentation_shows_the_points_as_they_are(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text()
    rows = [line.split(" | ") for line in text.split(f"## {name}")[1].split("\n## ")[0].splitlines()]
    told = {row[0].strip("| `"): row for row in rows if len(row) > 1 and row[0].startswith("| `")}
    for corruption, one in recipe(name).items():
        assert told[corruption][1] == f"`{one.shift}`"
        assert told[corruption][3] == ", ".join("none" if x is None else f"{x:.3f}" for x in one.levels)
        assert told[corruption][4] == one.how
