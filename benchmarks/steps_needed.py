"""Test accuracy against optimiser steps: how long a training from scratch needs before it may be compared.

The rate is constant after the first epoch, so that the n-th epoch of a long training is the last of one with n epochs:
one training gives the whole curve. Rows go to `steps_needed.csv`, a training at a time; those that are there are
kept, so that the same command goes on. `python benchmarks/steps_needed.py digits` runs one case, none runs all.
"""

import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from shiftprobe.core import seeding
from shiftprobe.core.monitor import Silent
from shiftprobe.core.types import Cell
from shiftprobe.engine import networks
from shiftprobe.engine.perform import write_sets
from shiftprobe.engine.plan import Given, Plan, plan
from shiftprobe.engine.source_model import make_source
from shiftprobe.spec.loading import load_spec
from shiftprobe.train.arms import ARMS
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

TABLE = Path(__file__).with_name("steps_needed.csv")
COLUMNS = ("case", "shift", "severity", "arm", "seed", "step", "accuracy", "loss")
MAKER = Path(__file__).parents[1] / "reports" / "make_photographs.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A preset with some keys set, trained for longer."""

    spec: str
    keys: dict[str, object] = field(default_factory=dict)
    epochs: int
    seeds: int = 3
    tested: int = 400  # test images that judge every epoch
    arms: tuple[str, ...] = ("scratch", "transfer")


CASES = {
    "digits": Case(
        spec="digits", keys={"shifts": ["gaussian_noise", "rotation"], "severities": [1.0]}, epochs=100, seeds=3
    ),
    "paper-50": Case(spec="paper-budgets", keys={"target.budgets": [50]}, epochs=200, seeds=5),
    "paper-900": Case(spec="paper", epochs=60, seeds=3),
    "photographs": Case(
        spec="folder", epochs=120, tested=100, arms=("scratch",),
        keys={"target.budgets": [100], "shifts": [], "severities": [], "source.epochs": 1},
    ),
}  # fmt: skip


def main(names: list[str]) -> None:
    """Run the cases of these names, or all."""
    done = {tuple(row[key] for key in COLUMNS[:5]) for row in _rows()}
    for name in names or CASES:
        case = CASES[name]
        with tempfile.TemporaryDirectory() as out:
            ready = _planned(case, Path(out))
            for cell in (one for one in ready.cells if one.seed is not None):
                for arm in case.arms:
                    address = (name, cell.shift, str(cell.severity), arm, str(cell.seed))
                    if address not in done:
                        _append(address, _curve(ready, cell, arm, case.tested))


def _planned(case: Case, out: Path) -> Plan:
    keys = {"train.epochs": case.epochs, "train.device": "cpu", "seeds": case.seeds, "probes": ["accuracy"]}
    if case.spec == "folder":
        subprocess.run([sys.executable, MAKER, str(out / "pictures")], check=True)  # noqa: S603 - our own script
        keys |= {f"{side}.data": f"folder:{out / 'pictures' / side}" for side in ("source", "target")}
    spec = load_spec(case.spec, {"source.epochs": 20, **keys, **case.keys})
    ready = plan(spec, Given(out=out))
    write_sets(ready, ready.cells, Silent())
    make_source(ready.setup)
    return ready


def _curve(ready: Plan, cell: Cell, arm: str, tested: int) -> Iterator[tuple[int, float, float]]:
    """Steps taken, accuracy on the test images and training loss after every epoch."""
    setup, seed = ready.setup, cell.seed or 0
    model = networks.fresh(setup, len(setup.classes), seeding.integer(seed, "init"))
    model.load_state_dict(ARMS[arm].begin(networks.start(setup, model, networks.source(setup), seed)))
    images, index = np.load(setup.run.images(cell.condition)), setup.parts(cell)[0]
    test = np.arange(setup.pool, len(setup.labels))[:: -(-(len(setup.labels) - setup.pool) // tested)]
    train, judge = (Labelled(images[some], setup.labels[some]) for some in (index, test))
    recipe = setup.recipe(arm, len(index))
    told = fit(model, train, setup.preprocess, recipe, seed=seed, device="cpu", validation=judge)
    per_epoch = recipe.course(len(index)).per_epoch
    for epoch, (score, loss) in enumerate(zip(told.scores, told.loss, strict=True), start=1):
        yield epoch * per_epoch, score.accuracy, loss


def _rows() -> list[dict[str, str]]:
    if not TABLE.exists():
        return []
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


def _append(address: tuple[str, ...], found: Iterator[tuple[int, float, float]]) -> None:
    lines = [(*address, step, f"{accuracy:.4f}", f"{loss:.4f}") for step, accuracy, loss in found]
    new = not TABLE.exists()
    with TABLE.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS, *lines] if new else lines)


if __name__ == "__main__":
    main(sys.argv[1:])
