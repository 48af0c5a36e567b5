"""What a person sees at the terminal: findings on stdout, progress and messages on stderr."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from shiftprobe.bill import Bill
    from shiftprobe.stats import Comparison

WIDTH, COLUMN = 76, 15  # characters a table needs without arms, and for each
LONG = 10.0  # s; a run that takes longer is announced


def say(text: str) -> None:
    """A finding, to stdout."""
    sys.stdout.write(f"{text}\n")


def tell(text: str) -> None:
    """A message, to stderr."""
    sys.stderr.write(f"{text}\n")


class Bar:
    """A bar per stage with the time left; shows nothing when stderr is not a terminal."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._stage: TaskID | None = None

    def begin(self, what: str, total: int) -> None:
        """A stage begins; the one before is done."""
        self._stage = self._progress.add_task(what, total=total)

    def step(self) -> None:
        """One step of the stage is done."""
        if self._stage is not None:
            self._progress.advance(self._stage)


@contextmanager
def bars() -> "Iterator[Bar]":
    """Bars on stderr for as long as the block runs."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:>14}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield Bar(progress)


def duration(seconds: float) -> str:
    """'40 s', '3 min', '2.5 h'."""
    if seconds < 90:  # noqa: PLR2004 - where a person stops to think in seconds
        return f"{max(1, round(seconds))} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"  # noqa: PLR2004


def estimate(bill: "Bill", workers: int, device: str) -> str:
    """The bill in one line."""
    done = f", {bill.cells - bill.todo} done before" if bill.todo < bill.cells else ""
    processes = f"{workers} process{'es' if workers > 1 else ''}"
    return (
        f"{bill.todo} of {bill.cells} cells to do{done}: {bill.trainings} trainings, about {duration(bill.seconds)} "
        f"with {processes} on {device}, {bill.megabytes:.0f} MB of weights kept"
    )


def percent(point: Mapping[str, Any] | None) -> str:
    """'68.6 (1.0)'; a dash for the spread of one run, n/a for no value."""
    if point is None or point["mean"] is None:
        return "n/a"
    if point["n"] == 1:
        return f"{100 * point['mean']:.1f} (–)"  # noqa: RUF001 - a dash, as tables print it
    return f"{100 * point['mean']:.1f} ({100 * point['std']:.1f})"


def findings(summary: Mapping[str, Any]) -> None:
    """The verdict, and a table of every dose."""
    verdict = summary["verdict"]
    say(f"\nVerdict: {verdict['word'].upper()}. {verdict['sentence']}")
    if verdict["detail"]:
        say(verdict["detail"])
    for budget in summary["budgets"]:
        say(f"\nTop-1 accuracy in %, mean (std) over seeds, {budget} labelled images per training:")
        _table(summary, budget)
    skipped(summary["skipped_arms"])
    _at_chance(summary)


def skipped(arms: Mapping[str, str]) -> None:
    """The arms that do not apply here, each with the reason."""
    for arm, reason in arms.items():
        say(f"Skipped arm {arm}: {reason}.")


def _at_chance(summary: Mapping[str, Any]) -> None:
    """A checkpoint that knows nothing makes every comparison with it void."""
    home, source = summary["source_accuracy"], summary["data"].get("source")
    if home and source and home["low"] <= 1 / len(source["classes"]):
        say(
            f"Warning: the source checkpoint itself is at chance, {100 * home['value']:.1f} % on its own test images; "
            "train it longer (train.epochs) before you read the comparison."
        )


def comparison(result: "Comparison") -> None:
    """The numbers behind a verdict, a line each; what does not exist is left out."""
    points = {"difference": (result.difference,), "95 % interval": result.interval, "90 % interval": result.interval_90}
    for name, ends in points.items():
        if ends is not None:
            say(f"  {name:<22}{' to '.join(f'{100 * end:+.2f}' for end in ends)} points")
    if result.margin_certified is not None and result.p_equivalence is not None:
        say(f"  {'margin certified':<22}±{100 * result.margin_certified:.2f} points")
        say(f"  {'p of equivalence':<22}{result.p_equivalence:.3g} (TOST, margin ±{100 * result.margin:g})")
    if result.seeds_needed is not None and result.verdict == "inconclusive":
        low, high = result.seeds_needed
        seeds = f"{low}" if low == high else f"{low} to {high}"
        say(f"  {'seeds needed':<22}{seeds} paired, for power .80 at no true difference")


def _table(summary: Mapping[str, Any], budget: int) -> None:
    from rich.console import Console
    from rich.table import Table

    points = {(p["shift"], p["severity"], p["budget"], p["arm"]): p for p in summary["points"]}
    contrasts = {(c["shift"], c["severity"]): c for c in summary["contrasts"] if c["budget"] == budget}
    table = Table(box=None, pad_edge=False)
    table.add_column("condition")
    for arm in summary["arms"]:
        table.add_column(arm, justify="right")
    if contrasts:
        table.add_column("transfer - scratch", justify="right")
        table.add_column("95 % interval", justify="right")
        table.add_column("verdict (uncorrected)")
    for shift, severity in _doses(summary):
        cells = [
            points.get((shift, severity, b, arm)) for arm in summary["arms"] for b in _budgets(points, arm, budget)
        ]
        name = "unshifted" if severity == 0 else f"{shift} {severity:g}"
        table.add_row(name, *map(percent, cells), *_contrast(contrasts.get((shift, severity)) if contrasts else None))
    Console(file=sys.stdout, highlight=False, width=WIDTH + COLUMN * len(summary["arms"])).print(table)


def _budgets(points: Mapping[Any, Any], arm: str, budget: int) -> Sequence[int | None]:
    """An arm that trains on nothing has no budget."""
    return [budget] if any(key[2] == budget and key[3] == arm for key in points) else [None]


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
