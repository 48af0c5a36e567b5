"""One declared comparison gives the verdict; how the conditions stand one by one is said beside it."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from shiftprobe.core.types import Condition
from shiftprobe.metrics.scores import SCORES
from shiftprobe.results.model import Contrast, Headline, Verdict
from shiftprobe.results.summary.accuracies import Accuracies, ArmPair
from shiftprobe.results.summary.arm_answers import ArmAnswers
from shiftprobe.results.summary.contrasts import numbers
from shiftprobe.results.summary.straying import Strayed, astray_mark
from shiftprobe.spec.schema import Spec, checkpoint_cells
from shiftprobe.stats import ArmsCompared, agreed, compare_paired, weigh

LEVEL = 0.05  # of a family after Holm


def headline(
    seen: Accuracies,
    spec: Spec,
    contrasts: Sequence[Contrast],
    *,
    pair: ArmPair,
    unpaired: str,
    answers: ArmAnswers,
    gone: Strayed,
) -> Verdict:
    """One declared comparison gives the word: both arms' mean over all conditions, by seeds and by images.

    Args:
        seen: accuracies of one metric.
        spec: what was asked for.
        contrasts: of the pair in all conditions; none where nothing was compared.
        pair: the declared one.
        unpaired: why the arms may not be compared; empty where they may.
        answers: of the pair, image by image.
        gone: trainings that went astray; the numbers leave them out, and a word that hangs on that is declined.
    """
    if not contrasts:
        reason = unpaired or f"this run does not hold both arms, {pair[0]} and {pair[1]}"
        return Verdict(word="none", sentence=f"No comparison: {reason}.", pair=pair)
    budget, conditions = max(spec.target.budgets), [cell.condition for cell in checkpoint_cells(spec)]
    every = _judged(seen, conditions, budget, spec=spec, pair=pair, answers=answers, gone=Strayed())
    if every is None:
        return Verdict(word="inconclusive", sentence="No comparison: no seed has both arms at every dose.", pair=pair)
    sound = every
    if any(gone.of_pair(condition, budget, pair) for condition in conditions):
        sound = _judged(seen, conditions, budget, spec=spec, pair=pair, answers=answers, gone=gone) or every
    trained = [arm for arm in pair if any(place.budget == budget and place.arm == arm for place in seen.values)]
    astray = tuple(gone.of_arm(conditions, budget, arm, spec.seeds) for arm in trained)
    judged = agreed(sound, every, sum(one.count for one in astray))
    differ = sound.verdict != every.verdict
    over = f"averaged over {len(conditions)} conditions with " if len(conditions) > 1 else "with "
    score = "" if seen.score == "top1" else f"in {SCORES[seen.score].judged}, "
    where = f"{score}{over}{budget} labelled images"
    here = [one for one in contrasts if one.budget == budget]
    return Verdict(
        word=judged.verdict,
        sentence=f"{where[0].upper()}{where[1:]}, {judged.sentence(*pair)}.",
        detail=_family(here, pair[0]) if len(conditions) > 1 else _by_budget(contrasts, pair),
        contrast=Headline(
            **numbers(judged),
            margin=judged.margin,
            images=judged.images.n if judged.images else None,
            astray=astray,
        ),
        pair=pair,
        marks=astray_mark(astray),
        with_all=every.verdict if differ else None,
        without_astray=sound.verdict if differ else None,
    )


def _judged(
    seen: Accuracies,
    conditions: Sequence[Condition],
    budget: int,
    *,
    spec: Spec,
    pair: ArmPair,
    answers: ArmAnswers,
    gone: Strayed,
) -> ArmsCompared | None:
    """Both arms' mean over conditions, by the seeds that have all of them; None where there is no such seed."""
    doses = [seen.shared(condition, budget, pair) for condition in conditions]
    seeds = [seed for seed in spec.seeds if all(seed in dose for dose in doses)]
    if seeds:
        left_out = [gone.of_pair(condition, budget, pair) for condition in conditions]
        kept = [[seed for seed in seeds if seed not in some] for some in left_out]
        if not all(kept):
            return None
        ours, theirs = (_over_conditions([{s: dose[s][i] for s in seeds} for dose in doses], kept) for i in (0, 1))
        over_seeds = compare_paired(ours, theirs, spec.compare.margin)
        return weigh(over_seeds, answers.spread(dict(zip(conditions, kept, strict=True)), budget))
    still = [seen.still(condition, pair) for condition in conditions]
    known = [one for one in still if one is not None]
    if any(doses) or len(known) < len(conditions):
        return None
    ours, theirs = ([fmean(one[i] for one in known)] for i in (0, 1))
    spread = answers.spread({condition: [None] for condition in conditions}, budget)
    return weigh(compare_paired(ours, theirs, spec.compare.margin), spread, still=True)


def _over_conditions(doses: Sequence[Mapping[int, float]], kept: Sequence[Sequence[int]]) -> list[float]:
    """Every seed's mean over conditions; where some of its trainings are left out, its distance from the others' mean.

    A seed of which more than half is left out is left out whole.
    """
    if all(len(some) == len(dose) for dose, some in zip(doses, kept, strict=True)):
        return [fmean(dose[seed] for dose in doses) for seed in doses[0]]
    means = [fmean(dose[seed] for seed in some) for dose, some in zip(doses, kept, strict=True)]
    found = []
    for seed in doses[0]:
        here = [dose[seed] - mean for dose, some, mean in zip(doses, kept, means, strict=True) if seed in some]
        if 2 * len(here) >= len(doses):
            found.append(fmean(means) + fmean(here))
    return found


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
