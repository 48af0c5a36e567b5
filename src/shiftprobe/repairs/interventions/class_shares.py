"""Answers corrected for the shares of the classes on the target."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.repairs.attempt import Site
from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.interventions.renaming import UNKNOWN
from shiftprobe.repairs.scoring import best
from shiftprobe.repairs.treated import Scores, Treated

DRAWS = 8  # permutations of the shares

Shares = NDArray[np.float64]


def class_shares(half: Half) -> FittedRepair:
    """Each class's probability times its share in the fitting half over its share at home.

    The sham gives the same shares to other classes. Shuffled labels would be none: they have the same shares.

    Raises:
        NotAvailableError: without home images, where the head does not know the classes, or home lacks one of them.

    Reference: Saerens, Latinne and Decaestecker, 2002, Neural Computation 14(1) (the correction).
    """
    site = half.bench.site
    if site.columns is None:
        raise NotAvailableError(UNKNOWN)
    if half.home is None:
        raise NotAvailableError("there are no home images to tell the shares that the checkpoint was trained with")
    columns = np.array(site.columns)
    there = home_shares(half.home.bench.site, site.columns)
    here = shares(half.bench.labels[half.fits], len(columns))
    found = _corrected(half.now, columns, np.log(here / there))
    if best(half, {"corrected": found}) is None:
        return FittedRepair(treated=None)

    def shams() -> list[Treated]:
        orders = (half.rng("shares", draw).permutation(len(columns)) for draw in range(DRAWS))
        return [_corrected(half.now, columns, np.log(here[order] / there)) for order in orders]

    widest = np.argsort(-np.abs(here - there), kind="stable")[:3]
    details = tuple(f"{site.classes[k]}: {100 * there[k]:.0f} % at home, {100 * here[k]:.0f} % here" for k in widest)
    return FittedRepair(treated=found, shams=shams, details=details)


def shares(labels: NDArray[np.int64], classes: int) -> Shares:
    """(K,) shares of the classes, with one made-up image of each so that none is 0."""
    return (np.bincount(labels, minlength=classes) + 1.0) / (len(labels) + classes)


def home_shares(home: Site, columns: tuple[int, ...]) -> Shares:
    """(K,) shares at home of the classes whose outputs are `columns`.

    Raises:
        NotAvailableError: where home does not hold one of them.
    """
    place = {column: k for k, column in enumerate(home.columns or ())}
    if not set(columns) <= set(place):
        raise NotAvailableError("a class of the target is not among the home images, so its share there is not known")
    every = shares(home.labels, len(home.classes))[[place[column] for column in columns]]
    return np.asarray(every / every.sum())


def _corrected(now: Treated, columns: NDArray[np.int64], offsets: Shares) -> Treated:
    return now.with_answers("shares", _adding(columns, offsets))


def _adding(columns: NDArray[np.int64], offsets: Shares) -> Callable[[Scores, NDArray[np.float32]], Scores]:
    def change(scores: Scores, _: NDArray[np.float32]) -> Scores:
        found = scores.copy()
        found[:, columns] += offsets
        return found

    return change


INTERVENTIONS.add(
    Intervention(
        name="class_shares",
        causes={"target": "class_shares"},
        titles={"target": "answers corrected for the target's class shares"},
        sham_titles={"target": "the same shares given to other classes"},
        rank=9,
        of_answers=True,
        fit=class_shares,
    )
)
