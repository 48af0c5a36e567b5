"""What a diagnosis would cost, before anything is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shiftprobe.core.monitor import Silent
from shiftprobe.diagnosing.case import Case, case_of
from shiftprobe.diagnosing.climb import FEWEST
from shiftprobe.diagnosing.rungs import SHAMS, head, is_ahead, labels, schedule
from shiftprobe.diagnosing.terms import Terms, training_seconds
from shiftprobe.diagnosing.trainer import EngineTrainer
from shiftprobe.results.diagnosis import Stage
from shiftprobe.results.reading import read_summary

if TYPE_CHECKING:
    from shiftprobe.engine.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One experiment on the bill."""

    stage: Stage
    title: str
    units: float  # trainings that screening it costs; 0: none
    why_not: str = ""  # what is in its way


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Everything that may be done, the cheapest first; how far one gets depends on what is found."""

    condition: str
    items: tuple[Item, ...]
    trainings: float | None  # the budget
    seconds: float  # of one training
    confirming: int = FEWEST  # seeds

    @property
    def units(self) -> float:
        """Screening everything."""
        return sum(item.units for item in self.items if not item.why_not)


FREE: tuple[tuple[Stage, str], ...] = (
    ("file", "preprocessing, batch statistics, names of outputs, pictures and labels, at home and on the target"),
    ("worth", "the checkpoint held against random networks"),
)


def bill_of(ready: "Plan", terms: Terms) -> Bill:
    """Every experiment with its price; those that a look at file and data would spare are on it.

    Raises:
        RunError: when the run holds no answers at the condition.
    """
    case = case_of(ready.setup.run, read_summary(ready.setup.run.path), terms.condition)
    train = EngineTrainer(ready, case, Silent(), None)
    free = [Item(stage=stage, title=title, units=0.0) for stage, title in FREE]
    stages = (schedule(case, 1.0), head(case), labels(case, suspects=True))
    trained = [_item(train, case, "where", title, (arm,)) for arm, title in SHAMS.items()] if is_ahead(case) else []
    rungs = [rung for stage in stages for rung in stage] if case.paired else []
    trained += [_item(train, case, rung.stage, rung.title, rung.arms) for rung in rungs]
    return Bill(
        condition=case.condition.key,
        items=(*free, *trained),
        trainings=terms.trainings,
        seconds=training_seconds(ready),
        confirming=terms.seeds,
    )


def _item(train: EngineTrainer, case: Case, stage: Stage, title: str, arms: Iterable[str]) -> Item:
    missing = [arm for arm in arms if arm not in case.right]
    reason = next(filter(None, map(train.unavailable, missing)), "")
    return Item(stage=stage, title=title, units=0.0 if reason else sum(map(train.price, missing)), why_not=reason)
