"""Causes that lie below the features: the statistics of what comes in, the scales of the weights."""

from collections.abc import Mapping

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.core.words import percent
from shiftprobe.results.model import Explanation, Fact, Unknown
from shiftprobe.why.base import HALF, MOST_OF, address, graded, points
from shiftprobe.why.chance import learnt, majority
from shiftprobe.why.run_facts import RunFacts

CKA = ("cka", "cka_debiased")
SMALLEST_LOSS = 0.05  # fraction of images; a smaller loss needs no explanation


def low_level_statistics(run: RunFacts) -> Explanation | Unknown | None:
    """Most of what the checkpoint loses comes back when its batch statistics are estimated on the target."""
    name = "low_level_statistics"
    lost = [place for place in run.places if lost_by_checkpoint(run, place) is not None]
    if not lost:
        return None
    if "bn_adapt" not in run.summary.arms:
        if "bn_adapt" in run.summary.skipped_arms:
            return None
        return Unknown(name, "--arms with bn_adapt: re-estimates batch statistics on the target, without labels")
    repaired = {place: _repaired(run, place) for place in lost}
    shifts = dict.fromkeys(place.shift for place in lost)
    held = [shift for shift in shifts if _mostly(repaired, shift)]
    if not held:
        return None
    facts = [fact for place, fact in repaired.items() if place.shift in held and fact is not None]
    against = [_unrepaired(run, place) for place in lost if repaired[place] is None]
    named = "everywhere" if len(held) == len(shifts) > 1 else ", ".join(_called(run, shift) for shift in held)
    return Explanation(
        name=name,
        claim=f"Low-level statistics moved ({named}): re-estimating batch statistics on the target, without a label, "
        "repairs most of the checkpoint's loss.",
        grade="strong" if len(held) == len(shifts) else "suggestive",
        evidence=(*facts[:3], *_drift(run, [place for place in lost if place.shift in held])),
        against=tuple(against[:3]),
        experiment="the same shift after matching mean and contrast of the target's images to the source's: if the "
        "loss stays, it was not the statistics",
    )


def _called(run: RunFacts, shift: str) -> str:
    return run.where(UNSHIFTED) if shift == UNSHIFTED.shift else f"under {shift}"


def _mostly(repaired: Mapping[Condition, Fact | None], shift: str) -> bool:
    """Whether at least half of a shift's doses that hurt are repaired."""
    found = [fact is not None for place, fact in repaired.items() if place.shift == shift]
    return 2 * sum(found) >= len(found)


def weight_scales(run: RunFacts) -> Explanation | Unknown | None:
    """Weights drawn at random with the source's means and variances, layer by layer, do as well as the source's."""
    name = "weight_scales"
    if run.word != "better":
        return None
    if "mean_var" not in run.summary.arms:
        return Unknown(name, "--arms scratch,transfer,mean_var: random weights with the source's scales")
    held: list[Fact] = []
    against: list[Fact] = []
    shown = 0
    for place in run.places:
        gain, scales, rest = (
            run.between(a, b, place)
            for a, b in (("transfer", "scratch"), ("mean_var", "scratch"), ("transfer", "mean_var"))
        )
        if gain is None or scales is None or rest is None or gain.difference <= run.margin:
            continue
        if not learnt(run, "transfer", place) or not learnt(run, "mean_var", place):
            continue
        said = Fact(
            f"{run.where(place)}, transfer gains {points(gain.difference)} over scratch, random weights of the same "
            f"scales {points(scales.difference)} (n = {gain.n} seeds)"
        )
        matched = scales.difference >= MOST_OF * gain.difference and rest.verdict != "better"
        (held if matched else against).append(said)
        # a scale that does as well is shown by its own gain, and by how much at most it falls behind
        behind = rest.interval[1] if rest.interval else None
        shown += matched and scales.verdict == "better" and behind is not None and behind <= HALF * gain.difference
    if not held or len(held) <= len(against):
        return None
    return Explanation(
        name=name,
        claim="Only the scales of the weights help: random weights with the source's means and variances do as well.",
        grade=graded(shown, len(held) + len(against)),
        evidence=tuple(held[:3]),
        against=tuple(against[:2]),
        experiment="--set model.arch=torchvision:resnet18, or any network with normalisation layers: scales cannot "
        "help there, so a gain that stays was not theirs",
    )


def lost_by_checkpoint(run: RunFacts, place: Condition) -> float | None:
    """What the untouched checkpoint loses against its home, or the unshifted target, where that beats chance.

    None where it is little.
    """
    here, home = run.accuracy("zero_shot", place), _home(run, place)
    if here is None or home is None or home - here.high < SMALLEST_LOSS:
        return None
    return home - here.mean


def _home(run: RunFacts, place: Condition) -> float | None:
    if place != UNSHIFTED:
        clean = run.accuracy("zero_shot", UNSHIFTED)
        return clean.mean if clean and clean.low > majority(run) else None
    source, classes = run.summary.source_accuracy, run.source_classes
    return source.value if source and (not classes or source.low > 1 / classes) else None


def _repaired(run: RunFacts, place: Condition) -> Fact | None:
    """Half of the loss and more comes back, and image by image the repaired checkpoint is shown to be ahead."""
    gap = run.between("bn_adapt", "zero_shot", place)
    here, adapted, lost = (
        run.accuracy("zero_shot", place),
        run.accuracy("bn_adapt", place),
        lost_by_checkpoint(run, place),
    )
    if here is None or adapted is None or lost is None:
        return None
    back = adapted.mean - here.mean
    if back < HALF * lost or gap is None or gap.verdict != "better" or not learnt(run, "bn_adapt", place):
        return None
    return Fact(
        f"{run.where(place)} the checkpoint falls by {points(lost).lstrip('+')} to {percent(here.mean)}; with batch "
        f"statistics of the target it is right on {percent(adapted.mean)}: {100 * back / lost:.0f} % of the loss is "
        f"back (n = {here.images:,} images)"
    )


def _unrepaired(run: RunFacts, place: Condition) -> Fact:
    here, adapted = run.accuracy("zero_shot", place), run.accuracy("bn_adapt", place)
    if here is None or adapted is None:
        return Fact(f"{run.where(place)} it is not known")
    return Fact(f"{run.where(place)} it does not: {percent(here.mean)} before, {percent(adapted.mean)} after")


def _drift(run: RunFacts, places: list[Condition]) -> tuple[Fact, ...]:
    """Whether the drift begins at the first tap, where the worst of the repaired doses stands."""
    if not run.taps:
        return ()
    # the target against itself is 1 by definition
    away = [place for place in places if place != UNSHIFTED]
    first = [(place, run.number(CKA, place, "source", run.taps[0], "clean")) for place in away]
    known = [(place, one) for place, one in first if one is not None]
    if not known:
        return ()
    place, one = min(known, key=lambda item: item[1].value)
    said = (
        f"{run.where(place)} CKA of clean with shifted features is {one.value:.2f} already at the first tap, "
        f"{run.taps[0]}"
    )
    return (Fact(said, tuple(address(row) for row in one.rows)),)
