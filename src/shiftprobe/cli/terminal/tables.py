"""Tables for the terminal: Table 1 of a comparison, or every dose of a sweep."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shiftprobe.cli.terminal.speech import say

if TYPE_CHECKING:
    from rich.table import Table

WIDTH, COLUMN = 76, 15  # characters a table needs without arms, and for each


def show(summary: Mapping[str, Any]) -> None:
    """Table 1 where nothing was shifted, otherwise a table of all doses per budget."""
    if not summary["shifts"]:
        _table_1(summary)
        return
    for budget in summary["budgets"]:
        say(f"\nTop-1 accuracy in %, mean (std) over seeds, {budget} labelled images per training:")
        table = _begun(summary, "condition")
        for shift, severity in _doses(summary):
            name = "unshifted" if severity == 0 else f"{shift} {severity:g}"
            table.add_row(name, *_line(summary, summary["arms"], (shift, severity, budget)))
        _print(table, len(summary["arms"]))


def _table_1(summary: Mapping[str, Any]) -> None:
    """A row per label budget, judged at the matched epoch and at each arm's best one."""
    n = len(summary["seeds"])
    say(f"\nTable 1. Top-1 accuracy in %, mean (std), {n} seed{'s' if n > 1 else ''} per arm:")
    table = _begun(summary, "labels")
    for judged, epoch in ((summary, "last epoch"), (summary["best"], "best epoch")):
        for budget in summary["budgets"] if judged else ():
            name = f"{budget:,}, {epoch}" if summary["best"] else f"{budget:,}"
            table.add_row(name, *_line(judged, summary["arms"], ("identity", 0.0, budget)))
    _print(table, len(summary["arms"]))


def _begun(summary: Mapping[str, Any], first: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for arm in summary["arms"]:
        table.add_column(arm, justify="right")
    if summary["contrasts"]:
        table.add_column("transfer - scratch", justify="right")
        table.add_column("95 % interval", justify="right")
        table.add_column("verdict (uncorrected)")
    return table


def _line(judged: Mapping[str, Any], arms: Sequence[str], place: tuple[str, float, int]) -> list[str]:
    """Every arm at one dose and budget, and how the two arms differ; an untrained arm has no budget."""
    shift, severity, budget = place
    points = {(p["arm"], p["budget"]): p for p in judged["points"] if (p["shift"], p["severity"]) == (shift, severity)}
    contrasts = {(c["shift"], c["severity"], c["budget"]): c for c in judged["contrasts"]}
    cells = [percent(points.get((arm, budget)) or points.get((arm, None))) for arm in arms]
    return [*cells, *_contrast(contrasts.get(place))]


def _print(table: "Table", arms: int) -> None:
    from rich.console import Console

    Console(file=sys.stdout, highlight=False, width=WIDTH + COLUMN * arms).print(table)


def percent(point: Mapping[str, Any] | None) -> str:
    """'68.6 (1.0)'; a dash for the spread of one run, n/a for no value."""
    if point is None or point["mean"] is None:
        return "n/a"
    if point["n"] == 1:
        return f"{100 * point['mean']:.1f} (–)"  # noqa: RUF001 - a dash, as tables print it
    return f"{100 * point['mean']:.1f} ({100 * point['std']:.1f})"


def _doses(summary: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    yield ("identity", 0.0)
    for shift in summary["shifts"]:
        yield from ((shift, severity) for severity in summary["severities"] if severity > 0)


def _contrast(one: Mapping[str, Any] | None) -> tuple[str, ...]:
    if one is None:
        return ()
    if one["difference"] is None:
        return ("n/a", "n/a", one["reason"])
    interval = "n/a" if one["low"] is None else f"{100 * one['low']:z.1f} to {100 * one['high']:z.1f}"
    return (f"{100 * one['difference']:+z.1f}", interval, one["verdict"])
