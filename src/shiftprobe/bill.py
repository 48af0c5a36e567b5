"""The bill before it is paid: what the missing cells will cost, measured on the network itself."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from shiftprobe.executors.threads import limited
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.taps import tap_names
from shiftprobe.rundir import intact
from shiftprobe.setup import Setup
from shiftprobe.train.loop import fit
from shiftprobe.train.networks import WEIGHTS, fresh
from shiftprobe.train.pixels import Labelled
from shiftprobe.types import Cell

START = 6.0  # s, until worker processes have loaded their libraries
SAMPLE = 64  # images


@dataclass(frozen=True, slots=True)
class Bill:
    """What a run will do."""

    cells: int  # all of the spec's
    todo: int  # those not finished yet
    trainings: int  # arms to train, without the source
    seconds: float  # wall clock
    megabytes: float  # of weights kept, at most


def bill(setup: Setup, cells: Iterable[Cell], todo: Iterable[Cell], workers: int) -> Bill:
    """Price the missing cells by timing one batch of training and one forward pass."""
    open_cells = list(todo)
    step, look = _prices(setup) if open_cells else (0.0, 0.0)
    epochs, pool = setup.spec.train.epochs, len(setup.labels) - setup.pool
    asked = [(cell, arm) for cell in open_cells if cell.seed is not None for arm in setup.arms_of(cell)]
    trained = [(cell, arm) for cell, arm in asked if not (setup.run.cell(cell) / arm / WEIGHTS).exists()]
    images = sum((cell.budget or 0) * epochs for cell, _ in trained) * len(setup.spec.train.rates)
    looks = sum(_looked_at(setup, cell, pool) for cell in open_cells)
    to_train = setup.module is None and setup.spec.model.weights == "train" and not intact(setup.run.source)
    source = setup.source_train * (setup.spec.source.epochs or epochs) if to_train else 0
    seconds = source * step + (images * step + looks * look) / workers + (START if open_cells else 0.0)
    size = sum(value.nbytes for value in fresh(setup, len(setup.classes), 0).state_dict().values())
    kept = 2 * len(trained) * size / 1e6 if setup.spec.keep == "weights" else 0.0
    return Bill(len(list(cells)), len(open_cells), len(trained), seconds, kept)


def _looked_at(setup: Setup, cell: Cell, test: int) -> int:
    """Images that pass a network in one cell, in whatever view."""
    if cell.seed is None:
        return 3 * test + 2 * max(setup.spec.target.budgets)
    return 2 * test * len(setup.arms_of(cell))  # at the last epoch and at the best one


def _prices(setup: Setup) -> tuple[float, float]:
    """Seconds per image of a training step and of a forward pass with features."""
    model = fresh(setup, len(setup.classes), 0).to(setup.device)
    size, channels = setup.preprocess.size, setup.preprocess.channels
    images = np.zeros((SAMPLE, size, size, channels), np.uint8)
    labels = np.arange(SAMPLE) % len(setup.classes)
    head = head_name(model, len(setup.classes))
    taps = tap_names(model, head)
    train = setup.spec.train.model_copy(update={"epochs": 1, "batch": SAMPLE, "lr": 1e-9, "tune": None})

    def training() -> object:
        return fit(model, Labelled(images, labels), setup.preprocess, train, seed=0, device=setup.device)

    def looking() -> object:
        return extract(model, images, labels, setup.preprocess, taps=taps, head=head, device=setup.device)

    with limited(setup.spec.train.threads):
        return _timed(training), _timed(looking)


def _timed(work: Callable[[], object]) -> float:
    """Seconds per image, the faster of two after a warm-up."""
    work()
    times = []
    for _ in range(2):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times) / SAMPLE
