"""Causes that lie in what training did to the features: kept, or left behind."""

from collections.abc import Sequence

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.results.model import Explanation, Fact, Unknown
from shiftprobe.stats import Comparison, compare_paired
from shiftprobe.why.base import HALF, addresses, between, graded, points
from shiftprobe.why.chance import learnt
from shiftprobe.why.features import helped
from shiftprobe.why.run_facts import Number, RunFacts

CKA, NULL = ("cka", "cka_debiased"), ("null_band", "cka_between_seeds")
APART = 0.05  # of CKA; a mean difference above it may be reuse that few seeds do not show
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
    held = [place for place, pairs in looked.items() if sum(map(_level, pairs)) > HALF * len(pairs)]
    if not held or len(held) <= HALF * len(looked):
        return None
    above = [place for place in looked if place not in held]
    alike = [place for place in held if min(own.value for _, own in looked[place]) >= ALIKE]
    return Explanation(
        name=name,
        claim="The features are not reused: after training they are no more like the source's than those of a network "
        "that never met it.",
        grade="suggestive",  # CKA alone: nothing was changed to see
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
    held = [place for place, pairs in looked.items() if 2 * sum(map(_above, pairs)) > len(pairs)]
    if UNSHIFTED not in held and len(held) <= HALF * len(looked):
        return None
    gap, control = _helps_from(run, held[0]), _control(run, held[0])
    facts = [_said(run, place, looked[place]) for place in held[:2]]
    return Explanation(
        name="reused",
        claim="The features are reused: fine-tuning keeps what the source learnt, and that is better than what the "
        "target alone teaches.",
        # CKA alone is no intervention: it takes an arm that has the scales without the content, or the features alone
        grade=graded(len(held), len(looked)) if gap is not None and control is not None else "suggestive",
        evidence=(*facts, *(one for one in (gap, control) if one is not None)),
        against=tuple(_said(run, place, looked[place]) for place in looked if place not in held)[:2],
        experiment="--arms scratch,transfer,mean_var: if weights of the same scales but no content do as well, it was "
        "not the features",
    )


def _looked(run: RunFacts) -> dict[Condition, list[Pair]]:
    """Pairs per dose, at the deeper taps; scratch needs two seeds to have a range."""
    found = {}
    for place in run.places:
        if not learnt(run, "transfer", place) or (run.word != "better" and not learnt(run, "scratch", place)):
            continue
        pairs = [(_like_source(run, place, "transfer", t), _like_source(run, place, "scratch", t)) for t in run.deep]
        known = [(kept, own) for kept, own in pairs if kept is not None and own is not None and len(own.rows) > 1]
        if known:
            found[place] = known
    return found


def _like_source(run: RunFacts, place: Condition, arm: str, tap: str) -> Number | None:
    return run.number(CKA, place, arm, tap, "source")


def _difference(pair: Pair) -> Comparison | None:
    """Transfer less scratch, both against the source, paired by seed; None where no seed has both.

    The null is scratch against the source, not scratch against scratch: under a strong shift both arms leave the
    source, and the seeds of scratch are alike for another reason.
    """
    kept, own = ({row.cell.seed: row.value for row in one.rows} for one in pair)
    both = [(a, b) for seed, a in kept.items() if a is not None and (b := own.get(seed)) is not None]
    return compare_paired([a for a, _ in both], [b for _, b in both]) if both else None


def _above(pair: Pair) -> bool:
    """Transfer is shown to be more like the source than scratch: the 95 % interval over seeds lies above 0."""
    found = _difference(pair)
    if found is None or found.n == 1:
        return False
    return found.difference > 0.0 if found.interval is None else found.interval[0] > 0.0


def _level(pair: Pair) -> bool:
    """Transfer is not shown to be more like the source, and does not seem to be."""
    found = _difference(pair)
    return found is not None and found.difference <= APART and not _above(pair)


def _said(run: RunFacts, place: Condition, pairs: Sequence[Pair]) -> Fact:
    kept, own = pairs[-1]
    tap, (low, high) = kept.rows[0].tap, own.seeds
    found = _difference(pairs[-1])
    paired = "" if found is None or found.interval is None else _paired(found.difference, *found.interval)
    band = run.number(NULL, place, "scratch", tap, "scratch")
    among = f"; scratch seeds among each other {band.low:.2f} to {band.high:.2f}" if band else ""
    return Fact(
        f"{run.where(place)} at {tap}, CKA with the source is {kept.value:.2f} for transfer, {low:.2f} to {high:.2f} "
        f"for the {len(own.rows)} seeds of scratch (n = {kept.n:,} images){paired}{among}; transfer is shown to be "
        f"nearer at {sum(map(_above, pairs))} of the {len(pairs)} deeper taps",
        addresses(kept, own),
    )


def _paired(difference: float, low: float, high: float) -> str:
    return f", paired by seed {difference:+.2f} (95 % interval {low:+.2f} to {high:+.2f})"


def _control(run: RunFacts, place: Condition) -> Fact | None:
    """What an intervention says of the features: their scales without content fail, or the features alone do."""
    gain, rest, scales = (
        run.between(a, b, place)
        for a, b in (("transfer", "scratch"), ("transfer", "mean_var"), ("mean_var", "scratch"))
    )
    if gain and rest and scales and rest.verdict == "better" and scales.difference <= HALF * gain.difference:
        return Fact(
            f"{run.where(place)}, random weights of the same scales gain {points(scales.difference)} over scratch, "
            f"transfer {points(gain.difference)} (n = {rest.n} seeds)"
        )
    alone, random = (run.between("linear_probe", other, place) for other in ("scratch", "frozen_random"))
    if alone and random and alone.verdict == random.verdict == "better":
        return Fact(
            f"{run.where(place)}, a head on the frozen features is ahead of scratch by {points(alone.difference)} and "
            f"of one on random features by {points(random.difference)} (n = {alone.n} seeds)"
        )
    return None


def _helps_from(run: RunFacts, place: Condition) -> Fact | None:
    """The first tap where the source's features are clearly better to read than random ones."""
    found = helped(run, place)
    if found is None:
        return None
    first, gap = found
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
