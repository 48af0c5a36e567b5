"""Causes that lie in what training did to the features: kept, left behind, or erased."""

from collections.abc import Sequence
from typing import NamedTuple

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.metrics import helps_from
from shiftprobe.results.model import Explanation, Fact, Unknown
from shiftprobe.why.base import HALF, MOST_OF, addresses, between, graded, points
from shiftprobe.why.run_facts import Number, RunFacts

CKA, NULL = ("cka", "cka_debiased"), ("null_band", "cka_between_seeds")
GAP = ("linear", "probe_gap")
PROTECTED = ("lp_ft", "linear_probe")
ALIKE = 0.9  # CKA from which on two networks hardly differ: then staying and coming back look the same

Pair = tuple[Number, Number]  # how like the source transfer ends at a tap, and how like it scratch becomes by itself


def not_reused(run: RunFacts) -> Explanation | Unknown | None:
    """After training, the features are no more like the source's than those of networks that never met it."""
    name = "not_reused"
    if run.word == "better":
        return None
    looked = _looked(run)
    if not looked:
        return _unknown(run, name)
    held = [place for place, pairs in looked.items() if len(_inside(pairs)) > HALF * len(pairs)]
    if not held or len(held) <= HALF * len(looked):
        return None
    above = [place for place in looked if place not in held]
    alike = [place for place in held if min(own.value for _, own in looked[place]) >= ALIKE]
    grade = graded(len(held), len(looked))
    return Explanation(
        name=name,
        claim="The features are not reused: after training they are no more like the source's than those of a network "
        "that never met it.",
        grade="suggestive" if alike or run.word == "none" else grade,
        evidence=tuple(_said(run, place, looked[place]) for place in held[:3]),
        against=(
            *(_said(run, place, looked[place]) for place in above[:2]),
            *(Fact(f"{run.where(place)} scratch becomes nearly the source by itself") for place in alike[:1]),
        ),
        experiment="--arms scratch,transfer,linear_probe: if a head on the frozen features does as well as "
        "fine-tuning, they could have been reused",
    )


def reused(run: RunFacts) -> Explanation | Unknown | None:
    """Transfer helps, its features stay like the source's, and the source's are better than random ones."""
    if run.word != "better":
        return None
    looked = _looked(run)
    if not looked:
        return _unknown(run, "reused")
    held = [place for place, pairs in looked.items() if len(_inside(pairs)) < HALF * len(pairs)]
    if UNSHIFTED not in held and len(held) <= HALF * len(looked):
        return None
    gap = _helps_from(run, held[0])
    facts = [_said(run, place, looked[place]) for place in held[:2]]
    return Explanation(
        name="reused",
        claim="The features are reused: fine-tuning keeps what the source learnt, and that is better than what the "
        "target alone teaches.",
        grade="strong" if gap is not None and len(held) >= MOST_OF * len(looked) else "suggestive",
        evidence=(*facts, *([gap] if gap is not None else [])),
        against=tuple(_said(run, place, looked[place]) for place in looked if place not in held)[:2],
        experiment="--arms scratch,transfer,mean_var: if weights of the same scales but no content do as well, it was "
        "not the features",
    )


def erased(run: RunFacts) -> Explanation | Unknown | None:
    """Arms that protect the source's features from the first steps beat the one that does not."""
    name = "erased"
    protected = [arm for arm in PROTECTED if arm in run.summary.arms]
    if not protected:
        if run.word == "better":
            return None
        return Unknown(name, "--arms scratch,transfer,lp_ft: tells whether the first epochs erase the features")
    judged = {place: found for place in run.places if (found := _protects(run, place, protected)) is not None}
    held = [fact for fact, helps in judged.values() if helps]
    if not held or len(held) <= HALF * len(judged):
        return None
    rate = ", ".join(f"{one:g}" for one in run.training.rates)
    rate += " (chosen on the validation part)" if run.training.tune else ""
    return Explanation(
        name=name,
        claim=f"The learning rate ({rate}) erases the features in the first epochs."
        if rate
        else "The learning rate erases the features in the first epochs.",
        grade=graded(len(held), len(judged)),
        evidence=(*held[:3], *_moved(run, protected)),
        against=tuple(fact for fact, helps in judged.values() if not helps)[:2],
        experiment="--tune lr=1e-4,3e-4,1e-3: with a rate that leaves the features alone, transfer must catch up",
    )


