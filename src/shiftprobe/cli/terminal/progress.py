"""The estimate before a long run, and during it a bar, or lines where nobody watches."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from shiftprobe.cli.terminal.speech import tell
from shiftprobe.core.monitor import telling
from shiftprobe.core.pace import Pace
from shiftprobe.core.words import in_units

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from shiftprobe.engine.cost import Cost

TENTHS = 10  # lines of a stage, at most
QUIET_SECONDS = 2.0  # s after a line in which a stage that goes on is not told again
ANNOUNCED_SECONDS = 10.0  # s; a run that takes longer is announced


class Bar:
    """A bar per stage with the time left."""

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


class Lines:
    """A line on stderr for every tenth of a stage, for logs and files."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._what, self._total, self._done, self._began, self._told = "", 0, 0, 0.0, 0.0

    def begin(self, what: str, total: int) -> None:
        """A stage begins."""
        self._what, self._total, self._done = what, total, 0
        self._began = self._told = self._clock()

    def step(self) -> None:
        """One step of the stage is done; it is told where a tenth is full."""
        before, self._done = self._done, self._done + 1
        if self._done > self._total or TENTHS * before // self._total == TENTHS * self._done // self._total:
            return
        now = self._clock()
        if self._done < self._total and now - self._told < QUIET_SECONDS:
            return
        passed, self._told = now - self._began, now
        left = Pace(self._done, passed).left(self._total - self._done)
        ahead = f", about {duration(left)} left" if self._done < self._total else ""
        tell(f"{self._what}: {self._done:,} of {self._total:,} done in {duration(passed)}{ahead}")


@contextmanager
def bars() -> "Iterator[Bar | Lines]":
    """Bars on stderr for as long as the block runs; lines where it is redirected."""
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
    if not console.is_terminal:
        lines = Lines()
        with telling(lines):
            yield lines
        return
    columns = (
        TextColumn("{task.description:>14}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress, telling(bar := Bar(progress)):
        yield bar


class Passing:
    """Bars for one stage at a time, which are there while it lasts: before and after there may be others."""

    def __init__(self) -> None:
        self._left = 0
        self._shown = ExitStack()
        self._monitor: Bar | Lines | None = None

    def begin(self, what: str, total: int) -> None:
        """A stage begins."""
        self.end()
        self._left, self._monitor = total, self._shown.enter_context(bars())
        self._monitor.begin(what, total)

    def step(self) -> None:
        """One step of the stage is done; the last one ends it."""
        if self._monitor is not None:
            self._monitor.step()
        self._left -= 1
        if self._left <= 0:
            self.end()

    def end(self) -> None:
        """Nothing is shown any more."""
        self._monitor = None
        self._shown.close()


@contextmanager
def reading() -> Iterator[None]:
    """A bar for the reading of pictures, wherever a command does that, where it takes more than a moment."""
    with telling(passing := Passing()):
        try:
            yield
        finally:
            passing.end()


def duration(seconds: float) -> str:
    """'40 s', '3 min', '2.5 h'."""
    if seconds < 90:  # noqa: PLR2004 - where a person stops to think in seconds
        return f"{max(1, round(seconds))} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"  # noqa: PLR2004


def estimate(cost: "Cost", workers: int, device: str) -> str:
    """The estimate in one line."""
    done = f", {cost.cells - cost.todo} done before" if cost.todo < cost.cells else ""
    trials = f" and {cost.trials} trials" if cost.trials else ""
    processes = f"{workers} process{'es' if workers > 1 else ''}"
    return (
        f"{cost.todo} of {cost.cells} cells to do{done}: {cost.trainings} trainings{trials}, about "
        f"{duration(cost.seconds)} with {processes} on {device}, {in_units(cost.disk.weights)} of weights kept, "
        f"{in_units(cost.disk.images)} of images on disk while it runs"
    )
