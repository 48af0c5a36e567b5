"""Sentences about a comparison of two arms. Where the interval forbids a claim the answer is an empty string."""

from collections.abc import Sequence

from shiftprobe.core import words
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.results.model import Contrast, Converged

SIGNS = {
    "better": "\u25b2", "better-alone": "\u25b3", "equivalent": "\u25a0", "inconclusive": "\u25cb",
    "worse-alone": "\u25bd", "worse": "\u25bc",
}  # fmt: skip  # of verdicts, in Markdown
MAX_NAMED_CONDITIONS = 4  # conditions a sentence names one by one


def half(low: float | None, high: float | None) -> str:
    """Half the width of an interval in points: '±1.1'; nothing without an interval."""
    if low is None or high is None:
        return ""
    width = 50 * (high - low)
    return f"±{width:.1f}" if width >= 1 else f"±{width:.2f}"


def listed(parts: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'; of many, the first and how many more."""
    if len(parts) > MAX_NAMED_CONDITIONS:
        return f"{', '.join(parts[: MAX_NAMED_CONDITIONS - 1])} and {len(parts) - MAX_NAMED_CONDITIONS + 1} more"
    return words.listed(parts)


def ahead(one: Contrast) -> str:
    """How many seeds favour which arm: 'transfer is ahead in 7, level in 1 and behind in 2 of 10 seeds'."""
    gaps = [pair.difference for pair in one.per_seed]
    more, less = (sum(sign * gap > 0 for gap in gaps) for sign in (1, -1))
    level = len(gaps) - more - less
    places = [f"{word} in {n}" for word, n in (("ahead", more), ("level", level), ("behind", less)) if n]
    return f"{one.a} is {listed(places)} of {wording.counted(len(gaps), 'seed')}" if gaps else ""


def narrowed(one: Contrast) -> str:
    """What pairing by seed did to the interval."""
    paired, apart = half(one.low, one.high), half(one.unpaired_low, one.unpaired_high)
    if not paired or not apart or one.low is None or one.high is None:
        return ""
    seeds = f"n = {wording.counted(one.n, 'seed')}"
    if paired == apart:
        return f"Pairing by seed left the 95 % interval at {paired} points ({seeds})."
    if one.high - one.low < (one.unpaired_high or 0.0) - (one.unpaired_low or 0.0):
        return f"Pairing by seed narrowed the 95 % interval from {apart} to {paired} points ({seeds})."
    return f"Pairing by seed did not narrow the 95 % interval: {paired} points paired, {apart} unpaired ({seeds})."


def sources(one: Contrast) -> str:
    """The two sources of error of a difference, side by side."""
    seeds, images = half(one.low, one.high), half(one.image_low, one.image_high)
    if not seeds or not images:
        return ""
    return (
        f"Two sources of error: other seeds leave {seeds} points open, other test images {images} "
        "(with these seeds). Each interval covers its own source only."
    )


def settle(one: Contrast, margin: float) -> str:
    """What would settle an open comparison, and where test images leave more open than the margin."""
    said = []
    if one.verdict == "inconclusive" and one.seeds_needed is not None:
        needed = max(one.seeds_needed[1], one.n + 1)
        said.append(
            f"What would settle it: {needed:,} seeds in all would show equivalence within {wording.margin(margin)} "
            f"with a 90 % chance, if the arms are truly the same; this run has {one.n}."
        )
    if one.verdict in ("inconclusive", "equivalent") and _straddles(one, margin):
        said.append(
            f"Over test images the difference may be {wording.points_interval(one.image_low, one.image_high)}, which "
            f"reaches beyond the margin of {wording.margin(margin)}: only more test images narrow that."
        )
    return " ".join(said)


def _straddles(one: Contrast, margin: float) -> bool:
    """Whether the test images leave both sides of the margin open, by the numbers as they are printed."""
    if one.image_low is None or one.image_high is None:
        return False
    low, high, edge = (round(100 * end, 1) for end in (one.image_low, one.image_high, margin))
    return low < -edge < high or low < edge < high


def converged(one: Converged) -> str:
    """When an arm was at its best, and whether it was still improving; where the rate came down, what it learnt."""
    if one.sched != "constant":
        return _annealed(one)
    if one.median_best_epoch is None or not one.n:
        return ""
    of = f" of {one.epochs}" if one.epochs else ""
    said = f"{one.arm}: best epoch {one.median_best_epoch:g}{of} (median of {wording.counted(one.n, 'training')})"
    if not one.last:
        return f"{said}; none was still improving at the last epoch."
    end = ": a longer schedule may change the verdict" if 2 * one.last >= one.n else ""
    return f"{said}; still improving at the last epoch in {one.last} of {one.n}{end}."


def _annealed(one: Converged) -> str:
    steps = f" over {one.steps:,} steps" if one.steps else ""
    learnt = f" (median of {wording.counted(one.n, 'training')})"
    if one.train_accuracy is None:
        return f"{one.arm}: {one.sched} rate{steps}."
    right = f"{wording.percent(one.train_accuracy)} % of its own training images right at the end{learnt}"
    end = ": a longer schedule may change the verdict" if one.not_learnt else ""
    return f"{one.arm}: {one.sched} rate{steps}, {right}{end}."


def why(run: ReadRun) -> str:
    """The first explanation with its grade, and how many stand behind it; of a void run that nothing is explained."""
    found = run.summary.why.explanations
    if said := void(run):
        return f"Nothing is explained: {said}."
    if not found:
        return ""
    more = f" {wording.counted(len(found) - 1, 'more explanation')} below." if len(found) > 1 else ""
    return f"{'Strong' if found[0].grade == 'strong' else 'Suggested'}: {found[0].claim}{more}"


def void(run: ReadRun) -> str:
    """Why no comparison of the run says anything about the checkpoint; empty where they do."""
    return run.summary.decision.void if run.summary.decision else ""


def at_chance(run: ReadRun) -> str:
    """A warning when the source checkpoint knows no more than a guess: then every comparison with it is void."""
    home, source = run.summary.source_accuracy, run.summary.data.source
    if not home or not source or not source.classes or home.low > 1 / len(source.classes):
        return ""
    behind = wording.images_interval(home.low, home.high, home.n)
    return (
        f"The source checkpoint itself is at chance: {wording.percent(home.value)} % on its own test images "
        f"({behind}), a guess among {len(source.classes)} classes has {wording.percent(1 / len(source.classes))} %. "
        "Before you read the comparison, check how images are prepared (model.preprocess) and that it was trained."
    )


def carries(run: ReadRun, place: int = 0) -> str:
    """How far one arm of a declared pair stays ahead of the other, from corrected verdicts alone."""
    if place >= len(run.pairs):
        return ""
    return _along_shifts(run, run.pairs[place]) if run.drifts else _along_budgets(run, run.pairs[place])


def nothing_shown(run: ReadRun) -> str:
    """Said where no condition of the first pair has a finding."""
    if not run.pairs:
        return "No finding: no two arms were compared."
    a, b = run.pairs[0]
    return f"No finding: neither {a} nor {b} is shown to be ahead anywhere (after Holm's correction)."


def _along_budgets(run: ReadRun, pair: tuple[str, str]) -> str:
    (a, b), said = pair, []
    for kind, word in (("better", f"ahead of {b}"), ("equivalent", f"equivalent to {b}"), ("worse", f"behind {b}")):
        found = [
            f"{budget:,}" for budget in run.summary.budgets if _kind(run.contrast(UNSHIFTED, budget, (a, b))) == kind
        ]
        said += [f"{word} with {listed(found)}"] if found else []
    return f"{a} is {listed(said)} labelled images." if said and len(run.summary.budgets) > 1 else ""


def _along_shifts(run: ReadRun, pair: tuple[str, str]) -> str:
    (a, b), budget = pair, max(run.summary.budgets, default=None)
    doses = run.doses
    start = _kind(run.contrast(UNSHIFTED, budget, (a, b)))
    said: list[str] = []
    told = 0
    for kind, word in (("better", f"ahead of {b}"), ("worse", f"behind {b}")):
        told += start == kind
        where = ["on the unshifted target"] if start == kind else []
        for shift in run.summary.shifts:
            met = [_kind(run.contrast(Condition.of(shift, dose), budget, (a, b))) == kind for dose in doses]
            told += sum(met)
            where += _stretch(wording.name(shift), doses, met, joined=start == kind)
        said += [f"{word} {listed(where)}"] if where else []
    if not said:
        return ""
    family = f"With {wording.counted(budget, 'labelled image')}, " if budget else ""
    rest = "" if told == 1 + len(run.summary.shifts) * len(doses) else " Elsewhere neither arm is shown to be ahead."
    return f"{family}{a} is {', and '.join(said)} (after Holm's correction over all conditions).{rest}"


def _stretch(shift: str, doses: Sequence[float], met: Sequence[bool], *, joined: bool) -> list[str]:
    """Where along one shift something holds: everywhere, up to a dose, or at single doses."""
    if not any(met):
        return []
    if all(met):
        return [f"at every severity of {shift}"]
    reach = met.index(False)
    if joined and not any(met[reach:]):
        return [f"up to {shift} {doses[reach - 1]:g}"]
    return [f"at {shift} {', '.join(f'{dose:g}' for dose, here in zip(doses, met, strict=True) if here)}"]


def _kind(one: Contrast | None) -> str:
    return wording.verdict(one) if one is not None and one.difference is not None else ""
