"""The bill before it is paid: what the missing cells will cost, measured on the network itself."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from shiftprobe.core.files import intact
from shiftprobe.core.types import Cell
from shiftprobe.engine.executors.threads import limited
from shiftprobe.engine.networks import WEIGHTS, fresh
from shiftprobe.engine.run_probes import found_in_run
from shiftprobe.engine.setup import Setup
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.taps import tap_names
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

START = 6.0  # s, until worker processes have loaded their libraries
LAYOUT = 20.0  # s, mostly for compiling UMAP in a fresh process
EXPLAINED = {True: 3000, False: 1200}  # forward passes' worth of attributions, per cell of the checkpoint, of arms
SAMPLE = 64  # images


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run will do."""

    cells: int  # all of the spec's
    todo: int  # those not finished yet
    trainings: int  # arms to train, without the source
    seconds: float  # wall clock
    megabytes: float  # of weights kept, at most


def cost_of(setup: Setup, cells: Iterable[Cell], todo: Iterable[Cell], workers: int) -> Cost:
    """Price the missing cells by timing one batch of training and one forward pass."""
    cells, open_cells = list(cells), list(todo)
    step, look = _prices(setup) if open_cells else (0.0, 0.0)
    epochs, pool = setup.spec.train.epochs, len(setup.labels) - setup.pool
    asked = [(cell, arm) for cell in open_cells if cell.seed is not None for arm in setup.arms_of(cell)]
    trained = [(cell, arm) for cell, arm in asked if not (setup.run.cell(cell) / arm / WEIGHTS).exists()]
    images = sum((cell.budget or 0) * epochs for cell, _ in trained) * len(setup.spec.train.rates)
    looks = sum(_looked_at(setup, cell, pool) for cell in open_cells)
    to_train = setup.module is None and setup.spec.model.weights == "train" and not intact(setup.run.source)
    source = setup.source_train * (setup.spec.source.epochs or epochs) if to_train else 0
    seconds = source * step + (images * step + looks * look) / workers + (START if open_cells else 0.0)
    seconds += _spanning(setup, cells, pool) * look + _layout(setup, cells)
    size = sum(value.nbytes for value in fresh(setup, len(setup.classes), 0).state_dict().values())
    kept = 2 * len(trained) * size / 1e6 if setup.spec.keep == "weights" else 0.0
    return Cost(len(cells), len(open_cells), len(trained), seconds, kept)


def _looked_at(setup: Setup, cell: Cell, test: int) -> int:
    """Images that pass a network in one cell, in whatever view."""
    explained = EXPLAINED[cell.seed is None] if "attribution" in setup.spec.probes else 0
    if cell.seed is None:
        return explained + 3 * test + 2 * max(setup.spec.target.budgets)
    arms, inside = len(setup.arms_of(cell)), {"cka", "linear"} & set(setup.spec.probes)
    read = arms * setup.budget_of(cell) + test if inside else 0
    return explained + read + 2 * test * arms  # at the last epoch and at the best one


def _spanning(setup: Setup, cells: Sequence[Cell], test: int) -> int:
    """Images that pass a network for the probes of the whole run, in one process."""
    todo = [probe for probe in setup.run_probes if not found_in_run(setup, probe, cells)]
    trained = sum(cell.seed is not None for cell in cells)
    looks = {"null_band": 2 * test * trained, "umap": 3 * test * (len(cells) - trained)}
    return sum(looks.get(probe, 0) for probe in todo)


def _layout(setup: Setup, cells: Sequence[Cell]) -> float:
    """What the embedding costs beside its forward passes."""
    return LAYOUT if "umap" in setup.run_probes and not found_in_run(setup, "umap", cells) else 0.0


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
