"""Causes that lie in the source's features: none learnt, or a head that does not fit them."""

from collections.abc import Mapping
from typing import NamedTuple

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.core.words import percent
from shiftprobe.metrics import helps_from
from shiftprobe.results.model import Explanation, Fact, Unknown
from shiftprobe.why.base import HALF, Stretch, addresses, apart, between, graded, points
from shiftprobe.why.chance import READOUT, learnable, majority, readable
from shiftprobe.why.dead import dead_layers
from shiftprobe.why.run_facts import PAIR, Number, RunFacts

GAP, DRAWS = ("linear", "probe_gap"), ("linear", "random_draws")
LAST = "penultimate"
MISFIT = 0.1  # fraction of images; a head that is this much worse than a new one does not fit
DIAGNOSE = "shiftprobe diagnose RUN, which tries other preprocessings and batch statistics at home, without training"
OTHER_SOURCE = (
    f"{DIAGNOSE}; only where these change nothing, a checkpoint that is known to be good (model.weights), or a longer "
    "source training (source.epochs): if transfer then helps, the checkpoint was the cause"
)
FEWER_LABELS = (
    "a smaller --budget: if transfer helps there, the weights hold more than the frozen features show, and labels are "
    "the cause; or --arms with bn_adapt: if that repairs the checkpoint, its batch statistics are"
)
NEEDS_LINEAR = "--probes linear: reads the source's features against random ones"


class _At(NamedTuple):
    """A gap by its tap, as `helps_from` takes it."""

    tap: str
    value: float
    low: float


def source_like_random(run: RunFacts) -> Explanation | Unknown | None:
    """The source's features are no better to read than those of a network that was never trained."""
    name = "source_like_random"
    if run.word == "better" or _ahead(run) > MISFIT:  # something was transferred
        return None
    gaps = {place: _gaps(run, place) for place in run.places}
    known = {place: found for place, found in gaps.items() if LAST in found}
    if not known:
        return Unknown(name, NEEDS_LINEAR)
    home, learnt = _at_home(run)
    looked = {
        place: found
        for place, found in known.items()
        if learnable(run, place) and not _no_room(run, place, rubbish=learnt is False)
    }
    like = [place for place, found in looked.items() if _like_random(found, run.margin)]
    if not like or len(like) <= HALF * len(looked):
        return None
    unsure = [place for place in like if looked[place][LAST].high > MISFIT]
    gained, better = _gained(run, like), [place for place in looked if place not in like]
    sure = learnt is False and run.summary.source_trained == "here" and run.has(DRAWS)
    here = "The source's features are no better than random ones here"
    return Explanation(
        name=name,
        claim=f"{here}: there was nothing to transfer." if sure else f"{here} as they stand, frozen.",
        # a source that learnt something at home may hold weights worth more than its frozen features show: from MNIST
        # to UCI digits its gap is not above 0, yet 50 labels gain 2.7 points (10 seeds, preset paper-budgets)
        grade="suggestive" if gained or unsure or not sure else graded(len(like), len(looked)),
        evidence=(
            _gap_said(run, like[0], looked[like[0]]),
            Fact(f"its last features are no better than random ones in {len(like)} of {len(looked)} conditions"),
            *([home] if home and not learnt else []),
        ),
        against=(
            *gained[:1],
            *(Fact(f"they are clearly better than random {run.where(place)}") for place in better[:2]),
            *([home] if home and learnt else []),
        ),
        experiment=OTHER_SOURCE if learnt is False else FEWER_LABELS,
    )


def head_not_features(run: RunFacts) -> Explanation | Unknown | None:
    """The checkpoint as it is fails, a new linear head on its frozen features does nearly as well as fine-tuning."""
    name = "head_not_features"
    if not any(run.accuracy("zero_shot", place) for place in run.places):
        return Unknown(name, "--arms with zero_shot: the checkpoint as it is (its classes must hold the target's)")
    judged = {place: found for place in run.places if (found := _head_fails(run, place)) is not None}
    if not judged:
        return Unknown(name, "--probes linear: reads the source's frozen features with a new head")
    held = {place: fact for place, (fact, fails) in judged.items() if fails}
    if UNSHIFTED not in held and len(held) <= HALF * len(judged):
        return None
    whole = dead_layers(run) is None  # what is dead before the head is no fault of the head
    return Explanation(
        name=name,
        claim="The head, not the features: what the checkpoint computes still tells the classes apart, what it answers "
        "does not.",
        grade="strong" if UNSHIFTED in held and whole and _controlled(run, UNSHIFTED) else "suggestive",
        evidence=tuple(held.values())[:3],
        against=tuple(fact for place, (fact, _) in judged.items() if place not in held)[:2],
        experiment="--arms zero_shot,linear_probe,transfer: if the frozen features with a new head fall far behind "
        "fine-tuning, the features are at fault after all",
    )


def _head_fails(run: RunFacts, place: Condition) -> tuple[Fact, bool] | None:
    """What frozen features give and what the checkpoint answers; whether the head alone is at fault."""
    frozen, zero = _frozen(run, place), run.accuracy("zero_shot", place)
    if frozen is None or zero is None:
        return None
    span, rows = frozen
    tuned = run.accuracy("transfer", place)
    lost = tuned.mean - span.value if tuned else 0.0
    gap = run.number(GAP, place, "source", LAST, "random")
    empty = gap is not None and gap.low <= 0  # random features do as well: nothing speaks for the source's
    repaired = apart(span, Stretch(zero.mean, zero.low, zero.high))
    near = lost <= max(3 * run.margin, 0.1 * repaired.value)  # a new head repairs nine tenths and more
    fails = repaired.low > MISFIT and near and not empty and span.low > majority(run)
    said = (
        f"{run.where(place)}, frozen source features under a new head reach {percent(span.value)}, the untouched "
        f"checkpoint {percent(zero.mean)}"
        + (f", fine-tuning {percent(tuned.mean)}" if tuned else "")
        + (", but random features do as well" if empty else "")
    )
    return Fact(said, rows), fails


