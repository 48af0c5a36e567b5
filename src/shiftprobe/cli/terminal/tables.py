"""Tables for the terminal: Table 1 of a comparison, or every dose of a sweep."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shiftprobe.cli.terminal.speech import say
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.core.words import in_percent, in_points, mean_std
from shiftprobe.metrics.scores import NAMES, SCORES, ScoreName
from shiftprobe.results.model import ArmPoint, Best, Contrast, Summary

if TYPE_CHECKING:
    from rich.table import Table

WIDTH, COLUMN = 76, 15  # characters a table needs without arms, and for each


def show(summary: Summary) -> None:
    """Table 1 where nothing was shifted, otherwise a table of all doses per budget."""
    if not summary.shifts:
        _table_1(summary)
        return
    for budget in summary.budgets:
        say(f"\n{_named(summary.metric)}, mean (std) over seeds, {budget} labelled images per training:")
        table = _begun(summary, "condition")
        for place in _conditions(summary):
            name = "unshifted" if place.severity == 0 else f"{place.shift} {place.severity:g}"
            table.add_row(name, *_line(summary, summary.arms, place, budget))
        _print(table, len(summary.arms))
    _other_scores(summary)


def _named(score: ScoreName) -> str:
    return f"{SCORES[score].heading} in {SCORES[score].short_unit}"


def _other_scores(summary: Summary) -> None:
    """Every arm in the scores that are not judged, where the run asked for another than accuracy."""
    budget = max(summary.budgets, default=None)
    here = {(p.score, p.arm): p for p in summary.scores if p.severity == 0 and p.budget in {None, budget}}
    names = [name for name in NAMES if any(score == name for score, _ in here)]
    if summary.metric == "top1" or not names:
        return
    from rich.table import Table

    say(f"\nOther scores on the unshifted target, mean (std), {budget} labelled images per training:")
    table = Table(box=None, pad_edge=False)
    table.add_column("score")
    for arm in summary.arms:
        table.add_column(arm, justify="right")
    for name in names:
        table.add_row(_named(name), *(percent(here.get((name, arm))) for arm in summary.arms))
    _print(table, len(summary.arms))


def _table_1(summary: Summary) -> None:
    """A row per label budget, judged at the matched epoch and at each arm's best one."""
    n = len(summary.seeds)
    say(f"\nTable 1. {_named(summary.metric)}, mean (std), {n} seed{'s' if n > 1 else ''} per arm:")
    table = _begun(summary, "labels")
    judged: list[tuple[Summary | Best, str]] = [(summary, ", last epoch" if summary.best else "")]
    judged += [(summary.best, ", best epoch")] if summary.best else []
    for one, epoch in judged:
        for budget in summary.budgets:
            table.add_row(f"{budget:,}{epoch}", *_line(one, summary.arms, UNSHIFTED, budget))
    _print(table, len(summary.arms))
    _other_scores(summary)


def _begun(summary: Summary, first: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for arm in summary.arms:
        table.add_column(arm, justify="right")
    if any((one.a, one.b) == summary.verdict.pair for one in summary.contrasts):
        table.add_column(" - ".join(summary.verdict.pair), justify="right")
        table.add_column("95 % interval", justify="right")
        table.add_column("verdict (uncorrected)")
    return table


def _line(judged: Summary | Best, arms: Sequence[str], place: Condition, budget: int) -> list[str]:
    """Every arm in one condition at one budget, and how the two arms differ; an untrained arm has no budget."""
    points = {(p.arm, p.budget): p for p in judged.points if p.condition == place}
    first = judged.verdict.pair if judged.verdict else None
    contrasts = (c for c in judged.contrasts if (c.a, c.b) == first and (c.condition, c.budget) == (place, budget))
    cells = [percent(points.get((arm, budget)) or points.get((arm, None))) for arm in arms]
    return [*cells, *_contrast(next(contrasts, None))]


def _print(table: "Table", arms: int) -> None:
    from rich.console import Console

    Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=WIDTH + COLUMN * arms).print(table)


def percent(point: ArmPoint | None) -> str:
    """'68.6 (1.0)'; a dash for the spread of one run, n/a for no value."""
    return mean_std(point.mean, point.std) if point else "n/a"


def _conditions(summary: Summary) -> Iterator[Condition]:
    yield UNSHIFTED
    for shift in summary.shifts:
        yield from (Condition(shift, severity) for severity in summary.severities if severity > 0)


def _contrast(one: Contrast | None) -> tuple[str, ...]:
    if one is None:
        return ()
    if one.difference is None:
        return ("n/a", "n/a", one.reason)
    interval = "n/a" if one.low is None or one.high is None else f"{in_percent(one.low)} to {in_percent(one.high)}"
    return (in_points(one.difference), interval, one.verdict)
