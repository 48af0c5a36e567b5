"""Which trainings of a run went astray, arm by arm, and how that is told beside a verdict."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shiftprobe.core.types import Condition
from shiftprobe.results.marks import Mark
from shiftprobe.results.model import AstraySeeds, Curve
from shiftprobe.results.summary.accuracies import Accuracies, ArmPair, ArmPlace
from shiftprobe.stats import astray, astray_share


@dataclass(frozen=True, slots=True)
class Strayed:
    """The seeds whose training went astray, where an arm was trained."""

    seeds: Mapping[ArmPlace, frozenset[int]] = field(default_factory=dict)

    def of_pair(self, condition: Condition, budget: int, pair: ArmPair) -> frozenset[int]:
        """Seeds in which either arm went astray in one condition."""
        found = (self.seeds.get(ArmPlace(condition, budget, arm), frozenset()) for arm in pair)
        return frozenset().union(*found)

    def of_arm(self, conditions: Iterable[Condition], budget: int, arm: str, seeds: Sequence[int]) -> AstraySeeds:
        """How many of an arm's seeds went astray in any of some conditions."""
        astray_in = [self.seeds.get(ArmPlace(condition, budget, arm), frozenset()) for condition in conditions]
        here = tuple(seed for seed in seeds if any(seed in some for some in astray_in))
        share = astray_share(len(here), len(seeds))
        return AstraySeeds(arm=arm, count=share.count, n=share.n, low=share.low, high=share.high, seeds=here)


def strayed(seen: Accuracies, curves: Sequence[Curve], majority: float | None) -> Strayed:
    """The trainings that went astray, by where they were trained.

    Args:
        seen: test accuracies of one metric.
        curves: of the trainings behind them; none where their last loss is not that of the network that was tested.
        majority: share of the commonest class among the test images.
    """
    losses = {
        (ArmPlace(one.condition, one.budget, one.arm), one.seed): next(
            (loss for loss in reversed(one.loss) if loss is not None), None
        )
        for one in curves
    }
    found = {}
    for place, rows in seen.values.items():
        known = {seed: row.value for seed, row in rows.items() if seed is not None and row.value is not None}
        if not known:
            continue
        last = [losses.get((place, seed)) for seed in known]
        flags = astray(list(known.values()), losses=last, majority=majority)
        if flags.any():
            found[place] = frozenset(seed for seed, flag in zip(known, flags, strict=True) if flag)
    return Strayed(found)


def astray_mark(found: Sequence[AstraySeeds]) -> tuple[Mark, ...]:
    """What is said beside a verdict that leaves trainings out; nothing where none went astray."""
    here = [one for one in found if one.count]
    if not here:
        return ()
    count = sum(one.count for one in here)
    said = "; ".join(
        f"{one.arm} in {one.count} of {one.n} seeds ({', '.join(map(str, one.seeds))}; exact 95 % interval "
        f"{100 * one.low:.0f} to {100 * one.high:.0f} %)"
        for one in here
    )
    text = (
        f"Went astray: {said}. The difference is that of the other trainings; look at their loss before you trust it."
    )
    label = f"{count} {'seed' if count == 1 else 'seeds'} astray"
    return (Mark(kind="seeds_astray", text=text, label=label, arms=tuple(sorted(one.arm for one in here))),)
