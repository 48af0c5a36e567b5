"""One declared comparison gives the verdict; how the conditions stand one by one is said beside it."""

from collections.abc import Sequence

from shiftprobe.results.model import Contrast, Headline, Verdict
from shiftprobe.results.summary.accuracies import Accuracies, ArmPair
from shiftprobe.spec.schema import Spec, checkpoint_cells
from shiftprobe.stats import Comparison, compare_paired

LEVEL = 0.05  # of a family after Holm


def headline(seen: Accuracies, spec: Spec, contrasts: Sequence[Contrast], *, pair: ArmPair, unpaired: str) -> Verdict:
    """One declared comparison gives the word: both arms' mean over all conditions, seed by seed; Holm's count beside.

    Args:
        seen: accuracies of one metric.
        spec: what was asked for.
        contrasts: of the pair in all conditions; none where nothing was compared.
        pair: the declared one.
        unpaired: why the arms may not be compared; empty where they may.
    """
    if not contrasts:
        reason = unpaired or f"this run does not hold both arms, {pair[0]} and {pair[1]}"
        return Verdict(word="none", sentence=f"No comparison: {reason}.", pair=pair)
    budget = max(spec.target.budgets)
    doses = [seen.shared(cell.condition, budget, pair) for cell in checkpoint_cells(spec)]
    seeds = [seed for seed in spec.seeds if all(seed in dose for dose in doses)]
    if not seeds:
        return Verdict(word="inconclusive", sentence="No comparison: no seed has both arms at every dose.", pair=pair)
    ours, theirs = ([sum(dose[seed][i] for dose in doses) / len(doses) for seed in seeds] for i in (0, 1))
    result = compare_paired(ours, theirs, spec.compare.margin)
    where = f"Averaged over {len(doses)} conditions with {budget} labelled images" if len(doses) > 1 else (
        f"With {budget} labelled images"
    )  # fmt: skip
    here = [one for one in contrasts if one.budget == budget]
    return Verdict(
        word=result.verdict,
        sentence=f"{where}, {result.sentence(*pair)}.",
        detail=_family(here, pair[0]) if len(doses) > 1 else _by_budget(contrasts, pair),
        contrast=_numbers(result),
        pair=pair,
    )


def _numbers(result: Comparison) -> Headline:
    low, high = result.interval or (None, None)
    return Headline(
        difference=result.difference,
        low=low,
        high=high,
        n=result.n,
        sd=result.sd,
        p=result.p,
        p_equivalence=result.p_equivalence,
        margin_certified=result.margin_certified,
        verdict=result.verdict,
        seeds_needed=result.seeds_needed,
        margin=result.margin,
    )


def _by_budget(contrasts: Sequence[Contrast], pair: ArmPair) -> str:
    """How the verdict moves with the label budget; nothing where there is one budget only."""
    known = [(one, one.difference) for one in contrasts if one.difference is not None]
    if len(known) < 2:  # noqa: PLR2004 - nothing moves
        return ""
    steps = (f"{one.budget}: {one.verdict} ({100 * difference:+z.1f} points)" for one, difference in known)
    return f"By label budget, {pair[0]} against {pair[1]}: {'; '.join(steps)}."


def _family(contrasts: Sequence[Contrast], arm: str) -> str:
    """How the conditions stand one by one: differences after Holm, and where they are largest and smallest."""
    known = [(difference, one) for one in contrasts if (difference := one.difference) is not None]
    clear = [difference for difference, one in known if one.p_holm is not None and one.p_holm < LEVEL]
    better = sum(difference > 0 for difference in clear)
    equal = sum(one.verdict == "equivalent" for _, one in known)
    most, least = (_at(*pick(known, key=lambda item: item[0])) for pick in (max, min))
    return (
        f"Condition by condition (Holm, 5 %): {arm} better in {better}, worse in {len(clear) - better} of "
        f"{len(known)}; equivalent within the margin in {equal}. Largest difference {most}, smallest {least}."
    )


def _at(difference: float, one: Contrast) -> str:
    place = "on the unshifted target" if one.severity == 0 else f"at {one.shift} {one.severity:g}"
    return f"{100 * difference:+z.1f} points {place}"
