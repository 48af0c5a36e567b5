"""Up the ladder of trained experiments: screened with one seed, what moves the gap most is confirmed with more."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.diagnosing.case import RunCase
from shiftprobe.diagnosing.contrasts import FEWEST_SEEDS
from shiftprobe.diagnosing.effects import table
from shiftprobe.diagnosing.judged import HOLDS_ZERO, beside_other, beside_rivals, judge, moves
from shiftprobe.diagnosing.rungs import LEAST, Rung
from shiftprobe.diagnosing.wallet import Trainer, Wallet
from shiftprobe.diagnosing.where import WhereRight, where
from shiftprobe.diagnosing.where_plan import WherePlan
from shiftprobe.results.diagnosis import Experiment, NotLooked

CLEAR = 0.15  # a fraction of images: an effect from which on no later stage is waited for before it is confirmed
ALONE = "the budget does not hold the other arm with the same change"
PROMISING = frozenset({"cause", "suggestive"})


@dataclass(slots=True, kw_only=True)
class Climber:
    """What was trained so far, and what came of it."""

    case: RunCase
    train: Trainer
    wallet: Wallet
    seeds: int = FEWEST_SEEDS
    right: dict[str, dict[int, NDArray[np.bool_]]] = field(default_factory=dict)
    left: list[NotLooked] = field(default_factory=list)
    path: list[Experiment] = field(default_factory=list)
    _waiting: dict[str, Rung] = field(default_factory=dict)  # by name: screened, moved, not confirmed
    _screened: int = 0
    _sure: bool = False  # whether one was confirmed

    def __post_init__(self) -> None:
        """The arms of the run are there already."""
        self.right |= {arm: dict(seeds) for arm, seeds in self.case.right.items()}

    def stage(self, rungs: Iterable[Rung]) -> None:
        """Screen every rung of a stage with one seed; confirm the one that moves most where it moves enough."""
        todo = deque(rungs)
        while todo:
            rung = todo.popleft()
            if rung.name in {one.name for one in self.path} or (found := self._screen(rung)) is None:
                continue
            self.path.append(found)
            self._screened += 1
            if found.outcome == "suggestive":
                self._waiting[rung.name] = rung
                if rung.further is not None and rung.reach - (found.after or 0.0) >= LEAST:
                    todo.appendleft(rung.further)
        if any(self._clear(one) for one in self._waiting.values()):
            self._confirm_best()

    def finish(self) -> None:
        """Confirm what waits, the largest effect first, until one is sure."""
        while self._waiting and not self._sure:
            self._confirm_best()

    def where(self, plan: WherePlan) -> None:
        """Where a gain lives: the arms that take something away from the checkpoint, held against transfer.

        Its blocks are looked at, with one seed, once it is shown that it is reused.
        """
        self.left += plan.left
        arms = [arm for arm in plan.shams if not self._closed(arm)]
        price = self._price(arms, 1)
        if not self._covered("where", "where the gain lives", price, screening=True):
            return
        found = self._located(plan, arms, self.case.seeds[:1], price, screening=True)
        seeds = self.case.seeds[: self.seeds]
        if any(one.outcome in PROMISING for one in found) and len(seeds) >= FEWEST_SEEDS:
            more = self._price(arms, len(seeds))
            what = f"confirming with {len(seeds)} seeds: where the gain lives"
            if self._covered("where", what, more, screening=False):
                found = self._located(plan, arms, seeds, price + more, screening=False)
        if any(one.cause == "reused" and one.outcome == "cause" for one in found):
            found += self._parts(plan)
        self.path += found

    def _parts(self, plan: WherePlan) -> list[Experiment]:
        """Blocks from the source with the rest drawn anew, by one seed."""
        arms = [*plan.shams[:2], *plan.parts.values()]
        price = self._price(arms, 1)
        if not plan.parts or not self._covered("blocks", "some of the blocks from the source", price, screening=True):
            return []
        found = self._located(plan, [*arms, *plan.shams], self.case.seeds[:1], price, screening=True)
        return [replace(one, units=price / len(plan.parts)) for one in found if one.name in plan.parts]

    def _located(
        self, plan: WherePlan, arms: Sequence[str], seeds: Sequence[int], price: float, *, screening: bool
    ) -> list[Experiment]:
        self._make(arms, seeds, screening=screening)
        there = self._with_all((plan.transfer, plan.scratch), seeds)
        known = {arm: table(self.right, arm, there) for arm in arms if there and not self._missing([arm], there)}
        if not known:
            return []
        right = WhereRight(
            transfer=known[plan.transfer],
            scratch=known[plan.scratch],
            mean_var=known.get(plan.mean_var),
            shuffled=None if plan.shuffled is None else known.get(plan.shuffled),
            parts={name: known[arm] for name, arm in plan.parts.items() if arm in known},
        )
        found = where(right, groups=self.case.groups)
        return [replace(one, units=price / len(found)) for one in found]

    def _clear(self, rung: Rung) -> bool:
        """Whether it is worth confirming at once: a large effect, or one that costs nothing."""
        return moves(self._found(rung.name)) >= CLEAR or not self._price(rung.arms, self.seeds)

    def _found(self, name: str) -> Experiment:
        return next(one for one in self.path if one.name == name)

    def _confirm_best(self) -> None:
        """Confirm the one that moves most of those that wait; where a rival does as well, that one beside it."""
        name = max(self._waiting, key=lambda one: moves(self._found(one)))
        rivals = self._waiting[name].rivals
        found = self._settle(name)
        for rival in rivals if found.outcome == "unclear" else ():
            if rival in self._waiting:
                self._settle(rival)
            self._lift(rival, found)

    def _lift(self, rival: str, beaten: Experiment) -> None:
        """What does half of what something else is shown to do is suggestive, though seeds alone do not show it."""
        found = next((one for one in self.path if one.name == rival), None)
        shown = beaten.effect is not None and beaten.effect.low > 0
        if found is not None and found.outcome == "unclear" and shown:
            told = replace(found, outcome="suggestive", reason=f"{HOLDS_ZERO}, but it does half of: {beaten.title}")
            self.path[self.path.index(found)] = told

    def _settle(self, name: str) -> Experiment:
        """Confirm one of those that wait; it takes the place of what one seed said."""
        rung, before = self._waiting.pop(name), self._found(name)
        found = self._confirm(rung, before)
        self.path[self.path.index(before)] = found
        self._sure = self._sure or found.outcome == "cause"
        return found

    def _closed(self, arm: str) -> bool:
        """Whether an arm cannot be trained here; it is listed with the reason."""
        if reason := self._unavailable(arm):
            self.left.append(NotLooked(name=arm, title=arm, units=self._price([arm], 1), why=reason))
        return bool(reason)

    def _covered(self, name: str, title: str, price: float, *, screening: bool) -> bool:
        """Whether the budget holds it; what it does not hold is listed."""
        if not price or self.wallet.covers(price, screening=screening):
            return True
        why = f"beyond the budget of {self.wallet.trainings:g} trainings"
        self.left.append(NotLooked(name=name, title=title, units=price, why=why))
        return False

    def _screen(self, rung: Rung) -> Experiment | None:
        reasons = (rung.skipped, *(self._unavailable(arm) for arm in rung.arms))
        price = self._price(rung.arms, 1)
        if reason := next(filter(None, reasons), ""):
            self.left.append(NotLooked(name=rung.name, title=rung.title, units=price, why=reason))
            return None
        if not self._covered(rung.name, rung.title, price, screening=True):
            return None
        self._make(rung.arms, self.case.seeds[:1], screening=True)
        seeds = self._with_all(rung.arms, self.case.seeds[:1])
        return judge(rung, self.right, seeds, self.case, units=price) if seeds else _lost(rung, price)

    def _confirm(self, rung: Rung, before: Experiment) -> Experiment:
        arms, seeds = (*rung.arms, *rung.also, *rung.rivals), self.case.seeds[: self.seeds]
        price = self._price(arms, len(seeds))
        if len(seeds) < FEWEST_SEEDS:
            why = f"the run has {len(seeds)} seeds with both arms, and {FEWEST_SEEDS} are needed"
            return replace(before, reason=why)
        if not self._covered(rung.name, f"confirming with {len(seeds)} seeds: {rung.title}", price, screening=False):
            if self._price(rung.arms, len(seeds)):
                return replace(before, reason="one seed: not confirmed")
            found = judge(rung, self.right, seeds, self.case, units=before.units, family=self._screened)
            return replace(found, outcome="suggestive", reason=ALONE) if found.outcome == "cause" else found
        self._make(arms, seeds, screening=False)
        whole = self._with_all((*rung.arms, *rung.also), seeds)
        if len(whole) < FEWEST_SEEDS:
            return replace(before, reason="a training failed: not confirmed", units=before.units + price)
        found = judge(rung, self.right, whole, self.case, units=before.units + price, family=self._screened)
        found = beside_other(rung, found, self.right, whole, self.case)
        return beside_rivals(rung, found, self.right, whole)

    def _unavailable(self, arm: str) -> str:
        return "" if arm in self.right else self.train.unavailable(arm)

    def _missing(self, arms: Iterable[str], seeds: Iterable[int]) -> list[tuple[str, int]]:
        return [(arm, seed) for seed in seeds for arm in arms if seed not in self.right.get(arm, {})]

    def _price(self, arms: Iterable[str], seeds: int) -> float:
        missing = self._missing(dict.fromkeys(arms), self.case.seeds[:seeds])
        return sum(self.train.price(arm) for arm, _ in missing)

    def _make(self, arms: Iterable[str], seeds: Sequence[int], *, screening: bool) -> None:
        wanted = self._missing(dict.fromkeys(arms), seeds)
        if not wanted:
            return
        self.wallet.pay(sum(self.train.price(arm) for arm, _ in wanted), screening=screening)
        made: Mapping[str, Mapping[int, NDArray[np.bool_]]] = self.train(wanted)
        for arm, found in made.items():
            self.right.setdefault(arm, {}).update(found)

    def _with_all(self, arms: Iterable[str], seeds: Iterable[int]) -> list[int]:
        return [seed for seed in seeds if not self._missing(arms, [seed])]


def _lost(rung: Rung, price: float) -> Experiment:
    return Experiment(
        name=rung.name, stage=rung.stage, cause=rung.cause, title=rung.title, at="target", units=price,
        outcome="not_possible", reason="its training failed; the same command tries it again",
    )  # fmt: skip
