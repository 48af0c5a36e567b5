"""Units of a diagnosis in a finished run: trained beside it, in its tables, and in nothing that the run concludes."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.specs import TINY
from tests.tiny import register
from torch import nn

from shiftprobe.api import finish
from shiftprobe.core.monitor import Silent
from shiftprobe.core.types import Cell
from shiftprobe.engine import networks
from shiftprobe.engine.changes import CHANGES, SOURCES, Change, OtherSource
from shiftprobe.engine.interventions import Unit
from shiftprobe.engine.perform_units import perform_units
from shiftprobe.engine.plan import Given
from shiftprobe.engine.reopen import reopen
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.unit_cost import bill
from shiftprobe.report.kit.reading import read
from shiftprobe.results.interventions import INTERVENTION, TrainedArms, why_failed
from shiftprobe.results.run_folder import RunDir

HERE, BESIDE = (Cell("rotation", 0.5, 40, seed) for seed in (0, 5))  # the run has seeds 0 and 1
ARMS = ((HERE, "transfer~lr0.1"), (HERE, "transfer~blank"), (BESIDE, "transfer~blank"), (BESIDE, "transfer"))
UNITS = [*(Unit(cell=cell, arm=arm) for cell, arm in ARMS), Unit(cell=HERE, arm="transfer~clean")]  # the last fails
CONCLUDED = ("summary.json", "table1.csv", "table1.tex", "curves.json", "predictions.csv", "images.csv")


class Stopped:
    """Ctrl-C after the first intervention."""

    def begin(self, what: str, total: int) -> None:  # noqa: ARG002 - the seam
        self.what = what

    def step(self) -> None:
        if self.what == "interventions":
            raise KeyboardInterrupt


@pytest.fixture
def blank_made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A source model that learnt nothing, and how often it was made."""
    made: list[str] = []

    def make(setup: Setup) -> nn.Module:
        made.append("blank")
        return networks.fresh(setup, setup.source_classes, 7)

    change = Change(
        name="blank",
        spelling="blank",
        example="blank",
        about="",
        apply=lambda whole, _: replace(whole, source="blank"),
        source="blank",
    )
    register(monkeypatch, SOURCES, OtherSource(name="blank", about="", make=make))
    register(monkeypatch, CHANGES, change)
    return made


def concluded(run: Path) -> dict[str, bytes]:
    return {name: (run / name).read_bytes() for name in CONCLUDED}


def top1(run: Path) -> list[dict[str, str]]:
    with (run / "results.csv").open() as table:
        return [row for row in csv.DictReader(table) if (row["probe"], row["metric"]) == (INTERVENTION, "top1")]


def right(arms: TrainedArms, cell: Cell, arm: str) -> NDArray[np.bool_]:
    found = arms.find(cell, arm)
    assert found is not None
    return found.right


def test_interventions_stand_in_the_tables_and_move_nothing_that_the_run_concludes(
    tiny_copy: Path, blank_made: list[str]
) -> None:
    ready, run = reopen(tiny_copy, (), Given()), RunDir(tiny_copy)
    before, rows = concluded(run.path), read(run.path).rows
    told = bill(ready.setup, UNITS, workers=1, prices=(1.0, 0.0))
    assert (told.todo, told.units) == (5, 5.0)
    assert told.sources == pytest.approx(
        TINY["source"]["images"] / 32
    )  # one training of the source beside arms on 32 images
    with pytest.raises(KeyboardInterrupt):
        perform_units(ready, UNITS, Stopped(), workers=1)
    done = [folder.stat().st_ino for folder in run.interventions.glob("*/*")]
    assert len(done) == 1
    (lost,) = perform_units(ready, UNITS, Silent(), workers=1)
    assert set(done) < {folder.stat().st_ino for folder in run.interventions.glob("*/*")}  # kept, not done again
    assert lost.unit == UNITS[-1]
    assert "suspected" in why_failed(run, HERE, "transfer~clean")
    assert blank_made == ["blank"]
    assert not run.sets.exists()
    finish(run.path)
    assert (concluded(run.path), read(run.path).rows) == (before, rows)
    found = top1(run.path)
    assert {(row["arm"], row["seed"]) for row in found} == {(one.arm, str(one.cell.seed)) for one in UNITS}
    assert all(row["split"] for row in found if row["value"])
    arms = TrainedArms(run)
    for row in found:
        if row["value"]:
            cell = replace(HERE, seed=int(row["seed"]))
            assert right(arms, cell, row["arm"]).mean() == pytest.approx(float(row["value"]))
    both = arms.right((HERE, BESIDE), "transfer")  # of the run, and of a seed that it lacks
    assert both is not None
    np.testing.assert_array_equal(both, [right(arms, HERE, "transfer"), right(arms, BESIDE, "transfer")])
    assert arms.right((HERE, BESIDE), "scratch") is None
    assert perform_units(ready, UNITS[:4], Silent(), workers=1) == ()
    assert blank_made == ["blank"]
