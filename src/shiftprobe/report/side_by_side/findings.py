"""Sentences about several runs; silent where images or seeds leave it open, or where runs may not be compared."""

from collections.abc import Sequence

from shiftprobe.core.types import Condition
from shiftprobe.report.kit import claims, wording
from shiftprobe.report.side_by_side import between
from shiftprobe.report.side_by_side.reading import Entered, conditions, gain, places, reached, same_test
from shiftprobe.results.decision import SAID

Shown = tuple[float, Entered, Entered, between.RunDifference]  # severity, the higher run, the lower one


def headline(runs: Sequence[Entered]) -> str:
    """What to do in each run, in one line, or the verdicts where a run was made before there was a decision."""
    found: dict[str, list[str]] = {}
    decisions = [one.run.summary.decision for one in runs]
    for one, decision in zip(runs, decisions, strict=True):
        word = SAID[decision.choice] if decision and all(decisions) else one.run.summary.verdict.word
        found.setdefault("no comparison" if word == "none" else word, []).append(one.mark)
    said = [f"{word} in {claims.listed(marks)}" for word, marks in found.items()]
    return f"{wording.counted(len(runs), 'run')}: {', '.join(said)}"


def apart(runs: Sequence[Entered]) -> str:
    """Between which runs the headline differs: the ends, image by image and seed by seed."""
    ends = _ends([(one, told.difference) for one in runs if (told := one.run.summary.verdict.contrast)])
    if ends is None or conditions(ends[0].run) != conditions(ends[1].run):
        return ""
    top, bottom = ends
    found = between.gains(top, bottom, places(top))
    if found is None or not found.clear:
        return ""
    a, b = top.run.pairs[0]
    return f"What {a} adds to {b} is larger in {top.mark} than in {bottom.mark}, by {found.said}."


def _ends(known: Sequence[tuple[Entered, float]]) -> tuple[Entered, Entered] | None:
    """The runs with the largest and the smallest number, where they may be compared."""
    if len(known) < 2:  # noqa: PLR2004 - a comparison
        return None
    top, bottom = (pick(known, key=lambda end: end[1])[0] for pick in (max, min))
    return (top, bottom) if _comparable(top, bottom) else None


def _comparable(a: Entered, b: Entered) -> bool:
    """The same pair of arms, the same largest budget, test images not known to differ."""
    pairs = a.run.pairs[:1] == b.run.pairs[:1] != ()
    return pairs and a.budget == b.budget and same_test(a, b) is not False


def along(runs: Sequence[Entered], shift: str) -> tuple[str, ...]:
    """What one dial shows: where the gain of one run lies clear of another's, and where its accuracy does."""
    doses = sorted({dose for one in runs for dose in one.run.summary.severities})
    return tuple(filter(None, (_gains(runs, shift, doses), _accuracies(runs, shift, doses))))


def _gains(runs: Sequence[Entered], shift: str, doses: Sequence[float]) -> str:
    clear: list[Shown] = []
    for dose in doses:
        place = Condition.of(shift, dose)
        ends = _ends([(one, told.difference or 0.0) for one in runs if (told := gain(one, place))])
        found = between.gains(*ends, [place]) if ends else None
        clear += [(dose, *ends, found)] if ends and found and found.clear else []
    return f"The gains differ at {_most(clear)}" if clear else ""


def _accuracies(runs: Sequence[Entered], shift: str, doses: Sequence[float]) -> str:
    arms = {one.run.pairs[0][0] for one in runs if one.run.pairs}
    clear: list[Shown] = []
    for dose in doses if len(arms) == 1 else ():
        place, arm = Condition.of(shift, dose), min(arms)
        ends = _ends([(one, told.mean or 0.0) for one in runs if (told := reached(one, place, arm))])
        found = between.accuracies(*ends, place, arm) if ends else None
        clear += [(dose, *ends, found)] if ends and found and found.clear else []
    return f"{min(arms)} reaches different accuracies at {_most(clear)}" if clear else ""


def _most(clear: Sequence[Shown]) -> str:
    """At which severities, and where the difference is largest."""
    dose, top, bottom, most = max(clear, key=lambda item: item[3].difference)
    where = claims.listed([f"{item[0]:g}" for item in clear])
    return f"severity {where}; most at {dose:g}: {top.mark} above {bottom.mark} by {most.said}."
