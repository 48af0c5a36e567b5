"""Causes that lie in the source's features: none learnt, none needed, or a head that does not fit them."""

from shiftprobe.why.base import Explanation, Fact, Unknown, address, percent, points
from shiftprobe.why.seen import Number, Place, Seen, where

GAP, READOUT = ("linear", "probe_gap"), ("linear", "probe_accuracy")
LAST = "penultimate"
MOST_OF = 0.8  # of the places looked at, where an explanation is called strong
HALF = 0.5
LARGE = 0.1  # fraction of images; a head that is this much worse than a new one does not fit


def source_like_random(seen: Seen) -> Explanation | Unknown | None:
    """No tap of the source is clearly better to read than the same tap of a network that was never trained."""
    name = "source_like_random"
    gaps = {place: _gaps(seen, place) for place in seen.places}
    looked = {place: found for place, found in gaps.items() if LAST in found}
    if not looked:
        return Unknown(name, "--probes linear: reads the source's features against random ones")
    like = [place for place, found in looked.items() if all(gap.low <= seen.margin for gap in found.values())]
    if len(like) <= HALF * len(looked):
        return None
    first = like[0]
    last, best = looked[first][LAST], max(looked[first].items(), key=lambda item: item[1].value)
    facts = [
        Fact(
            f"{where(first)}, a linear readout of the source's last features beats that of random features by "
            f"{points(last.value)} ({_range(last)}, n = {last.n} images); at its best tap, {best[0]}, by "
            f"{points(best[1].value)} ({_range(best[1])})",
            tuple(address(row) for row in (*last.rows, *best[1].rows)),
        ),
        Fact(f"no tap is clearly better than random in {len(like)} of {len(looked)} conditions"),
    ]
    better = [place for place in looked if place not in like]
    against = [Fact(f"some tap is clearly better than random {where(place)}") for place in better[:3]]
    home = seen.summary["source_accuracy"]
    if home and home["low"] > 2 / max(1, len(seen.summary["data"]["target"]["classes"])):
        against.append(Fact(f"the source is right on {percent(home['value'])} of its own test images"))
    return Explanation(
        name=name,
        claim="The source's features are no better than random ones: there was nothing to transfer.",
        grade="strong" if len(like) >= MOST_OF * len(looked) else "suggestive",
        evidence=tuple(facts),
        against=tuple(against),
        experiment="a checkpoint that is known to be good at home (model.weights), or a longer source training "
        "(source.epochs): if transfer then helps, the checkpoint was the cause",
    )


def random_suffices(seen: Seen) -> Explanation | Unknown | None:
    """A linear readout of random features is within the margin of the best arm: the task asks for little."""
    name = "random_suffices"
    if seen.word in {"better", "worse"}:
        return None
    if not seen.by.get(READOUT):
        return Unknown(name, "--probes linear: reads random features")
    held, facts = 0, []
    looked = [place for place in seen.places if _best_arm(seen, place) is not None]
    for place in looked:
        best = _best_arm(seen, place)
        control = _best_readout(seen, place, "random")
        if (
            best is None
            or control is None
            or best - control.high > seen.margin
            or best - control.value > 2 * seen.margin
        ):
            continue
        held += 1
        facts.append(
            Fact(
                f"{where(place)}, a linear readout of random features is right on {percent(control.value)} "
                f"({_range(control, plain=True)}, n = {control.n} images), the best trained arm on {percent(best)}",
                tuple(address(row) for row in control.rows),
            )
        )
    if not looked or held <= HALF * len(looked):
        return None
    return Explanation(
        name=name,
        claim="Random features already suffice: the task is so easy that nothing learnt elsewhere can add to it.",
        grade="strong" if held >= MOST_OF * len(looked) else "suggestive",
        evidence=tuple(facts[:3]),
        experiment="a smaller budget (--budget) or a stronger shift (--severity 1): where random features fall behind, "
        "transfer must still not help",
    )


def head_not_features(seen: Seen) -> Explanation | Unknown | None:
    """The checkpoint as it is fails, a new linear head on its frozen features does nearly as well as fine-tuning."""
    name = "head_not_features"
    looked = [place for place in seen.places if seen.accuracy("zero_shot", place)]
    if not looked:
        return Unknown(name, "--arms with zero_shot: the checkpoint as it is (its classes must hold the target's)")
    held: list[Fact] = []
    against: list[Fact] = []
    for place in looked:
        frozen, zero = _frozen(seen, place), seen.accuracy("zero_shot", place)
        tuned = seen.accuracy("transfer", place)
        if frozen is None or zero is None:
            continue
        value, rows = frozen
        lost = tuned["mean"] - value if tuned else 0.0
        said = (
            f"{where(place)}, frozen source features under a new head reach {percent(value)}, the untouched checkpoint "
            f"{percent(zero['mean'])}" + (f", fine-tuning {percent(tuned['mean'])}" if tuned else "")
        )
        if value - zero["high"] > LARGE and lost <= max(3 * seen.margin, 0.25 * (value - zero["mean"])):
            held.append(Fact(said, rows))
        else:
            against.append(Fact(said, rows))
    if not held or (len(held) <= HALF * len(looked) and not any(where(seen.places[0]) in one.text for one in held)):
        return None
    return Explanation(
        name=name,
        claim="The head, not the features: what the checkpoint computes still tells the classes apart, what it answers "
        "does not.",
        grade="strong" if where(seen.places[0]) in held[0].text else "suggestive",
        evidence=tuple(held[:3]),
        against=tuple(against[:2]),
        experiment="--arms zero_shot,linear_probe,transfer: if the frozen features with a new head fall far behind "
        "fine-tuning, the features are at fault after all",
    )


def _frozen(seen: Seen, place: Place) -> tuple[float, tuple[str, ...]] | None:
    """Accuracy of frozen features under a new head: the arm where it was trained, else the linear readout."""
    arm = seen.accuracy("linear_probe", place)
    if arm is not None:
        return float(arm["mean"]), ()
    read = seen.number(READOUT, place, "source", LAST)
    return (read.value, tuple(address(row) for row in read.rows)) if read else None


def _gaps(seen: Seen, place: Place) -> dict[str, Number]:
    found = {tap: seen.number(GAP, place, "source", tap, "random") for tap in seen.taps}
    return {tap: gap for tap, gap in found.items() if gap is not None}


def _best_readout(seen: Seen, place: Place, arm: str) -> Number | None:
    found = [seen.number(READOUT, place, arm, tap) for tap in seen.taps]
    return max((one for one in found if one), key=lambda one: one.value, default=None)


def _best_arm(seen: Seen, place: Place) -> float | None:
    found = [seen.accuracy(arm, place) for arm in ("scratch", "transfer")]
    return max((float(one["mean"]) for one in found if one), default=None)


def _range(number: Number, *, plain: bool = False) -> str:
    if plain:
        return f"95 % interval {100 * number.low:.1f} to {100 * number.high:.1f}"
    return f"95 % interval {100 * number.low:+.1f} to {100 * number.high:+.1f}"
