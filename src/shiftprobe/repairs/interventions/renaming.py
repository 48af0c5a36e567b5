"""Outputs of the head under other class names."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.halving import Index
from shiftprobe.repairs.scoring import best
from shiftprobe.repairs.treated import Scores, Treated

UNKNOWN = "the head does not know the classes of these images"
MAJORITY = 0.5  # of a class's images that must be answered with one output before it may give the class its name
DRAWS = 8  # random permutations


def renaming(half: Half) -> FittedRepair:
    """The assignment of outputs to classes that makes most answers of the fitting half right.

    A class may only take the name of an output that more than half of its images are answered with: a true renaming
    leaves the answers as sharp as they were, any other fault blurs them.

    Raises:
        NotAvailableError: where the head does not know the classes.

    Reference: Kuhn, 1955, Naval Research Logistics Quarterly 2 (the Hungarian method), as in scipy.
    """
    columns = half.bench.site.columns
    if columns is None:
        raise NotAvailableError(UNKNOWN)
    look = half.bench.look(half.now, half.fits)
    answers = half.now.scores(look.logits, look.features).argmax(axis=1)
    own = np.array(columns, np.int64)
    new = assigned(answers, half.bench.labels[half.fits], own, look.logits.shape[1])
    found = _renamed(half.now, own, new)
    if (new == own).all() or best(half, {"renamed": found}) is None:
        return FittedRepair(treated=None)
    names, moved = half.bench.site.classes, np.flatnonzero(new != own)
    called = {int(column): names[k] for k, column in enumerate(own)}
    details = tuple(f"{names[k]} is answered as {called.get(int(new[k]), f'output {new[k]}')}" for k in moved)
    return FittedRepair(treated=found, shams=_random(half, own, len(moved)), details=details)


def assigned(answers: Index, labels: Index, own: Index, outputs: int) -> Index:
    """Per class the output that should be read as it; of equal assignments the one that moves least.

    Args:
        answers: (N,) outputs that were answered, from 0.
        labels: (N,) true classes.
        own: (K,) each class's output as it is.
        outputs: how many the head has.

    Returns:
        (K,) different outputs.
    """
    from scipy.optimize import linear_sum_assignment

    counts = np.zeros((len(own), outputs))
    np.add.at(counts, (labels, answers), 1.0)
    allowed = counts > MAJORITY * counts.sum(axis=1, keepdims=True)
    allowed[np.arange(len(own)), own] = True
    counts[~allowed] = 0.0
    counts[np.arange(len(own)), own] += 0.5  # less than an image
    found: NDArray[np.int64] = linear_sum_assignment(counts, maximize=True)[1]
    return found


def _renamed(now: Treated, own: Index, new: Index) -> Treated:
    """Output `new[k]` read where `own[k]` was; outputs that are left over change places."""
    name = f"outputs {new.tolist()} read as {own.tolist()}"
    return now.with_answers(name, _reordering(own, new))


def _reordering(own: Index, new: Index) -> Callable[[Scores, NDArray[np.float32]], Scores]:
    def change(scores: Scores, _: NDArray[np.float32]) -> Scores:
        order = np.arange(scores.shape[1])
        displaced, free = np.setdiff1d(new, own), np.setdiff1d(own, new)
        order[displaced] = free
        order[own] = new
        return scores[:, order]

    return change


def _random(half: Half, own: Index, count: int) -> Callable[[], list[Treated]]:
    """As many classes as were renamed, drawn, exchange their outputs in a random ring."""

    def drawn() -> list[Treated]:
        found = []
        for draw in range(DRAWS):
            ring = half.rng("renaming", draw).permutation(len(own))[: max(2, count)]
            new = own.copy()
            new[ring] = own[np.roll(ring, 1)]
            found.append(_renamed(half.now, own, new))
        return found

    return drawn


_PLACES = ("home", "target")
INTERVENTIONS.add(
    Intervention(
        name="renaming",
        causes=dict.fromkeys(_PLACES, "renamed_classes"),
        titles=dict.fromkeys(_PLACES, "the head's outputs read under other class names"),
        sham_titles=dict.fromkeys(_PLACES, "as many names exchanged at random"),
        rank=6,
        of_answers=True,
        fit=renaming,
    )
)
