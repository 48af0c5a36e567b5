"""Several checkpoints in one plan, on real digits: scratch is trained once, every folder is as it would be alone."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tests.conftest import Command
from tests.engine.test_plan_each import saved
from tests.specs import DIGITS

import shiftprobe
from shiftprobe.api import perform_each
from shiftprobe.core.errors import ResourceError, SpecError
from shiftprobe.engine import cell as cells
from shiftprobe.engine.plan import Given
from shiftprobe.engine.plan_each import plan_each
from shiftprobe.spec.checkpoints import of_each
from shiftprobe.spec.loading import load_spec

pytestmark = pytest.mark.usefixtures("one_thread")

STILL = {"shifts": [], "severities": [], "probes": ["accuracy"]}
SPEC: dict[str, Any] = {**DIGITS, **STILL, "source": {"classes": list("0123456789")}}
APART = {"environment.json", "lock"}  # the clock, and who held it


class Swept(NamedTuple):
    """Two checkpoints in one plan, and which arms were trained for it."""

    found: shiftprobe.CheckpointRuns
    trained: list[str]
    names: list[str]
    spec: Path


class Heard:
    """A monitor that keeps what it is told of."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def begin(self, what: str, total: int) -> None:  # noqa: ARG002 - the seam's shape
        self.stages.append(what)

    def step(self) -> None:
        pass


def contents(folder: Path) -> dict[str, bytes]:
    every = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in APART)
    return {str(path.relative_to(folder)): path.read_bytes() for path in every}


def counting(trained: list[str], most: int = 1000) -> Callable[..., Any]:
    """`engine.cell.trained` that keeps count, and is out of disk after so many."""
    known = cells.trained

    def one(setup: Any, cell: Any, arm: Any, *rest: Any, **more: Any) -> Any:
        if cell.seed is not None:
            if len(trained) == most:
                raise ResourceError("planted")
            trained.append(f"{Path(setup.spec.model.weights).name} {arm.name} {cell.seed}")
        return known(setup, cell, arm, *rest, **more)

    return one


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    folder = tmp_path_factory.mktemp("swept")
    names = [saved(folder, "a.pt", 1), saved(folder, "b.pt", 2)]
    spec, trained = folder / "mine.yaml", list[str]()
    spec.write_text(yaml.safe_dump({**SPEC, "model": {"checkpoints": names}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "trained", counting(trained))
        found = shiftprobe.sweep_checkpoints(spec, out=folder / "runs", workers=1)
    return Swept(found, trained, names, spec)


def test_scratch_is_trained_once_and_transfer_from_each(swept: Swept) -> None:
    each = (("a.pt", "scratch"), ("a.pt", "transfer"), ("b.pt", "transfer"))
    assert sorted(swept.trained) == [f"{name} {arm} {seed}" for name, arm in each for seed in (0, 1)]
    assert not swept.found.failed
    assert swept.found.checkpoints == tuple(swept.names)


def test_both_folders_are_those_of_two_runs_of_one_checkpoint(swept: Swept, tmp_path: Path) -> None:
    for name, run in zip(swept.names, swept.found.runs, strict=True):
        alone = shiftprobe.sweep({**SPEC, "model": {"weights": name}}, out=tmp_path, workers=1)
        assert alone.path.name == run.path.name
        assert contents(alone.path) == contents(run.path)


def test_the_page_answers_on_its_first_screen(swept: Swept) -> None:
    start, page = swept.found.start, swept.found.page.read_text()
    assert start is not None
    assert start.best is not None
    assert (start.arm, start.seeds, start.best.images) == ("transfer", (0, 1), 719)
    assert page.index(start.sentence) < page.index('id="verdicts"')


def test_stopped_in_the_second_run_the_same_call_goes_on_and_gives_the_same_bytes(
    swept: Swept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, trained = tmp_path / "runs", list[str]()
    monkeypatch.setattr(cells, "trained", counting(trained, most=5))
    with pytest.raises(ResourceError, match="planted"):
        shiftprobe.sweep_checkpoints(swept.spec, swept.names, out=out, workers=1)
    monkeypatch.undo()
    monkeypatch.setattr(cells, "trained", counting(trained))
    plans, heard = plan_each(of_each(load_spec(swept.spec)), Given(out=out)), Heard()
    again = perform_each(plans, workers=1, monitor=heard)
    assert sorted(trained) == sorted(swept.trained)
    assert heard.stages
    assert {what.partition(":")[0] for what in heard.stages} == {"b.pt (2 of 2)"}
    for ours, theirs in zip(again.runs, swept.found.runs, strict=True):
        assert contents(ours.path) == contents(theirs.path)
    assert (again.page.name, again.page.read_bytes()) == (swept.found.page.name, swept.found.page.read_bytes())


def test_the_estimate_counts_shared_trainings_once(swept: Swept, tmp_path: Path, shiftprobe_command: Command) -> None:
    done = shiftprobe_command("sweep", swept.spec, "--out", tmp_path, "--dry-run", "--workers", "1")
    assert "6 of 6 cells to do: 6 trainings, " in done.stdout
    assert "2 trainings from random weights shared between checkpoints" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_command_finds_these_runs_again_and_says_where_to_start(
    swept: Swept, tmp_path: Path, shiftprobe_command: Command
) -> None:
    out = shutil.copytree(swept.found.page.parent, tmp_path / "runs")
    flags = ("--checkpoint", swept.names[0], "--checkpoint", swept.names[1], "--out", out, "--workers", "1")
    markdown = tmp_path / "said.md"
    done = shiftprobe_command("sweep", swept.spec, *flags, "--json", "--markdown", markdown)
    assert done.returncode == 0, done.stderr
    found, start = json.loads(done.stdout), swept.found.start
    assert start is not None
    assert found["start"]["sentence"] == start.sentence
    assert found["start"]["kept"] == [start.names[place] for place in (start.best.kept if start.best else ())]
    assert [one["checkpoint"] for one in found["runs"]] == swept.names
    assert start.sentence in done.stderr
    assert start.sentence in markdown.read_text()
    for path in (found["page"], *(one["report"] for one in found["runs"])):
        assert f": {path}" in done.stderr
        assert Path(path).is_file()


def test_one_run_of_several_checkpoints_is_refused(swept: Swept) -> None:
    with pytest.raises(SpecError, match="sweep_checkpoints"):
        shiftprobe.sweep(swept.spec)
    with pytest.raises(SpecError, match="wanted several"):
        shiftprobe.sweep_checkpoints(SPEC)