def _protects(run: RunFacts, place: Condition, protected: Sequence[str]) -> tuple[Fact, bool] | None:
    """The best of the protected arms against transfer, and whether it is better."""
    known = [(arm, one) for arm in protected if (one := run.between(arm, "transfer", place)) is not None]
    if not known:
        return None
    arm, one = max(known, key=lambda item: (item[1].verdict == "better", item[1].difference))
    interval = f"{between(*one.interval)}, " if one.interval else ""
    fact = Fact(
        f"{run.where(place)}, {arm}, which protects the features at first, differs from transfer by "
        f"{points(one.difference)} ({interval}n = {one.n} seeds): {one.verdict}"
    )
    return fact, one.verdict == "better"


def _moved(run: RunFacts, protected: Sequence[str]) -> tuple[Fact, ...]:
    """How far transfer has left the source, beside a protected arm, at the last tap where both are known."""
    for tap in reversed(run.taps):
        away = run.number(CKA, UNSHIFTED, "transfer", tap, "source")
        kept = [(arm, run.number(CKA, UNSHIFTED, arm, tap, "source")) for arm in protected]
        known = [(arm, one) for arm, one in kept if one is not None]
        if away is not None and known:
            arm, one = known[0]
            said = f"CKA with the source at {tap} is {away.value:.2f} after transfer, {one.value:.2f} after {arm}"
            return (Fact(f"{run.where(UNSHIFTED)} {said} (n = {away.n:,} images)", addresses(away, one)),)
    return ()


def _looked(run: RunFacts) -> dict[Condition, list[Pair]]:
    """Pairs per dose, at the deeper taps; scratch needs two seeds to have a range."""
    found = {}
    for place in run.places:
        pairs = [(_like_source(run, place, "transfer", t), _like_source(run, place, "scratch", t)) for t in run.deep]
        known = [(kept, own) for kept, own in pairs if kept is not None and own is not None and len(own.rows) > 1]
        if known:
            found[place] = known
    return found


def _like_source(run: RunFacts, place: Condition, arm: str, tap: str) -> Number | None:
    return run.number(CKA, place, arm, tap, "source")


def _inside(pairs: Sequence[Pair]) -> list[Pair]:
    """Where transfer is no more like the source than the seeds of scratch, which never met it.

    The null is scratch against the source, not scratch against scratch: under a strong shift both arms leave the
    source, and the seeds of scratch are alike for another reason.
    """
    return [(kept, own) for kept, own in pairs if kept.value <= own.seeds[1]]


def _said(run: RunFacts, place: Condition, pairs: Sequence[Pair]) -> Fact:
    kept, own = pairs[-1]
    tap, (low, high) = kept.rows[0].tap, own.seeds
    band = run.number(NULL, place, "scratch", tap, "scratch")
    among = f"; scratch seeds among each other {band.low:.2f} to {band.high:.2f}" if band else ""
    return Fact(
        f"{run.where(place)} at {tap}, CKA with the source is {kept.value:.2f} for transfer, {low:.2f} to {high:.2f} "
        f"for the {len(own.rows)} seeds of scratch (n = {kept.n:,} images){among}; transfer is nearer at "
        f"{len(pairs) - len(_inside(pairs))} of the {len(pairs)} deeper taps",
        addresses(kept, own),
    )


class _At(NamedTuple):
    """A gap by its tap, as `helps_from` takes it."""

    tap: str
    value: float
    low: float


def _helps_from(run: RunFacts, place: Condition) -> Fact | None:
    """The first tap where the source's features are clearly better to read than random ones."""
    gaps = {tap: run.number(GAP, place, "source", tap, "random") for tap in run.taps}
    known = {tap: gap for tap, gap in gaps.items() if gap is not None}
    first = helps_from(_At(tap, gap.value, gap.low) for tap, gap in known.items())
    if first is None:
        return None
    gap = known[first]
    return Fact(
        f"{run.where(place)} the source's features are better to read than random ones from {first} on "
        f"({points(gap.value)} there, {between(gap.low, gap.high)}, n = {gap.n:,} images)",
        addresses(gap),
    )


def _unknown(run: RunFacts, name: str) -> Unknown | None:
    """What to run; None where it was run and the features hold no structure, which the rows say."""
    if len(run.summary.seeds) < 2:  # noqa: PLR2004 - a pair
        return Unknown(name, "--seeds 3: what scratch shares with the source by itself is a range over seeds")
    return None if run.has(CKA) else Unknown(name, "--probes cka and the arms scratch and transfer")
