"""The estimate before a run: what the missing cells will cost, measured on the network itself."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shiftprobe.core.files import intact
from shiftprobe.core.types import Cell
from shiftprobe.engine.disk import Disk, disk_of, untrained
from shiftprobe.engine.executors.threads import limited
from shiftprobe.engine.run_probes import found_in_run
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.trials import ArmTrials, folds, open_trials
from shiftprobe.engine.trying import tried
from shiftprobe.probes import PROBES
from shiftprobe.probes.base import Amount, Price, price_of
from shiftprobe.spec.model import TRAIN
from shiftprobe.spec.recipe import Recipe

START = 6.0  # s, until worker processes have loaded their libraries
SAMPLE = 64  # images


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run will do."""

    cells: int  # all of the spec's
    todo: int  # those not finished yet
    trainings: int  # arms to train, without the source
    seconds: float  # wall clock
    disk: Disk
    trials: int = 0  # trainings that choose the recipes of others, each fold one
    arms: Mapping[str, int] = field(default_factory=dict)  # trainings of each arm


def cost_of(
    setup: Setup,
    cells: Iterable[Cell],
    todo: Iterable[Cell],
    workers: int,
    prices: tuple[float, float] | None = None,
    *,
    elsewhere: Collection[tuple[Cell, str]] = (),
) -> Cost:
    """Price the missing cells by timing one batch of training and one forward pass.

    What processes that share a GPU gain is not counted: the estimate is then an upper bound.

    Args:
        setup: the resolved spec.
        cells: all of its cells.
        todo: those that are missing.
        workers: processes that share them.
        prices: as `prices_of` gives them, where they were timed already.
        elsewhere: trainings, and trials, that a run before this one does for it.
    """
    cells, open_cells = list(cells), list(todo)
    step, look = (prices or prices_of(setup)) if open_cells else (0.0, 0.0)
    trained = [one for one in untrained(setup, open_cells) if one not in elsewhere]
    images = sum(_longest(setup, cell, arm) for cell, arm in trained)
    tries = [one for one in open_trials(setup, open_cells) if (one.cell, one.arm) not in elsewhere]
    looking = sum(_in_cell(setup, cell).seconds_at(look) for cell in open_cells)
    trying = seconds_of_trials(setup, tries, (step, look))
    to_train = setup.module is None and setup.spec.model.weights == TRAIN and not intact(setup.run.source)
    source = met(setup.source_recipe, setup.source_train) if to_train else 0
    at_once = 1 if setup.device == "cuda" else workers
    seconds = source * step + (images * step + looking + trying) / at_once + (START if open_cells else 0.0)
    seconds += seconds_of_run(setup, cells, look)
    trials = sum(len(folds(setup, one.cell)) for one in tries) * len(setup.spec.train.trials())
    return Cost(
        cells=len(cells),
        todo=len(open_cells),
        trainings=len(trained),
        seconds=seconds,
        disk=disk_of(setup, cells, open_cells),
        trials=trials,
        arms=Counter(arm for _, arm in trained),
    )


def seconds_of_cell(setup: Setup, cell: Cell, prices: tuple[float, float]) -> float:
    """What one cell costs alone in one process: the trainings that it lacks, and its looks; no trials.

    Args:
        setup: the resolved spec.
        cell: one of its cells.
        prices: as `prices_of` gives them.
    """
    step, look = prices
    images = sum(_longest(setup, cell, arm) for _, arm in untrained(setup, [cell]))
    return images * step + _in_cell(setup, cell).seconds_at(look)


def seconds_of_trials(setup: Setup, units: Sequence[ArmTrials], prices: tuple[float, float]) -> float:
    """What the trials of some arms and seeds cost one after the other, each looked at on the test images."""
    step, look = prices
    test = len(setup.labels) - setup.pool
    return sum(_tried(setup, one) * step + look * len(setup.spec.train.trials()) * test for one in units)


def seconds_of_run(setup: Setup, cells: Sequence[Cell], look: float) -> float:
    """What the probes of the whole run cost, where they have not looked at these cells and no others."""
    return _of_run(setup, cells).seconds_at(look)


def together(costs: Sequence[Cost]) -> Cost:
    """What several runs cost that are done one after the other; their images are on disk one after the other too."""
    return Cost(
        cells=sum(one.cells for one in costs),
        todo=sum(one.todo for one in costs),
        trainings=sum(one.trainings for one in costs),
        seconds=sum(one.seconds for one in costs),
        disk=Disk(
            weights=sum(one.disk.weights for one in costs),
            images=max(one.disk.images for one in costs),
            rest=sum(one.disk.rest for one in costs),
        ),
        trials=sum(one.trials for one in costs),
        arms=sum((Counter(one.arms) for one in costs), Counter()),
    )


def _longest(setup: Setup, cell: Cell, arm: str) -> int:
    """How many images the training of an arm may meet: which of its trials is chosen nobody knows yet."""
    n, trials = cell.budget or 0, setup.spec.train.trials() or (None,)
    return max(met(setup.recipe(arm, n, trial), n) for trial in trials)


def _tried(setup: Setup, unit: ArmTrials) -> int:
    """How many images the trials of an arm with one seed meet, on all folds."""
    parts = folds(setup, unit.cell)
    n = len(parts[0][0])
    return len(parts) * sum(met(setup.recipe(unit.arm, n, trial), n) for trial in setup.spec.train.trials())


def met(recipe: Recipe, images: int) -> int:
    """How many images a training on so many meets, each as often as it comes."""
    course = recipe.course(images)
    return images * course.steps // course.per_epoch


def _in_cell(setup: Setup, cell: Cell) -> Price:
    """What looking at one cell costs: the views that every cell has, and what its probes add."""
    checkpoint, arms = cell.seed is None, len(setup.arms_of(cell))
    test, budget = len(setup.labels) - setup.pool, setup.budget_of(cell)
    amount = Amount(looks=int(checkpoint), trainings=int(not checkpoint), arms=arms, budget=budget, test=test)
    views = 3 * test + 2 * budget if checkpoint else 2 * test * arms  # at the last epoch and at the best one
    added = _sum(price_of(PROBES[probe], amount) for probe in setup.probes_of(cell))
    return replace(added, passes=added.passes + views)


def _of_run(setup: Setup, cells: Sequence[Cell]) -> Price:
    """What the probes of the whole run cost that have not looked at these cells; they share one process."""
    trained = [cell for cell in cells if cell.seed is not None]
    amount = Amount(
        looks=len(cells) - len(trained),
        trainings=len(trained),
        arms=max((len(setup.arms_of(cell)) for cell in trained), default=0),
        budget=max(setup.spec.target.budgets),
        test=len(setup.labels) - setup.pool,
    )
    return _sum(price_of(PROBES[probe], amount) for probe in setup.run_probes if not found_in_run(setup, probe, cells))


def _sum(prices: Iterable[Price]) -> Price:
    """Views that several probes share are paid once."""
    all_ = list(prices)
    return Price(
        passes=sum(one.passes for one in all_),
        shared=max((one.shared for one in all_), default=0),
        seconds=sum(one.seconds for one in all_),
    )


def prices_of(setup: Setup) -> tuple[float, float]:
    """Seconds per image of a training step and of a forward pass with features."""
    work = tried(setup, SAMPLE)
    with limited(setup.spec.train.threads):
        return _timed(work.training), _timed(work.looking)


def _timed(work: Callable[[], object]) -> float:
    """Seconds per image, the faster of two after a warm-up."""
    work()
    times = []
    for _ in range(2):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times) / SAMPLE
