"""What a next step is made of."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from shiftprobe.core.types import Condition
from shiftprobe.core.words import listed
from shiftprobe.results.model import Step
from shiftprobe.why.run_facts import RunFacts

AGAIN = "added to the same command"


StepRule: TypeAlias = Callable[[RunFacts], Step | None]
"""A run's evidence in; a step where the numbers carry one, None where they do not."""


def told_places(run: RunFacts, places: Sequence[Condition]) -> str:
    """Up to four conditions as one says them: 'on the unshifted target and at rotation 0.5'."""
    if len(places) > 4:  # noqa: PLR2004 - more are not read
        return f"in {len(places)} conditions"
    return listed([run.where(place) for place in places])
