"""A trained experiment -> what it shows, with one seed or with several."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shiftprobe.diagnosing.case import PAIR, RunCase
from shiftprobe.diagnosing.contrasts import ArmsContrast
from shiftprobe.diagnosing.effects import BySeed, effect_of, mean_of, minus
from shiftprobe.diagnosing.rungs import HALF, LEAST, Rung, gain_of
from shiftprobe.results.diagnosis import Experiment, Outcome

LEVEL = 0.05
LIKELY = 0.1  # of an effect that is large enough: from here on seeds do not even point to it
ADVICE = "so it is nearly everywhere: it tells what helps, and is named as no cause"
HOLDS_ZERO = "its interval over seeds and images holds 0"
NOT_BY_HALF = "with both arms changed the gain does not move by half"


def judge(
    rung: Rung, right: BySeed, seeds: Sequence[int], case: RunCase, *, units: float = 0.0, family: int = 1
) -> Experiment:
    """What one experiment shows with these seeds; one seed is never more than suggestive.

    Args:
        rung: which.
        right: by arm and seed, which test images are right.
        seeds: those that have all of its arms.
        case: the run's own arms.
        units: what it cost.
        family: experiments that were screened beside it.
    """
    found = effect_of(right, rung.effect, seeds, case.groups)
    p_holm = None if found.p is None else min(1.0, family * found.p)
    ends = {what: mean_of(right, one, seeds) for what, one in _shown(rung).items()}
    gain = abs(gain_of(case))
    each = [mean_of(right, rung.effect, [seed]) for seed in seeds]
    outcome, reason = _outcome(found, rung, p_holm, alike=min(each) >= rung.wanted)
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
        gap=gain,
        recovers=found.value / gain if gain >= LEAST else None,
        p=found.p,
        p_holm=p_holm,
        units=units,
        outcome=outcome,
        reason=reason,
        details=(rung.title,) if rung.stage == "schedule" else (),
    )


def beside_other(rung: Rung, found: Experiment, right: BySeed, seeds: Sequence[int], case: RunCase) -> Experiment:
    """A schedule or rate counts where the gain moves with both arms changed, or where both arms rise."""
    if not rung.also or found.outcome != "cause" or found.effect is None:
        return found
    other = next(iter(rung.also))
    plain = next(arm for arm in PAIR if other.startswith(arm))
    rises = effect_of(right, {other: 1.0, plain: -1.0}, seeds, case.groups)
    both = rises.above and rises.value >= LEAST
    still = effect_of(right, minus(rung.effect, {other: 1.0, plain: -1.0}), seeds, case.groups)
    moved = still.value >= max(LEAST, HALF * abs(gain_of(case))) and still.above
    if not both and not moved:
        return replace(found, outcome="unclear", reason=NOT_BY_HALF)
    erased = rung.cause == "rate_too_high" and plain != PAIR[0] and rises.value < HALF * found.effect.value
    return replace(found, cause="erased" if erased else found.cause)


def beside_rivals(rung: Rung, found: Experiment, right: BySeed, seeds: Sequence[int]) -> Experiment:
    """What something else does by half as well is not named."""
    if found.outcome not in {"cause", "suggestive"} or found.after is None or found.before is None:
        return found
    for rival in rung.rivals:
        there = [seed for seed in seeds if seed in right.get(rival, {})]
        if there and mean_of(right, minus({rival: 1.0}, rung.before), there) >= HALF * (found.after - found.before):
            return replace(found, outcome="unclear", reason=f"{rival} does half as much and more: it is not the head")
    return found


def moves(one: Experiment) -> float:
    """How far an experiment moves what it is judged against, a fraction of images."""
    against = one.before if one.sham is None else one.sham
    return (one.after or 0.0) - (against or 0.0)


def _shown(rung: Rung) -> dict[str, Mapping[str, float]]:
    found: dict[str, Mapping[str, float]] = {"before": rung.before, "after": rung.after}
    return found | ({"versus": rung.versus} if rung.versus else {})


def _outcome(found: ArmsContrast, rung: Rung, p: float | None, *, alike: bool) -> tuple[Outcome, str]:
    """What an effect says; one seed screens by its value alone, and by half of what is wanted.

    Where one seed of three collapses, t over seeds shows nothing, however large the effect: what every seed alone shows
    enough of is suggestive.
    """
    if found.value < (rung.wanted / 2 if found.weak else rung.wanted):
        return "ruled_out" if found.weak or found.high < rung.wanted else "unclear", found.weak
    if found.value < rung.wanted or rung.advice:
        return "unclear", ADVICE if found.value >= rung.wanted else found.weak
    if found.weak:
        return "suggestive", found.weak
    if not found.above:
        return ("suggestive" if alike or (p is not None and p < LIKELY) else "unclear"), HOLDS_ZERO
    sure = p is not None and p < LEVEL
    return ("cause", "") if sure else ("suggestive", f"its p is {p:.2g}, corrected for all that was screened")
