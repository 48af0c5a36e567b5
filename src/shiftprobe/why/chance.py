"""The guard against chance: what is not shown to beat the commonest class tells nothing of a cause."""

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.core.words import listed, percent
from shiftprobe.results.model import Explanation, Fact
from shiftprobe.why.base import addresses
from shiftprobe.why.reached import Reached
from shiftprobe.why.run_facts import PAIR, Number, RunFacts

READOUT = ("linear", "probe_accuracy")


def majority(run: RunFacts) -> float:
    """Accuracy of always naming the target's commonest class; one over the classes where nobody counted, 0 without."""
    target = run.summary.data.target
    if target is not None and target.majority is not None:
        return target.majority
    return 1 / run.classes if run.classes > 1 else 0.0


def learnt(run: RunFacts, arm: str, place: Condition = UNSHIFTED, budget: int | None = None) -> bool:
    """Whether an arm is shown to beat the commonest class: over the test images, and in at least half of its seeds."""
    one, here = run.accuracy(arm, place, budget), run.budget if budget is None else budget
    mine = (was for was in run.training.converged if (was.arm, was.budget) == (arm, here))
    astray = any(2 * len(was.at_majority) > was.seeds for was in mine)
    return one is not None and one.low > majority(run) and not astray


def readable(run: RunFacts, place: Condition, network: str) -> Number | None:
    """The best readout of a network's features over all taps; None where none is shown to beat the commonest class."""
    found = (run.number(READOUT, place, network, tap) for tap in run.taps)
    best = max((one for one in found if one), key=lambda one: one.value, default=None)
    return best if best is not None and best.low > majority(run) else None


def learnable(run: RunFacts, place: Condition) -> bool:
    """Whether anything there is shown to beat the commonest class with the labels of the largest budget."""
    arms = any(learnt(run, arm, place) for arm in run.summary.arms if arm != "zero_shot")
    return arms or any(readable(run, place, network) is not None for network in ("source", "random"))


def nothing_learnt(run: RunFacts) -> Explanation | None:
    """Neither arm of the comparison is shown to beat always naming the commonest class: no difference has a cause."""
    known = {arm: one for arm in PAIR if (one := run.accuracy(arm, UNSHIFTED)) is not None}
    if not known or any(learnt(run, arm, place) for arm in PAIR for place in run.places):
        return None
    others = _others(run)
    again = (
        f"--tune lr={run.gentler_rate},{min(run.training.rates, default=1e-3):g} and --set {run.lengthened}: what "
        "others read from the same labels, training must reach too"
    )
    return Explanation(
        name="nothing_learnt",
        claim=f"Nothing was learnt: {listed(list(known))} {'are' if len(known) > 1 else 'is'} not shown to beat always "
        f"naming the commonest class ({percent(majority(run))}).",
        grade="suggestive",  # it is no cause: it says that there is nothing to explain
        evidence=tuple(Fact(f"{run.where(UNSHIFTED)}, {arm} is right on {_span(one)}") for arm, one in known.items()),
        against=others,
        experiment=again
        if others
        else "more labels (a larger --budget), or shiftprobe diagnose RUN, which looks for "
        "labels that are wrong: with right ones an arm must beat the commonest class",
    )


def _others(run: RunFacts) -> tuple[Fact, ...]:
    """What does beat the commonest class with the same labels or none."""
    arms = [
        Fact(f"{run.where(UNSHIFTED)}, {arm} is right on {_span(one)}")
        for arm in run.summary.arms
        if arm not in PAIR and learnt(run, arm) and (one := run.accuracy(arm, UNSHIFTED)) is not None
    ]
    reads = [
        Fact(
            f"{run.where(UNSHIFTED)}, a linear readout of the {network} network's features is right on "
            f"{percent(read.value)} (n = {read.n:,} images)",
            addresses(read),
        )
        for network in ("source", "random")
        if (read := readable(run, UNSHIFTED, network)) is not None
    ]
    return (*arms[:2], *reads[:1])


def _span(one: Reached) -> str:
    return f"{percent(one.mean)} (95 % interval {100 * one.low:.1f} to {100 * one.high:.1f}, n = {one.images:,} images)"
