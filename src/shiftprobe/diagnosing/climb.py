"""Up the ladder of trained experiments: screened with one seed, what moves the gap most is confirmed with more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shiftprobe.diagnosing.case import PAIR, Right, RunCase
from shiftprobe.diagnosing.contrasts import ArmsContrast
from shiftprobe.diagnosing.effects import effect_of, mean_of, minus, table
from shiftprobe.diagnosing.rungs import HALF, LEAST, Rung, gain_of
from shiftprobe.diagnosing.where import WhereRight, where
from shiftprobe.results.diagnosis import Experiment, NotLooked, Outcome

FEWEST = 3  # seeds, of which a strong claim needs as many
LEVEL = 0.05


class Trainer(Protocol):
    """Trains arms with changes."""

    def __call__(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Right]:
        """Arms and seeds in, by arm and seed which test images are right; what failed is not there."""
        ...

    def price(self, arm: str) -> float:
        """Trainings that one seed of an arm costs."""
        ...

    def unavailable(self, arm: str) -> str:
        """Why an arm cannot be trained here; empty when it can."""
        ...


@dataclass(slots=True, kw_only=True)
class Wallet:
    """Trainings that may be spent."""

    trainings: float | None  # None: as many as it takes
    spent: float = 0.0
    screened: float = 0.0

    def covers(self, price: float, *, screening: bool) -> bool:
        """Whether the budget holds it; screening may take one half of it, so that something is left to confirm."""
        if self.trainings is None:
            return True
        if screening and self.screened + price > self.trainings / 2:
            return False
        return self.spent + price <= self.trainings

    def pay(self, price: float, *, screening: bool) -> None:
        """Take it out."""
        self.spent += price
        self.screened += price if screening else 0.0


@dataclass(slots=True, kw_only=True)
class Climber:
    """What was trained so far, and what came of it."""

    case: RunCase
    train: Trainer
    wallet: Wallet
    seeds: int = FEWEST
    right: dict[str, dict[int, NDArray[np.bool_]]] = field(default_factory=dict)
    left: list[NotLooked] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The arms of the run are there already."""
        self.right |= {arm: dict(seeds) for arm, seeds in self.case.right.items()}

    def stage(self, rungs: Iterable[Rung]) -> list[Experiment]:
        """Screen every rung of a stage with one seed, then confirm the one that moves most."""
        screened: dict[str, Experiment] = {}
        known: dict[str, Rung] = {}
        for rung in rungs:
            if (found := self._screen(rung)) is not None:
                screened[rung.name], known[rung.name] = found, rung
        moved = [name for name, one in screened.items() if one.outcome == "suggestive"]
        if not moved:
            return list(screened.values())
        best = max(moved, key=lambda name: _moves(screened[name]))
        confirmed = self._confirm(known[best], screened[best], family=len(screened))
        return [*(one for name, one in screened.items() if name != best), confirmed]

    def where(self, shams: Mapping[str, str]) -> list[Experiment]:
        """Where a gain lives: the arms that take something away from the checkpoint, held against transfer.

        Args:
            shams: arms, each with what it is.
        """
        arms = [arm for arm in (*PAIR, *shams) if not self._closed(arm, shams.get(arm, arm))]
        price = self._price(arms, 1)
        if not self._covered("where", "where the gain lives", price, screening=True):
            return []
        found = self._located(arms, self.case.seeds[:1], price, screening=True)
        if not any(one.outcome == "suggestive" for one in found):
            return found
        seeds = self.case.seeds[: self.seeds]
        more = self._price(arms, len(seeds))
        what = f"confirming with {len(seeds)} seeds: where the gain lives"
        if len(seeds) < FEWEST or not self._covered("where", what, more, screening=False):
            return found
        return self._located(arms, seeds, price + more, screening=False)

    def _located(self, arms: Sequence[str], seeds: Sequence[int], price: float, *, screening: bool) -> list[Experiment]:
        self._make(arms, seeds, screening=screening)
        there = self._with_all(PAIR, seeds)
        known = {arm: table(self.right, arm, there) for arm in arms if not self._missing([arm], there)}
        right = WhereRight(
            transfer=known[PAIR[0]],
            scratch=known[PAIR[1]],
            mean_var=known.get("mean_var"),
            shuffled=known.get("transfer~shuffled"),
        )
        found = where(right, groups=self.case.groups)
        return [replace(one, units=price / len(found)) for one in found]

    def _closed(self, arm: str, title: str) -> bool:
        """Whether an arm cannot be trained here; it is listed with the reason."""
        if reason := self._unavailable(arm):
            self.left.append(NotLooked(name=arm, title=title, units=self._price([arm], 1), why=reason))
        return bool(reason)

    def _covered(self, name: str, title: str, price: float, *, screening: bool) -> bool:
        """Whether the budget holds it; what it does not hold is listed."""
        if self.wallet.covers(price, screening=screening):
            return True
        why = f"beyond the budget of {self.wallet.trainings:g} trainings"
        self.left.append(NotLooked(name=name, title=title, units=price, why=why))
        return False

    def _screen(self, rung: Rung) -> Experiment | None:
        if reason := next(filter(None, (self._unavailable(arm) for arm in rung.arms)), ""):
            self.left.append(NotLooked(name=rung.name, title=rung.title, units=self._price(rung.arms, 1), why=reason))
            return None
        price = self._price(rung.arms, 1)
        if not self._covered(rung.name, rung.title, price, screening=True):
            return None
        self._make(rung.arms, self.case.seeds[:1], screening=True)
        seeds = self._with_all(rung.arms, self.case.seeds[:1])
        return self._judge(rung, seeds, price) if seeds else self._lost(rung, price)

    def _confirm(self, rung: Rung, before: Experiment, family: int) -> Experiment:
        arms, seeds = (*rung.arms, *rung.also), self.case.seeds[: self.seeds]
        price = self._price(arms, len(seeds))
        if len(seeds) < FEWEST:
            return replace(before, reason=f"the run has {len(seeds)} seeds with both arms, and {FEWEST} are needed")
        if not self._covered(rung.name, f"confirming with {len(seeds)} seeds: {rung.title}", price, screening=False):
            return replace(before, reason="one seed: not confirmed")
        self._make(arms, seeds, screening=False)
        whole = self._with_all(arms, seeds)
        if len(whole) < FEWEST:
            return replace(before, reason="a training failed: not confirmed", units=before.units + price)
        found = self._judge(rung, whole, before.units + price, family=family)
        return self._beside_other(rung, found, whole)

    def _judge(self, rung: Rung, seeds: Sequence[int], units: float, family: int = 1) -> Experiment:
        """What one rung shows with these seeds; one seed is never more than suggestive."""
        found = self._effect(rung.effect, seeds)
        gain = gain_of(self.case)
        wanted = max(LEAST, rung.share * abs(gain))
        p_holm = None if found.p is None else min(1.0, family * found.p)
        ends = {what: mean_of(self.right, one, seeds) for what, one in _shown(rung).items()}
        return Experiment(
            name=rung.name,
            stage=rung.stage,
            cause=rung.cause,
            title=rung.title,
            at="gain" if len(rung.after) > 1 else "target",
            before=ends["before"],
            after=ends["after"],
            sham=ends.get("versus"),
            sham_title=rung.versus_title,
            effect=found.effect,
            gap=abs(gain),
            recovers=found.value / abs(gain) if abs(gain) >= LEAST else None,
            p=found.p,
            p_holm=p_holm,
            units=units,
            outcome=_outcome(found, wanted, p_holm),
            reason=found.weak,
        )

    def _beside_other(self, rung: Rung, found: Experiment, seeds: Sequence[int]) -> Experiment:
        """A schedule or rate counts where the gain moves with both arms changed, or where both arms rise."""
        if not rung.also or found.outcome != "cause" or found.effect is None:
            return found
        other = next(iter(rung.also))
        plain = next(arm for arm in PAIR if other.startswith(arm))
        rises = self._effect({other: 1.0, plain: -1.0}, seeds)
        both = rises.above and rises.value >= LEAST
        still = self._effect(minus(rung.effect, {other: 1.0, plain: -1.0}), seeds)
        moved = still.value >= max(LEAST, HALF * abs(gain_of(self.case))) and still.above
        if not both and not moved:
            return replace(found, outcome="unclear", reason="with both arms changed the gain does not move by half")
        erased = rung.cause == "rate_too_high" and rung.moves > 0 and rises.value < HALF * found.effect.value
        return replace(found, cause="erased" if erased else found.cause)

    def _effect(self, weights: Mapping[str, float], seeds: Sequence[int]) -> ArmsContrast:
        return effect_of(self.right, weights, seeds, self.case.groups)

    def _lost(self, rung: Rung, price: float) -> Experiment:
        return Experiment(
            name=rung.name, stage=rung.stage, cause=rung.cause, title=rung.title, at="target", units=price,
            outcome="not_possible", reason="its training failed; the same command tries it again",
        )  # fmt: skip

    def _unavailable(self, arm: str) -> str:
        return "" if arm in self.right else self.train.unavailable(arm)

    def _missing(self, arms: Iterable[str], seeds: Iterable[int]) -> list[tuple[str, int]]:
        return [(arm, seed) for seed in seeds for arm in arms if seed not in self.right.get(arm, {})]

    def _price(self, arms: Iterable[str], seeds: int) -> float:
        return sum(self.train.price(arm) for arm, _ in self._missing(arms, self.case.seeds[:seeds]))

    def _make(self, arms: Iterable[str], seeds: Sequence[int], *, screening: bool) -> None:
        wanted = self._missing(arms, seeds)
        self.wallet.pay(sum(self.train.price(arm) for arm, _ in wanted), screening=screening)
        for arm, found in self.train(wanted).items():
            self.right.setdefault(arm, {}).update(found)

    def _with_all(self, arms: Iterable[str], seeds: Iterable[int]) -> list[int]:
        return [seed for seed in seeds if not self._missing(arms, [seed])]


def _moves(one: Experiment) -> float:
    """How far a screened experiment moves what it is judged against."""
    against = one.before if one.sham is None else one.sham
    return (one.after or 0.0) - (against or 0.0)


def _shown(rung: Rung) -> dict[str, Mapping[str, float]]:
    found: dict[str, Mapping[str, float]] = {"before": rung.before, "after": rung.after}
    return found | ({"versus": rung.versus} if rung.versus else {})


def _outcome(found: ArmsContrast, wanted: float, p: float | None) -> Outcome:
    """What an effect says that must reach so much to explain the gap; one seed screens by its value alone."""
    if found.value < (wanted / 2 if found.weak else wanted):
        return "ruled_out" if found.weak or found.high < wanted else "unclear"
    if found.value < wanted:
        return "unclear"
    return "cause" if p is not None and not found.weak and p < LEVEL and found.above else "suggestive"
