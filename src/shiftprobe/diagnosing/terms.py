"""What a diagnosis may cost, and where it looks."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.core.types import Condition
from shiftprobe.engine.cost import prices_of
from shiftprobe.engine.side_by_side import workers_for

if TYPE_CHECKING:
    from shiftprobe.engine.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a diagnosis may cost, and where it looks."""

    trainings: float | None  # None: as many as it takes; 0: what needs none
    seeds: int = 3  # that confirm
    condition: Condition | None = None  # None: the hardest of the run
    command: str = ""


def terms_of(
    ready: "Plan",
    *,
    trainings: float | None,
    minutes: float | None,
    seeds: int,
    at: str | None,
    workers: int | None = None,
) -> Terms:
    """What the user asked for, checked against the run.

    Raises:
        SpecError: when the run holds no such condition, or a number is out of range.
    """
    for name, value in (("--trainings", trainings), ("--minutes", minutes)):
        if value is not None and not 0 <= value < math.inf:
            raise SpecError(f"{name}: wanted a number from 0 up, got {value:g}")
    if seeds < 1:
        raise SpecError(f"--seeds: wanted at least 1, got {seeds}")
    if minutes is not None:
        each = training_seconds(ready) / workers_for(ready.setup, seeds, workers)
        afforded = 60 * minutes / each
        trainings = afforded if trainings is None else min(trainings, afforded)
    return Terms(trainings=trainings, seeds=seeds, condition=known_condition(ready, at), command=_command(ready, at))


def training_seconds(ready: "Plan") -> float:
    """The estimate of one training at the largest budget, timed on one batch."""
    setup = ready.setup
    arm = next((arm for arm, scope in setup.arms.items() if scope == "arms"), None)
    if arm is None:
        return 0.0
    budget = max(setup.spec.target.budgets)
    course = setup.recipe(arm, budget).course(budget)
    return prices_of(setup)[0] * budget * course.steps / course.per_epoch


def known_condition(ready: "Plan", at: str | None) -> Condition | None:
    """A condition of the run by its key; None where none is named.

    Raises:
        SpecError: when the run holds no such condition.
    """
    known = {cell.condition.key: cell.condition for cell in ready.cells}
    if at is None or at in known:
        return None if at is None else known[at]
    raise SpecError(
        f"--at: wanted a condition of this run, got {escape(at)}{suggest(at, known)} (conditions: {', '.join(known)})"
    )


def _command(ready: "Plan", at: str | None) -> str:
    """With the folder's name alone: where it lies moves no byte of what is written."""
    import shlex

    named = f" --at {shlex.quote(at)}" if at else ""
    return f"shiftprobe diagnose {shlex.quote(ready.setup.run.path.name)}{named}"