def _controlled(run: RunFacts, place: Condition) -> bool:
    """Whether the source's features are known to be better than random ones under the same head."""
    gap, arms = run.number(GAP, place, "source", LAST, "random"), run.between("linear_probe", "frozen_random", place)
    read = gap is not None and gap.low > 0 and run.has(DRAWS)
    return read or (arms is not None and arms.verdict == "better")


def _like_random(gaps: Mapping[str, Number], margin: float) -> bool:
    """At the last tap, and at most of the others.

    One tap proves nothing: the intervals hold test images and draws of random networks, tap by tap.
    """
    last = gaps[LAST]
    like = sum(gap.low <= margin for gap in gaps.values())
    return last.low <= margin and last.value <= margin and like > HALF * len(gaps)


def _no_room(run: RunFacts, place: Condition, *, rubbish: bool) -> bool:
    """Random features leave no gap to be had by any source; of one that is at chance at home, only near the ceiling."""
    best, control = _best_arm(run, place), readable(run, place, "random")
    if best is None or control is None or short(run, place, control):
        return False
    if rubbish:
        return control.value >= 1.0 - run.margin
    behind = apart(best, Stretch(control.value, control.low, control.high))
    return behind.low <= run.margin and behind.value <= 2 * run.margin


def untrained(run: RunFacts) -> list[Fact]:
    """Arms that end below what the same labels read from random features at once, on the unshifted target."""
    control = readable(run, UNSHIFTED, "random")
    if control is None:
        return []
    here = f"{run.where(UNSHIFTED)} a linear readout of random features with as many labels"
    said = f"{here} is right on {percent(control.value)}"
    return [
        Fact(f"{said}, {arm} on {percent(mean)} only", addresses(control))
        for arm, mean in short(run, UNSHIFTED, control).items()
    ]


def short(run: RunFacts, place: Condition, control: Number) -> dict[str, float]:
    """Arms that fall clearly short of a readout with the same labels, which an arm trained to its end seldom does."""
    arms = {arm: one for arm in PAIR if (one := run.accuracy(arm, place)) is not None}
    read = Stretch(control.value, control.low, control.high)
    return {
        arm: one.mean for arm, one in arms.items() if apart(read, Stretch(one.mean, one.low, one.high)).low > run.margin
    }


def _ahead(run: RunFacts) -> float:
    """How far transfer is ahead of scratch over the whole run, sure or not; 0 where they are not compared."""
    contrast = run.headline
    return contrast.difference if contrast else 0.0


def _gap_said(run: RunFacts, place: Condition, gaps: Mapping[str, Number]) -> Fact:
    last, (tap, best) = gaps[LAST], max(gaps.items(), key=lambda item: item[1].value)
    return Fact(
        f"{run.where(place)}, a linear readout of the source's last features differs from that of random features by "
        f"{points(last.value)} ({between(last.low, last.high)}, n = {last.n:,} images); at its best tap, {tap}, by "
        f"{points(best.value)} ({between(best.low, best.high)})",
        addresses(last, best),
    )


def _gained(run: RunFacts, places: list[Condition]) -> list[Fact]:
    """Where the seeds point to a gain all the same."""
    found = [(place, run.contrast(place)) for place in places]
    return [
        Fact(f"transfer is ahead of scratch by {points(one.difference)} {run.where(place)} (n = {one.n} seeds)")
        for place, one in found
        if one is not None and one.difference > run.margin
    ]


def _at_home(run: RunFacts) -> tuple[Fact | None, bool | None]:
    """How good the source is on its own images, and whether it has learnt anything; None where nobody knows."""
    home = run.summary.source_accuracy
    if not home:
        return None, None
    known = run.source_classes or run.classes
    said = f"the source is right on {percent(home.value)} of its own test images (n = {home.n:,} images)"
    return Fact(said), home.low > 1 / known + MISFIT


def _frozen(run: RunFacts, place: Condition) -> tuple[Stretch, tuple[str, ...]] | None:
    """Accuracy of frozen features under a new head: the better of the arm, where it was trained, and the readout."""
    arm = run.accuracy("linear_probe", place)
    read = run.number(READOUT, place, "source", LAST)
    if read is not None and (arm is None or read.value >= arm.mean):
        return Stretch(read.value, read.low, read.high), addresses(read)
    return (Stretch(arm.mean, arm.low, arm.high), ()) if arm is not None else None


def _gaps(run: RunFacts, place: Condition) -> dict[str, Number]:
    found = {tap: run.number(GAP, place, "source", tap, "random") for tap in run.taps}
    return {tap: gap for tap, gap in found.items() if gap is not None}


def helped(run: RunFacts, place: Condition) -> tuple[str, Number] | None:
    """The first tap from which on the source's features are better to read than random ones, and by how much there."""
    gaps = _gaps(run, place)
    first = helps_from(_At(tap, gap.value, gap.low) for tap, gap in gaps.items())
    return None if first is None else (first, gaps[first])


def _best_arm(run: RunFacts, place: Condition) -> Stretch | None:
    found = [Stretch(one.mean, one.low, one.high) for arm in PAIR if (one := run.accuracy(arm, place)) is not None]
    return max(found, default=None)
