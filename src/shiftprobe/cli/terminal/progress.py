"""The estimate before a long run and the bar during it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from shiftprobe.engine.cost import Cost

ANNOUNCED_SECONDS = 10.0  # s; a run that takes longer is announced


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


def estimate(cost: "Cost", workers: int, device: str) -> str:
    """The estimate in one line."""
    done = f", {cost.cells - cost.todo} done before" if cost.todo < cost.cells else ""
    processes = f"{workers} process{'es' if workers > 1 else ''}"
    return (
        f"{cost.todo} of {cost.cells} cells to do{done}: {cost.trainings} trainings, about {duration(cost.seconds)} "
        f"with {processes} on {device}, {cost.megabytes:.0f} MB of weights kept"
    )
