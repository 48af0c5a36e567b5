"""Plan -> which images it uses, by name: who trains, who judges, who is left out."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.escape import escape
from shiftprobe.core.types import Cell
from shiftprobe.data.bundle import Bundle
from shiftprobe.engine.home import known_parts
from shiftprobe.engine.plan import Plan
from shiftprobe.results.images import ListedImage, Role, Side

MAX_LABEL = 800  # characters of a class with everything escaped: two names are never cut to one

Trainings = dict[int, dict[int, list[int]]]  # place in the training pool -> budget -> seeds


def used_images(ready: Plan) -> Iterator[ListedImage]:
    """Every image of both sides; those that may train an arm with the trainings that learn from them."""
    parts, source, target = ready.split, ready.source, ready.target
    if source is not None:
        yield from _side(source, "source", *known_parts(ready.setup.spec, parts, ready.setup.home))
    learning, judging = _trainings(ready)
    for one in _side(target, "target", parts.target_train, parts.target_test):
        pool = one.role == "train"
        yield ListedImage(
            side=one.side,
            role=one.role,
            image=one.image,
            path=one.path,
            label=one.label,
            train=_told(learning[one.image]) if pool else "",
            validation=_told(judging[one.image]) if pool else "",
        )


def path_of(bundle: Bundle, place: int | np.integer) -> str:
    """Where an image lies in its data: its path below the data's folder, or its number where there are no files."""
    return f"#{int(place)}" if bundle.paths is None else bundle.paths[int(place)]


def _side(bundle: Bundle, side: Side, train: NDArray[np.int64], test: NDArray[np.int64]) -> Iterator[ListedImage]:
    left_out = np.setdiff1d(np.arange(len(bundle)), np.concatenate([train, test]))
    roles: tuple[tuple[Role, NDArray[np.int64]], ...] = (("train", train), ("test", test), ("left_out", left_out))
    for role, places in roles:
        for number, place in enumerate(places.tolist()):
            label = escape(bundle.classes[bundle.labels[place]], MAX_LABEL)
            yield ListedImage(side=side, role=role, image=number, path=path_of(bundle, place), label=label)


def _trainings(ready: Plan) -> tuple[Trainings, Trainings]:
    """Which budgets and seeds learn from an image of the pool, and which it only judges."""
    learning: Trainings = defaultdict(lambda: defaultdict(list))
    judging: Trainings = defaultdict(lambda: defaultdict(list))
    trained = {(cell.budget, cell.seed) for cell in ready.cells if cell.budget is not None and cell.seed is not None}
    for budget, seed in sorted(trained):
        parts = ready.setup.parts(Cell("", 0.0, budget, seed))
        for where, places in zip((learning, judging), parts, strict=True):
            for place in places.tolist():
                where[place][budget].append(seed)
    return learning, judging


def _told(trainings: dict[int, list[int]]) -> str:
    """'b300~s0-2; b900~s1': budgets as cells spell them, runs of seeds together."""
    return "; ".join(f"b{budget}~s{_ranges(seeds)}" for budget, seeds in sorted(trainings.items()))


def _ranges(numbers: Sequence[int]) -> str:
    """Increasing whole numbers as '0-2,5'."""
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
