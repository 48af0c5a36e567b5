import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.tiny import tiny_plan

from shiftprobe.core.errors import NotAvailableError, ResourceError
from shiftprobe.core.monitor import Monitor, Silent
from shiftprobe.core.reading import read_json
from shiftprobe.core.types import Cell, Evidence, Finding, Scope
from shiftprobe.engine import disk, execute
from shiftprobe.engine.execute import missing, run_cell
from shiftprobe.engine.perform import write_sets
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.setup import Setup
from shiftprobe.probes import PROBES

LOOK = Cell("rotation", 0.5)
FEW = {"seeds": 1, "arms": ["zero_shot", "scratch"], "target__test": 0.2}


def done(out: Path, **overrides: object) -> Plan:
    """A run up to its tables, in this process."""
    ready = tiny_plan(out, **{**FEW, **overrides})

    def make_sets(cells: Iterable[Cell], monitor: Monitor) -> None:
        write_sets(ready, cells, monitor)

    execute.execute(ready.setup, ready.cells, make_sets, Silent(), 1)
    return ready


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds a finished run and no other; tests take copies of it."""
    out = tmp_path_factory.mktemp("finished")
    done(out)
    return out


def files(ready: Plan) -> dict[str, int]:
    path = ready.setup.run.path
    return {str(file.relative_to(path)): file.stat().st_mtime_ns for file in path.rglob("*.json")}


def rows(ready: Plan, probe: str, cell: Cell) -> list[dict[str, object]]:
    read: list[dict[str, object]] = read_json(ready.setup.run.finding(probe, cell) / "rows.json")
    return read


def test_what_is_there_is_kept_and_what_is_damaged_is_made_again(finished: Path, tmp_path: Path) -> None:
    first = tiny_plan(Path(shutil.copytree(finished, tmp_path, dirs_exist_ok=True)), **FEW)
    assert missing(first.setup, first.cells) == []
    before = files(first)
    damaged = first.setup.run.finding("cka", LOOK) / "rows.json"
    content = damaged.read_bytes()
    damaged.write_bytes(b"[]")
    assert missing(first.setup, first.cells) == [LOOK]
    after = files(done(tmp_path))
    assert {name.split("/")[1] for name in after if after[name] != before[name]} == {"cka"}
    assert damaged.read_bytes() == content


def test_a_wider_budget_gives_the_checkpoints_probes_the_images_of_a_fresh_run(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "grown")
    grown = done(tmp_path / "grown", target__budgets=[40, 90])
    fresh = done(tmp_path / "fresh", target__budgets=[40, 90])
    assert grown.setup.run.path.name == fresh.setup.run.path.name
    for probe in ("accuracy", "cka", "linear"):
        assert rows(grown, probe, LOOK) == rows(fresh, probe, LOOK)


@dataclass(frozen=True)
class Raising:
    error: Exception
    name: str = "cka"
    scope: Scope = "checkpoint"

    def __call__(self, evidence: Evidence) -> Finding:  # noqa: ARG002 - the seam
        raise self.error


@pytest.fixture
def ready(finished: Path, tmp_path: Path) -> Plan:
    """A finished run in which cka is to look again at the shifted images, which the test brings back."""
    ready = tiny_plan(Path(shutil.copytree(finished, tmp_path, dirs_exist_ok=True)), **FEW)
    write_sets(ready, ready.cells, Silent())
    (ready.setup.run.finding("cka", LOOK) / "rows.json").unlink()
    return ready


def plant(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setitem(PROBES._items, "cka", Raising(error))


def test_a_view_that_does_not_exist_becomes_a_reason(ready: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, NotAvailableError("NaN or infinity at blocks.3"))
    assert run_cell(ready.setup, LOOK).error == ""
    (row,) = rows(ready, "cka", LOOK)
    assert (row["value"], row["reason"]) == (None, "NaN or infinity at blocks.3")


def test_a_fault_stays_in_its_cell_with_its_traceback_until_it_succeeds(
    ready: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as planted:
        plant(planted, RuntimeError("broken \udcff name"))
        assert run_cell(ready.setup, LOOK).error.startswith("RuntimeError: broken")
    told = ready.setup.run.error(LOOK).read_text("utf-8")
    assert told.startswith("Traceback")
    assert told.strip().splitlines()[-1] == r"RuntimeError: broken \udcff name"
    assert missing(ready.setup, ready.cells) == [LOOK]
    assert run_cell(ready.setup, LOOK).error == ""
    assert not ready.setup.run.error(LOOK).exists()


@pytest.mark.parametrize("error", [MemoryError(), OSError(28, "No space left on device"), ResourceError("full")])
def test_when_the_machine_gives_out_the_run_ends(
    error: Exception, ready: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, error)
    with pytest.raises(ResourceError):
        run_cell(ready.setup, LOOK)
    assert not ready.setup.run.error(LOOK).exists()


def test_shifted_sets_that_would_fill_the_disk_are_made_part_by_part_with_the_same_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"shifts": ["rotation", "contrast"], "severities": [0.5, 1.0]}
    whole = done(tmp_path / "whole", **keys)
    monkeypatch.setattr(disk, "MAX_SET_BYTES", 1)
    parts = disk.in_parts(whole.setup, whole.cells)
    assert len(parts) == 5
    assert [cell for part in parts for cell in part] != []
    assert sorted((c for part in parts for c in part), key=lambda c: c.order) == sorted(
        whole.cells, key=lambda c: c.order
    )
    most = []
    real = execute.run_cell

    def watching(setup: Setup, cell: Cell) -> execute.Outcome:
        most.append(len(list(setup.run.sets.glob("*~*.npy"))))
        return real(setup, cell)

    monkeypatch.setattr(execute, "run_cell", watching)
    few = done(tmp_path / "few", **keys)
    assert max(most) == 2  # the unshifted target and one more
    for cell in whole.cells:
        for probe in whole.setup.probes_of(cell):
            assert rows(few, probe, cell) == rows(whole, probe, cell)
