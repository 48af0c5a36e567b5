"""The stages of a run: who works, what is told, and which shifted sets lie on the disk at a time."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.tiny import tiny_plan
from torch import nn

from shiftprobe.core.monitor import Monitor
from shiftprobe.core.types import Cell
from shiftprobe.engine import execute as stages
from shiftprobe.engine.execute import Outcome, execute, executor
from shiftprobe.engine.executors.inline import Inline
from shiftprobe.engine.executors.processes import Processes
from shiftprobe.engine.executors.shared_gpu import SharedGpu
from shiftprobe.engine.setup import Setup


@dataclass
class Telling:
    """A monitor that keeps what begins."""

    told: list[tuple[str, int]] = field(default_factory=list)
    steps: int = 0

    def begin(self, what: str, steps: int) -> None:
        self.told.append((what, steps))

    def step(self) -> None:
        self.steps += 1


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """Two doses and the unshifted target under the checkpoint alone."""
    planned = tiny_plan(tmp_path, severities=[0.5, 1.0], arms=["zero_shot"], probes=["accuracy", "null_band"])
    return planned.setup


CELLS = (Cell("identity", 0.0), Cell("rotation", 0.5), Cell("rotation", 1.0))


def test_work_is_spread_over_processes_that_share_a_gpu_where_there_is_one(setup: Setup) -> None:
    assert isinstance(executor(setup, 1), Inline)
    for workers in (2, 3):
        pool = executor(setup, workers)
        assert isinstance(pool, Processes)
        with pool:
            assert vars(pool._pool)["_max_workers"] == workers
    assert isinstance(executor(replace(setup, device="cuda"), 4), SharedGpu)
    assert isinstance(executor(replace(setup, device="cuda"), 1), Inline)
    assert isinstance(executor(replace(setup, device="mps"), 4), Inline)
    assert isinstance(executor(replace(setup, module=nn.Identity()), 4), Inline)


@dataclass
class Sets:
    """Makes empty files for shifted sets, and notes for which cells it was asked and what lay there before."""

    setup: Setup
    asked: list[tuple[Cell, ...]] = field(default_factory=list)

    def __call__(self, cells: Iterable[Cell], _monitor: Monitor) -> None:
        wanted = tuple(cells)
        self.asked.append(wanted)
        for cell in (CELLS[0], *wanted):
            place = self.setup.run.images(cell.condition)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
            place.with_name(f"{place.name}.json").write_text(f'{{"sha256": "{hashlib.sha256().hexdigest()}"}}')

    def there(self) -> list[float]:
        return [cell.severity for cell in CELLS if self.setup.run.images(cell.condition).exists()]


@pytest.fixture
def looked(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> tuple[Sets, Telling, list[list[float]]]:
    """A run in which cells are nothing; the probe of the whole run opens every cell and sees what lies on the disk."""
    sets, telling, seen = Sets(setup), Telling(), list[list[float]]()

    def observing(_setup: Setup, _probe: str, cells: Sequence[Cell], show: Callable[[Cell], None]) -> str:
        for cell in cells:
            show(cell)
            seen.append(sets.there())
        return ""

    monkeypatch.setattr(stages, "run_source", lambda *_: None)
    monkeypatch.setattr(stages, "source_made", lambda _: True)
    monkeypatch.setattr(stages, "run_cell", lambda _, cell: Outcome(cell))
    monkeypatch.setattr(stages, "observe_run", observing)
    return sets, telling, seen


def test_sets_that_fit_are_made_once_and_all_stay_until_the_end(
    setup: Setup, looked: tuple[Sets, Telling, list[list[float]]]
) -> None:
    sets, telling, seen = looked
    execute(setup, CELLS, sets, telling, 1)
    assert sets.asked == [CELLS]
    assert seen == [[0.0, 0.5, 1.0]] * 3
    assert telling.told == [("source model", 1), ("cells", 3), ("whole run", 1)]
    assert telling.steps == 5
    assert sets.there() == []


def test_sets_that_do_not_fit_are_made_part_by_part_and_again_when_the_whole_run_is_looked_at(
    setup: Setup, looked: tuple[Sets, Telling, list[list[float]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sets, telling, seen = looked
    monkeypatch.setattr(stages, "in_parts", lambda _, cells: [[cell] for cell in cells])
    execute(setup, CELLS, sets, telling, 1)
    assert sets.asked == [(cell,) for cell in (*CELLS, *CELLS[1:])]
    assert seen == [[0.0], [0.0, 0.5], [0.0, 1.0]]
    assert telling.told == [
        ("source model", 1), ("cells, 1 of 3", 1), ("cells, 2 of 3", 1), ("cells, 3 of 3", 1), ("whole run", 1)
    ]  # fmt: skip


@pytest.mark.parametrize("lost", [0, 1])
def test_a_set_that_is_gone_is_made_again_whichever_of_the_two_it_is(
    lost: int, setup: Setup, looked: tuple[Sets, Telling, list[list[float]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sets, telling, _ = looked
    monkeypatch.setattr(stages, "missing", lambda *_: [])
    sets(CELLS[:2], telling)
    sets.asked.clear()
    setup.run.images(CELLS[lost].condition).unlink()
    execute(setup, CELLS[:2], sets, telling, 1)
    assert sets.asked == [(CELLS[lost],)]
    assert telling.told == [("whole run", 1)]


def test_a_source_that_is_damaged_is_made_again_where_every_cell_is_there(
    setup: Setup, looked: tuple[Sets, Telling, list[list[float]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sets, telling, _ = looked
    made: list[Setup] = []
    monkeypatch.setattr(stages, "missing", lambda *_: [])
    monkeypatch.setattr(stages, "source_made", lambda _: False)
    monkeypatch.setattr(stages, "run_source", lambda of, _: made.append(of))
    execute(replace(setup, probes={"accuracy": setup.probes["accuracy"]}), CELLS, sets, telling, 1)
    assert len(made) == 1
    assert sets.asked == [()]
    assert telling.told == [("source model", 1)]


def test_where_no_probe_spans_the_run_nothing_is_opened(
    setup: Setup, looked: tuple[Sets, Telling, list[list[float]]]
) -> None:
    sets, telling, seen = looked
    probes: dict[str, Any] = {"accuracy": setup.probes["accuracy"]}
    execute(replace(setup, probes=probes), CELLS, sets, telling, 1)
    assert seen == []
    assert telling.told[-1] == ("cells", 3)
