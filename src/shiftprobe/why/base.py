"""What an explanation is made of."""

from collections.abc import Callable
from math import hypot
from typing import NamedTuple, TypeAlias

from shiftprobe.core.types import Row
from shiftprobe.core.words import in_points
from shiftprobe.results.model import Explanation, Grade, Unknown
from shiftprobe.spec.arm_names import trained_as
from shiftprobe.why.run_facts import Number, RunFacts

HALF = 0.5
MOST_OF = 0.8  # of the places looked at, where an explanation is called strong


Rule: TypeAlias = Callable[[RunFacts], Explanation | Unknown | None]
"""A run's evidence in; an explanation where it supports one, None where it does not."""


def asked_arms(run: RunFacts) -> tuple[str, ...]:
    """The run's arms without those that stand only for a comparison under one recipe."""
    return tuple(arm for arm in run.summary.arms if trained_as(arm) == arm)


def address(row: Row) -> str:
    """Where a row stands, as one reads it: cell, probe, metric, who, where, against whom."""
    versus = f" against {row.versus}" if row.versus else ""
    return f"{row.cell.key} {row.probe}/{row.metric} {row.arm}{f' at {row.tap}' if row.tap else ''}{versus}"


def addresses(*numbers: Number) -> tuple[str, ...]:
    """Where the rows of some numbers stand."""
    return tuple(address(row) for one in numbers for row in one.rows)


def points(fraction: float) -> str:
    """A difference of fractions, in points with its sign."""
    return f"{in_points(fraction)} points"


def between(low: float, high: float) -> str:
    """The 95 % interval of a difference, in points."""
    return f"95 % interval {in_points(low)} to {in_points(high)}"


class Stretch(NamedTuple):
    """A fraction with its 95 % interval."""

    value: float
    low: float
    high: float


def apart(one: Stretch, other: Stretch) -> Stretch:
    """One less the other, where nothing tells which images both get right: as if they were independent.

    On the same images they go up and down together, so the interval is rather too wide.

    Reference: Newcombe, 1998, Statistics in Medicine 17(8), method 10.
    """
    value = one.value - other.value
    low = value - hypot(one.value - one.low, other.high - other.value)
    return Stretch(value, low, value + hypot(one.high - one.value, other.value - other.low))


def graded(held: int, looked: int) -> Grade:
    """Strong where it holds nearly everywhere it was looked at."""
    return "strong" if held >= MOST_OF * looked else "suggestive"
