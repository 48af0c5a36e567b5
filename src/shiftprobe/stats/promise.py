"""Is a promised coverage kept? On other images, and up to which dose of a shift."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.binomial import clopper_pearson
from shiftprobe.metrics.conformal import broken_promise
from shiftprobe.stats.grouped_gate import by_group, effective_images, grouped_gate
from shiftprobe.stats.image_spread import FEWEST_GROUPS
from shiftprobe.stats.monotone import falling, proven_from

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often prediction sets hold the right class; fractions."""

    value: float
    low: float  # two-sided interval of these sets' true coverage
    high: float
    n: int
    p_broken: float  # against "the promise is kept": small where it is broken, whatever luck the calibration had


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageDial:
    """Coverage along one shift; tuples hold one entry per dose."""

    doses: tuple[float, ...]
    held: tuple[Coverage, ...]
    fitted: tuple[float, ...]  # the nearest curve that never rises
    broken_from: float | None  # smallest dose tried from which on the promise is proven broken; None where nowhere


def calibration_images(covered: ArrayLike, groups: ArrayLike | None) -> int:
    """How many independent images the calibration images are worth; as many as there are without groups.

    Args:
        covered: (n,) booleans, whether their own sets hold the right class.
        groups: (n,) labels of what belongs together; None: images are independent.
    """
    held = np.asarray(covered)
    return len(held) if groups is None else max(1, math.floor(effective_images(*by_group(held, groups))))


def coverage(
    covered: ArrayLike,
    promised: float,
    calibrated: int,
    confidence: float = 0.95,
    groups: ArrayLike | None = None,
) -> Coverage:
    """How often sets hold the right class, held against what was promised.

    The interval is of the true coverage of these sets, whose threshold is as it is. The promise is one on average over
    calibrations: its p value counts the threshold's luck too, and is the larger. With groups both count as many images
    as the groups are worth, and under 10 groups p is 1.

    Args:
        covered: (N,) booleans, whether each set holds the right class; of images that calibrated nothing.
        promised: the coverage, strictly between 0 and 1.
        calibrated: how many independent images chose the threshold.
        confidence: of the two-sided interval, a fraction below 1.
        groups: (N,) labels of what belongs together; None: images are independent.

    Raises:
        InputError: when there are no images, groups do not fit, or a number is out of range.

    Reference: Clopper and Pearson, 1934, Biometrika 26(4); Marques, 2023, arXiv:2303.02770.
    """
    held = np.asarray(covered)
    right, n = int(held.sum()), len(held)
    if groups is None:
        low, high = clopper_pearson(right, n, confidence)
        return Coverage(
            value=right / n, low=low, high=high, n=n, p_broken=broken_promise(right, n, calibrated, promised)
        )
    found = grouped_gate(held, groups, promised, confidence)
    sizes, sums = by_group(held, groups)
    worth = max(1, math.floor(effective_images(sizes, sums, (1.0 + confidence) / 2.0)))
    p = broken_promise(min(worth, math.ceil(found.value * worth)), worth, calibrated, promised)
    few = len(sizes) < FEWEST_GROUPS
    return Coverage(value=found.value, low=found.low, high=found.high, n=n, p_broken=1.0 if few else p)


def coverage_dials(
    dials: Mapping[str, tuple[Sequence[float], Bools]],
    promised: float,
    calibrated: int,
    confidence: float = 0.95,
    groups: Mapping[str, ArrayLike | None] | None = None,
) -> dict[str, CoverageDial]:
    """Coverage along a family of shifts, and the dose from which on each breaks the promise.

    Doses are tested from the last down, each at (1 - confidence) / 2 over the number of dials, and the first that is
    not proven broken ends the claim: the chance that any dial claims a dose at which the promise is kept is at most
    (1 - confidence) / 2.

    Args:
        dials: by name, (D,) doses that increase, and (N, D) booleans, whether the set of each image holds the right
            class at each dose; no image calibrated its own set.
        promised: the coverage, strictly between 0 and 1.
        calibrated: how many independent images chose the thresholds.
        confidence: a fraction below 1.
        groups: by name, (N,) labels of what belongs together; None: images are independent.

    Raises:
        InputError: as `coverage`.

    Reference: Maurer, Hothorn and Lehmacher, 1995, for the fixed sequence; as `coverage`.
    """
    level, found = (1.0 - confidence) / 2.0 / max(1, len(dials)), {}
    for name, (doses, table) in dials.items():
        together = None if groups is None else groups[name]
        held = tuple(coverage(column, promised, calibrated, confidence, together) for column in table.T)
        fitted = falling(np.array([one.value for one in held]))
        found[name] = CoverageDial(
            doses=tuple(doses),
            held=held,
            fitted=tuple(fitted.tolist()),
            broken_from=proven_from(tuple(doses), tuple(one.p_broken for one in held), level),
        )
    return found
