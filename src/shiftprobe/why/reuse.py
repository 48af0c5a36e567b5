"""Causes that lie in what training did to the features: kept, left behind, or erased."""

from collections.abc import Sequence

from shiftprobe.why.base import Explanation, Fact, Unknown, address, points
from shiftprobe.why.seen import Number, Place, Seen, where

CKA, NULL = ("cka", "cka_debiased"), ("null_band", "cka_between_seeds")
GAP = ("linear", "probe_gap")
HALF, MOST_OF = 0.5, 0.8
FROZEN = ("lp_ft", "linear_probe")


def not_reused(seen: Seen) -> Explanation | Unknown | None:
    """After training, the features are no more like the source's than two strangers' are like each other."""
    name = "not_reused"
    if seen.word == "better":
        return None
    looked = _looked(seen)
    if not looked:
        return _unknown(seen, name)
    inside = {place: _inside(pairs) for place, pairs in looked.items()}
    held = [place for place, taps in inside.items() if len(taps) > HALF * len(looked[place])]
    if len(held) <= HALF * len(looked):
        return None
    above = [place for place in looked if place not in held]
    return Explanation(
        name=name,
        claim="The features are not reused: after training they are no more like the source's than those of a network "
        "that never met it.",
        grade="strong" if len(held) >= MOST_OF * len(looked) and seen.word != "none" else "suggestive",
        evidence=tuple(_said(seen, place, looked[place]) for place in held[:3]),
        against=tuple(_said(seen, place, looked[place]) for place in above[:2]),
        experiment="--arms scratch,transfer,linear_probe: if a head on the frozen features does as well as "
        "fine-tuning, they could have been reused",
    )


def reused(seen: Seen) -> Explanation | Unknown | None:
    """Transfer helps, its features stay like the source's, and the source's are better than random ones."""
    if seen.word != "better":
        return None
    looked = _looked(seen)
    if not looked:
        return _unknown(seen, "reused")
    held = [place for place, pairs in looked.items() if len(_inside(pairs)) < HALF * len(pairs)]
    if len(held) <= HALF * len(looked):
        return None
    facts = [_said(seen, place, looked[place]) for place in held[:2]]
    gap = _helps_from(seen, held[0])
    if gap is not None:
        facts.append(gap)
    return Explanation(
        name="reused",
        claim="The features are reused: fine-tuning keeps what the source learnt, and that is better than what the "
        "target alone teaches.",
        grade="strong" if gap is not None and len(held) >= MOST_OF * len(looked) else "suggestive",
        evidence=tuple(facts),
        against=tuple(_said(seen, place, looked[place]) for place in looked if place not in held)[:2],
        experiment="--arms scratch,transfer,mean_var: if weights of the same scales but no content do as well, it was "
        "not the features",
    )


def erased(seen: Seen) -> Explanation | Unknown | None:
    """Arms that protect the source's features from the first steps beat the one that does not."""
    name = "erased"
    protected = [arm for arm in FROZEN if arm in seen.summary["arms"]]
    if not protected:
        if seen.word == "better":
            return None
        return Unknown(name, "--arms scratch,transfer,lp_ft: tells whether the first epochs erase the features")
    held: list[Fact] = []
    tested = 0
    for place in seen.places:
        results = [(arm, seen.between(arm, "transfer", place)) for arm in protected]
        known = [(arm, one) for arm, one in results if one is not None]
        tested += bool(known)
        for arm, one in known:
            if one.verdict == "better" and one.interval is not None:
                low, high = one.interval
                held.append(
                    Fact(
                        f"{where(place)}, {arm}, which protects the features at first, beats transfer by "
                        f"{points(one.difference)} (95 % interval {100 * low:+.1f} to {100 * high:+.1f}, n = {one.n} "
                        "seeds)"
                    )
                )
                break
    if not held or len(held) <= HALF * tested:
        return None
    rate = "; ".join(value for name, value in seen.summary["training"]["hyperparameters"] if name == "learning rate")
    return Explanation(
        name=name,
        claim=f"The learning rate erases the features in the first epochs: it was {rate}.",
        grade="strong" if len(held) >= MOST_OF * tested else "suggestive",
        evidence=tuple(held[:3]),
        experiment="--tune lr=1e-4,3e-4,1e-3: with a rate that leaves the features alone, transfer must catch up",
    )


def _looked(seen: Seen) -> dict[Place, list[tuple[Number, Number]]]:
    """Per dose, at the deeper taps: how like the source transfer ends, and how like it scratch becomes by itself."""
    found = {}
    for place in seen.places:
        pairs = [
            tuple(seen.number(CKA, place, arm, tap, "source") for arm in ("transfer", "scratch")) for tap in seen.deep
        ]
        known = [(kept, own) for kept, own in pairs if kept is not None and own is not None and len(own.rows) > 1]
        if known:
            found[place] = known
    return found


def _inside(pairs: Sequence[tuple[Number, Number]]) -> list[tuple[Number, Number]]:
    """Where transfer is no more like the source than the seeds of scratch, who never met it."""
    return [(kept, own) for kept, own in pairs if kept.value <= own.seeds[1]]


def _said(seen: Seen, place: Place, pairs: Sequence[tuple[Number, Number]]) -> Fact:
    kept, own = pairs[-1]
    tap, (low, high) = kept.rows[0].tap, own.seeds
    band = seen.number(NULL, place, "scratch", tap, "scratch")
    among = f"; scratch seeds among each other {band.low:.2f} to {band.high:.2f}" if band else ""
    return Fact(
        f"{where(place)} at {tap}, CKA with the source is {kept.value:.2f} for transfer, {low:.2f} to {high:.2f} for "
        f"the {len(own.rows)} seeds of scratch (n = {kept.n} images){among}; transfer is nearer at "
        f"{len(pairs) - len(_inside(pairs))} of the {len(pairs)} deeper taps",
        tuple(address(row) for row in (*kept.rows, *own.rows)),
    )


def _helps_from(seen: Seen, place: Place) -> Fact | None:
    for tap in seen.taps:
        gap = seen.number(GAP, place, "source", tap, "random")
        if gap is not None and gap.low > 0:
            return Fact(
                f"{where(place)} the source's features are better to read than random ones from {tap} on "
                f"({points(gap.value)} there, 95 % interval {100 * gap.low:+.1f} to {100 * gap.high:+.1f}, n = {gap.n} "
                "images)",
                tuple(address(row) for row in gap.rows),
            )
    return None


def _unknown(seen: Seen, name: str) -> Unknown:
    if len(seen.summary["seeds"]) < 2:  # noqa: PLR2004 - a pair
        return Unknown(name, "--seeds 3: the band of scratch needs seeds")
    return Unknown(name, "--probes cka and the arms scratch and transfer")
