"""Two arms in every condition, with both sources of error: seeds and test images."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from shiftprobe.core.types import Cell, Condition
from shiftprobe.results.model import Contrast, SeedPair
from shiftprobe.results.summary.accuracies import Accuracies, ArmPair
from shiftprobe.results.summary.arm_answers import ArmAnswers, Right
from shiftprobe.results.summary.straying import Strayed
from shiftprobe.spec.schema import Spec, checkpoint_cells
from shiftprobe.stats import ArmsCompared, agreed, compare_paired, flips, holm, pairing_gain, summarize, weigh
from shiftprobe.stats import Verdict as Judgement

Ends = tuple[float | None, float | None]  # of a 95 % interval


def contrasts(
    seen: Accuracies, spec: Spec, answers: ArmAnswers, *, pair: ArmPair, gone: Strayed, left: Sequence[str] = ()
) -> tuple[Contrast, ...]:
    """A pair of arms in every condition; per budget one family, corrected by Holm.

    Args:
        seen: accuracies of one metric.
        spec: what was asked for.
        answers: of the pair, image by image.
        pair: which arms.
        gone: trainings that went astray and are left out of the numbers.
        left: keys of cells that a time limit left for later.
    """
    found: list[Contrast] = []
    for budget in sorted(spec.target.budgets):
        family = []
        for cell in checkpoint_cells(spec):
            later = sum(Cell(cell.shift, cell.severity, budget, seed).key in left for seed in spec.seeds)
            one = _compared(
                cell.condition, budget, seen=seen, spec=spec, answers=answers, pair=pair, gone=gone, later=later
            )
            family.append(replace(one, shift=cell.shift, severity=cell.severity, budget=budget))
        tested = [one.p for one in family if one.p is not None]
        adjusted = iter(holm(tested) if tested else ())
        found += [one if one.p is None else replace(one, p_holm=float(next(adjusted))) for one in family]
    return tuple(found)


def _compared(
    condition: Condition,
    budget: int,
    *,
    seen: Accuracies,
    spec: Spec,
    answers: ArmAnswers,
    pair: ArmPair,
    gone: Strayed,
    later: int,
) -> Contrast:
    """A pair in one condition: over the seeds that have both arms, or over images alone where no seed moves either."""
    pairs = seen.shared(condition, budget, pair)
    if still := seen.still(condition, pair) if not pairs else None:
        over_images = answers.spread({condition: [None]}, budget)
        return _contrast(
            pair, weigh(compare_paired([still[0]], [still[1]], spec.compare.margin), over_images, still=True)
        )
    if not pairs:
        return Contrast(a=pair[0], b=pair[1], reason="no seed has both arms")
    kept = {seed: both for seed, both in pairs.items() if seed not in gone.of_pair(condition, budget, pair)}
    every = _weighed(pairs, condition, budget, spec=spec, answers=answers)
    fewer = kept and len(kept) < len(pairs)  # else both are the same comparison
    sound = _weighed(kept, condition, budget, spec=spec, answers=answers) if fewer else every
    judged = agreed(sound, every, len(pairs) - len(kept))
    ours, theirs = zip(*(kept or pairs).values(), strict=True)
    unpaired_low, unpaired_high = _unpaired(ours, theirs, spec.compare.margin)
    return replace(
        _contrast(pair, judged),
        reason=_later(later, lost=len(spec.seeds) - len(pairs), of=len(spec.seeds))
        or _reason(judged, lost=len(spec.seeds) - len(pairs), left_out=len(pairs) - len(kept), of=len(spec.seeds)),
        differences=tuple(a - b for a, b in (kept or pairs).values()),
        unpaired_low=unpaired_low,
        unpaired_high=unpaired_high,
        per_seed=tuple(_of_seed(seed, both, answers.right(condition, budget, seed)) for seed, both in pairs.items()),
    )


def _weighed(
    pairs: Mapping[int, tuple[float, float]], condition: Condition, budget: int, *, spec: Spec, answers: ArmAnswers
) -> ArmsCompared:
    ours, theirs = zip(*pairs.values(), strict=True)
    over_seeds = compare_paired(ours, theirs, spec.compare.margin)
    return weigh(over_seeds, answers.spread({condition: list(pairs)}, budget))


def _later(later: int, *, lost: int, of: int) -> str:
    """Seeds that a time limit left were chosen by no result; beside one that failed they are not worth a word."""
    return f"n = {of - lost} of {of} seeds; the others are left for later" if later and later == lost else ""


def _reason(judged: ArmsCompared, *, lost: int, left_out: int, of: int) -> str:
    """Seeds that are missing or left out come before what the others leave open."""
    if lost:
        return f"n = {of - lost} of {of} seeds; dropping seeds flatters"
    if left_out and judged.open != "astray":
        return f"{left_out} of {of} seeds went astray and {'is' if left_out == 1 else 'are'} left out"
    return judged.reason


class Judged(TypedDict):
    """The numbers of a comparison, under the names that a contrast and a headline share."""

    difference: float
    low: float | None
    high: float | None
    sd: float | None
    n: int
    p: float | None
    p_equivalence: float | None
    margin_certified: float | None
    verdict: Judgement
    seeds_needed: tuple[int, int] | None
    image_low: float | None
    image_high: float | None
    both_low: float | None
    both_high: float | None


def numbers(judged: ArmsCompared) -> Judged:
    """The numbers of a comparison, as the summary holds them."""
    low, high = judged.seeds.interval or (None, None)
    both_low, both_high = judged.both or (None, None)
    image_low, image_high = judged.images.ends(0.95) if judged.images else (None, None)
    return Judged(
        difference=judged.difference,
        low=low,
        high=high,
        sd=judged.seeds.sd,
        n=judged.n,
        p=judged.p,
        p_equivalence=judged.p_equivalence,
        margin_certified=judged.margin_certified,
        verdict=judged.verdict,
        seeds_needed=judged.seeds_needed,
        image_low=image_low,
        image_high=image_high,
        both_low=both_low,
        both_high=both_high,
    )


def _contrast(pair: ArmPair, judged: ArmsCompared) -> Contrast:
    return Contrast(a=pair[0], b=pair[1], reason=judged.reason, **numbers(judged))


def _unpaired(ours: Sequence[float], theirs: Sequence[float], margin: float) -> Ends:
    """The interval that the same numbers would leave if their seeds had nothing in common."""
    half = pairing_gain(ours, theirs, margin).unpaired_half
    centre = summarize([a - b for a, b in zip(ours, theirs, strict=True)]).mean
    return (None, None) if half is None else (centre - half, centre + half)


def _of_seed(seed: int, pair: tuple[float, float], right: tuple[Right, Right] | None) -> SeedPair:
    """One seed: both accuracies, and on how many images the arms agree."""
    a, b = pair
    if right is None:
        return SeedPair(seed=seed, a=a, b=b, difference=a - b)
    found = flips(*right)
    return SeedPair(
        seed=seed,
        a=a,
        b=b,
        difference=a - b,
        both=found.both,
        a_only=found.a_only,
        b_only=found.b_only,
        neither=found.neither,
        p=found.p,
    )
