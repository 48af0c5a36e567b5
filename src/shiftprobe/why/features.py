"""Causes that lie in the source's features: none learnt, none needed, or a head that does not fit them."""

from collections.abc import Mapping

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.core.words import percent
from shiftprobe.results.model import Explanation, Fact, Unknown
from shiftprobe.why.base import HALF, addresses, between, graded, points
from shiftprobe.why.run_facts import PAIR, Number, RunFacts

GAP, READOUT = ("linear", "probe_gap"), ("linear", "probe_accuracy")
LAST = "penultimate"
MISFIT = 0.1  # fraction of images; a head that is this much worse than a new one does not fit
OTHER_SOURCE = (
    "a checkpoint that is known to be good at home (model.weights), or a longer source training (source.epochs): if "
    "transfer then helps, the checkpoint was the cause"
)
FEWER_LABELS = (
    "a smaller --budget: if transfer helps there, the weights hold more than the frozen features show, and labels are "
    "the cause; or --arms with bn_adapt: if that repairs the checkpoint, its batch statistics are"
)
NEEDS_LINEAR = "--probes linear: reads the source's features against random ones"


def source_like_random(run: RunFacts) -> Explanation | Unknown | None:
    """The source's features are no better to read than those of a network that was never trained."""
    name = "source_like_random"
    if run.word == "better" or _ahead(run) > MISFIT:  # something was transferred
        return None
    gaps = {place: _gaps(run, place) for place in run.places}
    known = {place: found for place, found in gaps.items() if LAST in found}
    if not known:
        return Unknown(name, NEEDS_LINEAR)
    # where random features suffice there is no gap to be had, by any source
    looked = {place: found for place, found in known.items() if _suffices(run, place) is None}
    like = [place for place, found in looked.items() if _like_random(found, run.margin)]
    if not like or len(like) <= HALF * len(looked):
        return None
    unsure = [place for place in like if looked[place][LAST].high > MISFIT]
    gained, better = _gained(run, like), [place for place in looked if place not in like]
    home, learnt = _at_home(run)
    here = "The source's features are no better than random ones here"
    return Explanation(
        name=name,
        claim=f"{here}: there was nothing to transfer." if learnt is False else f"{here} as they stand, frozen.",
        # a source that learnt something at home may hold weights worth more than its frozen features show: from MNIST
        # to UCI digits its gap is not above 0, yet 50 labels gain 2.7 points (10 seeds, preset paper-budgets)
        grade="suggestive" if gained or unsure or learnt is not False else graded(len(like), len(looked)),
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


def random_suffices(run: RunFacts) -> Explanation | Unknown | None:
    """A linear readout of random features is within the margin of the best arm: the task asks for little."""
    name = "random_suffices"
    if run.word in {"better", "worse"}:
        return None
    if not run.has(READOUT):
        return Unknown(name, NEEDS_LINEAR)
    looked = [place for place in run.places if _best_arm(run, place) is not None]
    held = {place: found for place in looked if (found := _suffices(run, place)) is not None}
    if not held or len(held) <= HALF * len(looked):
        return None
    facts = [
        Fact(
            f"{run.where(place)}, a linear readout of random features is right on {percent(control.value)} "
            f"(95 % interval {100 * control.low:.1f} to {100 * control.high:.1f}, n = {control.n:,} images, at "
            f"{control.rows[0].tap}), the best trained arm on {percent(_best_arm(run, place) or 0.0)}",
            addresses(control),
        )
        for place, control in held.items()
    ]
    return Explanation(
        name=name,
        claim="Random features already suffice: the task is so easy that nothing learnt elsewhere can add to it.",
        grade=graded(len(held), len(looked)),
        evidence=tuple(facts[:3]),
        against=tuple(Fact(f"they fall behind {run.where(place)}") for place in looked if place not in held)[:2],
        experiment="a smaller budget (--budget) or a stronger shift (--severity 1): where random features fall behind, "
        "transfer must still not help",
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
    return Explanation(
        name=name,
        claim="The head, not the features: what the checkpoint computes still tells the classes apart, what it answers "
        "does not.",
        grade="strong" if UNSHIFTED in held else "suggestive",
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
    value, rows = frozen
    tuned = run.accuracy("transfer", place)
    lost = tuned.mean - value if tuned else 0.0
    gap = run.number(GAP, place, "source", LAST, "random")
    empty = gap is not None and gap.low <= 0  # random features do as well: nothing speaks for the source's
    near = lost <= max(3 * run.margin, 0.1 * (value - zero.mean))  # a new head repairs nine tenths and more
    said = (
        f"{run.where(place)}, frozen source features under a new head reach {percent(value)}, the untouched checkpoint "
        f"{percent(zero.mean)}"
        + (f", fine-tuning {percent(tuned.mean)}" if tuned else "")
        + (", but random features do as well" if empty else "")
    )
    return Fact(said, rows), value - zero.high > MISFIT and near and not empty


def _like_random(gaps: Mapping[str, Number], margin: float) -> bool:
    """At the last tap, and at most of the others.

    One tap proves nothing: the interval holds the test images, not the draw of the random network, and another draw
    moved a tap by up to 8 points (a source at chance, small_cnn, 1,000 digits).
    """
    last = gaps[LAST]
    like = sum(gap.low <= margin for gap in gaps.values())
    return last.low <= margin and last.value <= margin and like > HALF * len(gaps)


def _suffices(run: RunFacts, place: Condition) -> Number | None:
    """The readout of random features where it is within the margin of the best arm, and both arms are trained out."""
    best, control = _best_arm(run, place), _best_readout(run, place, "random")
    if best is None or control is None or _short(run, place, control):
        return None
    behind = best - control.high > run.margin or best - control.value > 2 * run.margin
    return None if behind else control


def untrained(run: RunFacts) -> list[Fact]:
    """Arms that end below what the same labels read from random features at once, on the unshifted target."""
    control = _best_readout(run, UNSHIFTED, "random")
    if control is None:
        return []
    here = f"{run.where(UNSHIFTED)} a linear readout of random features with as many labels"
    said = f"{here} is right on {percent(control.value)}"
    return [
        Fact(f"{said}, {arm} on {percent(mean)} only", addresses(control))
        for arm, mean in _short(run, UNSHIFTED, control).items()
    ]


def _short(run: RunFacts, place: Condition, control: Number) -> dict[str, float]:
    """Arms that fall clearly short of a readout with the same labels, which an arm trained to its end seldom does."""
    arms = {arm: one.mean for arm in PAIR if (one := run.accuracy(arm, place)) is not None}
    return {arm: mean for arm, mean in arms.items() if control.low - mean > run.margin}


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


def _frozen(run: RunFacts, place: Condition) -> tuple[float, tuple[str, ...]] | None:
    """Accuracy of frozen features under a new head: the better of the arm, where it was trained, and the readout."""
    arm = run.accuracy("linear_probe", place)
    read = run.number(READOUT, place, "source", LAST)
    if read is not None and (arm is None or read.value >= arm.mean):
        return read.value, addresses(read)
    return (arm.mean, ()) if arm is not None else None


def _gaps(run: RunFacts, place: Condition) -> dict[str, Number]:
    found = {tap: run.number(GAP, place, "source", tap, "random") for tap in run.taps}
    return {tap: gap for tap, gap in found.items() if gap is not None}


def _best_readout(run: RunFacts, place: Condition, arm: str) -> Number | None:
    found = [run.number(READOUT, place, arm, tap) for tap in run.taps]
    return max((one for one in found if one), key=lambda one: one.value, default=None)


def _best_arm(run: RunFacts, place: Condition) -> float | None:
    found = [run.accuracy(arm, place) for arm in PAIR]
    return max((one.mean for one in found if one), default=None)
