"""How many shifted sets lie on the disk at a time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tiny import tiny_plan

from shiftprobe.core.types import Cell
from shiftprobe.engine.disk import in_parts
from shiftprobe.engine.setup import Setup
from shiftprobe.models.preprocess import Preprocess

MANY = 2**16


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """Each shifted set is 2^16 images of 64 px: 256 MiB, sixteen in the 4 GiB that are allowed."""
    planned = tiny_plan(tmp_path_factory.mktemp("runs")).setup
    return replace(planned, labels=np.zeros(MANY, np.int64), preprocess=Preprocess(64, 1, (0.5,), (0.5,)))


def doses(count: int) -> list[Cell]:
    return [Cell("rotation", (i + 1) / 32) for i in range(count)]


def lengths(setup: Setup, cells: list[Cell]) -> list[int]:
    return [len(part) for part in in_parts(setup, cells)]


@pytest.mark.parametrize(("count", "parts"), [(1, [1]), (15, [15]), (16, [15, 1]), (31, [15, 15, 1])])
def test_shifted_sets_and_the_unshifted_one_fill_at_most_4_gib(count: int, parts: list[int], setup: Setup) -> None:
    assert lengths(setup, doses(count)) == parts


def test_side_channels_and_count_of_images_all_take_space(setup: Setup) -> None:
    colour, large = Preprocess(64, 3, (0.5,) * 3, (0.5,) * 3), Preprocess(128, 1, (0.5,), (0.5,))
    assert lengths(replace(setup, preprocess=colour), doses(10)) == [4, 4, 2]
    assert lengths(replace(setup, preprocess=large), doses(8)) == [3, 3, 2]
    assert lengths(replace(setup, labels=np.zeros(MANY + 1, np.int64)), doses(16)) == [14, 2]


@pytest.mark.parametrize("side", [128, 256, 1024])
def test_one_set_is_always_allowed(side: int, setup: Setup) -> None:
    """At 256 px two fill it, one of them unshifted; at 1024 px one alone is beyond it."""
    large = replace(setup, preprocess=Preprocess(side, 1, (0.5,), (0.5,)))
    assert lengths(large, doses(3)) == ([3] if side == 128 else [1, 1, 1])


def test_cells_of_one_dose_stay_together_in_their_order(setup: Setup) -> None:
    cells = [replace(cell, budget=40, seed=seed) for seed in (0, 1) for cell in doses(16)]
    first, second = in_parts(setup, cells)
    assert first == [cell for cell in cells if cell.severity != 0.5]
    assert second == [cell for cell in cells if cell.severity == 0.5]


def test_disk_is_given_back_between_parts_but_not_the_unshifted_target(tmp_path: Path) -> None:
    from shiftprobe.engine.execute import _forget

    setup = tiny_plan(tmp_path).setup
    files = {cell: setup.run.images(cell.condition) for cell in [*doses(2), Cell("identity", 0.0)]}
    for file in files.values():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    _forget(setup, list(files))
    assert [file.exists() for file in files.values()] == [False, False, True]
    _forget(setup, list(files))
