"""The summary of a run that is not finished: the same numbers, each conclusion worded and marked as not final."""

from dataclasses import replace

from shiftprobe.results.decision import Decision
from shiftprobe.results.marks import Mark, ordered
from shiftprobe.results.model import Best, Summary, Verdict
from shiftprobe.results.unfinished import Unfinished

TOLD_BY_IT = "incomplete"  # what is missing is told once


def so_far(summary: Summary, how_far: Unfinished | None) -> Summary:
    """A summary of whole cells alone, marked; untouched where the run is finished.

    Args:
        summary: of the cells that are whole.
        how_far: how many they are; None where the run is finished.
    """
    if how_far is None:
        return summary
    return replace(
        summary,
        unfinished=how_far,
        marks=_marked(summary.marks, how_far),
        verdict=_verdict(summary.verdict, how_far),
        verdicts=tuple(_verdict(one, how_far) for one in summary.verdicts),
        decision=_decision(summary.decision, how_far),
        best=_best(summary.best, how_far),
    )


def _marked(marks: tuple[Mark, ...], how_far: Unfinished) -> tuple[Mark, ...]:
    return ordered((how_far.mark, *(one for one in marks if one.kind != TOLD_BY_IT)))


def _verdict(verdict: Verdict, how_far: Unfinished) -> Verdict:
    return replace(verdict, sentence=how_far.so_far(verdict.sentence), marks=_marked(verdict.marks, how_far))


def _decision(decision: Decision | None, how_far: Unfinished) -> Decision | None:
    return decision and replace(decision, sentence=how_far.so_far(decision.sentence))


def _best(best: Best | None, how_far: Unfinished) -> Best | None:
    return best and replace(
        best,
        verdict=_verdict(best.verdict, how_far),
        verdicts=tuple(_verdict(one, how_far) for one in best.verdicts),
        decision=_decision(best.decision, how_far),
    )
