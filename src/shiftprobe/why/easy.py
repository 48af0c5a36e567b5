"""The cause that lies in the task: it is so easy that random features do."""

from typing import NamedTuple

from shiftprobe.core.types import Condition
from shiftprobe.core.words import percent
from shiftprobe.results.model import Explanation, Fact, Unknown
from shiftprobe.why.base import HALF, Stretch, addresses, apart, graded
from shiftprobe.why.chance import READOUT, learnt, readable
from shiftprobe.why.features import NEEDS_LINEAR, helped, short
from shiftprobe.why.run_facts import PAIR, Number, RunFacts

FAR = 3  # margins; a readout that may be further behind than this is no strong evidence


class _Best(NamedTuple):
    """What reaches most there: an arm, or a readout of what any of them or the source computes."""

    name: str
    span: Stretch


class _Sufficing(NamedTuple):
    """Random features that suffice, beside the best that there is."""

    control: Number
    best: _Best
    sure: bool


def random_suffices(run: RunFacts) -> Explanation | Unknown | None:
    """A linear readout of random features is within the margin of the best that anything reaches: the task is easy.

    A source that learnt nothing makes no task easy: unless random features leave less than the margin to be gained, the
    source's must be better to read than random ones somewhere in its depth.
    """
    name = "random_suffices"
    if run.word in {"better", "worse"}:
        return None
    if not run.has(READOUT):
        return Unknown(name, NEEDS_LINEAR)
    looked = [place for place in run.places if any(learnt(run, arm, place) for arm in PAIR)]
    held = {place: found for place in looked if (found := _suffices(run, place)) is not None}
    if not held or len(held) <= HALF * len(looked):
        return None
    return Explanation(
        name=name,
        claim="Random features already suffice: the task is so easy that nothing learnt elsewhere can add to it.",
        grade=graded(sum(found.sure for found in held.values()), len(looked)),
        evidence=tuple(_said(run, place, found) for place, found in held.items())[:3],
        against=tuple(Fact(f"they fall behind {run.where(place)}") for place in looked if place not in held)[:2],
        experiment="a smaller budget (--budget) or a stronger shift (--severity 1): where random features fall behind, "
        "transfer must still not help",
    )


def _said(run: RunFacts, place: Condition, found: _Sufficing) -> Fact:
    control, (best, span) = found.control, found.best
    return Fact(
        f"{run.where(place)}, a linear readout of random features is right on {percent(control.value)} "
        f"(95 % interval {100 * control.low:.1f} to {100 * control.high:.1f}, n = {control.n:,} images, at "
        f"{control.rows[0].tap}), the best that there is, {best}, on {percent(span.value)}",
        addresses(control),
    )


def _suffices(run: RunFacts, place: Condition) -> _Sufficing | None:
    best, control = _best(run, place), readable(run, place, "random")
    if best is None or control is None or short(run, place, control):
        return None
    behind = apart(best.span, Stretch(control.value, control.low, control.high))
    if behind.low > run.margin or behind.value > 2 * run.margin:
        return None
    if control.value < 1.0 - run.margin and helped(run, place) is None:
        return None
    return _Sufficing(control, best, behind.high <= FAR * run.margin)


def _best(run: RunFacts, place: Condition) -> _Best | None:
    arms = [
        _Best(arm, Stretch(one.mean, one.low, one.high))
        for arm in run.summary.arms
        if (one := run.accuracy(arm, place)) is not None
    ]
    reads = [
        _Best(f"a readout of {network}", Stretch(read.value, read.low, read.high))
        for network in ("source", *PAIR)
        if (read := readable(run, place, network)) is not None
    ]
    return max((*arms, *reads), key=lambda one: one.span.value, default=None)
