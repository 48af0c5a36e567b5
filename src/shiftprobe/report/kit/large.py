"""How much of a large run a page draws: everything up to these bounds, and what is beyond them in its tables alone."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

MAX_SHIFTS = 60
MAX_SEVERITIES = 20
MAX_BUDGETS = 6  # label budgets that have pictures of their own
MAX_PANELS = 60  # shifts times budgets
MAX_OPEN = 24  # the same, beyond which only the largest budget's panels are in view
MAX_SEEDS = 50  # that have a line, a dot or a row of their own; means and intervals are over all


def spread(values: Sequence[T], most: int) -> tuple[T, ...]:
    """At most so many of some values, evenly spaced, with both ends; of two the last alone where there is one place."""
    if len(values) <= most:
        return tuple(values)
    if most == 1:
        return (values[-1],)
    return tuple(values[round(i * (len(values) - 1) / (most - 1))] for i in range(most))
