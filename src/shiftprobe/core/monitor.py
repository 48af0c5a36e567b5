"""Who is told how the work goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Monitor(Protocol):
    """Who is told how the work goes."""

    def begin(self, what: str, total: int) -> None:
        """A stage of so many steps begins."""
        ...

    def step(self) -> None:
        """One step of it is done."""
        ...


class Silent:
    """A monitor that says nothing."""

    def begin(self, what: str, total: int) -> None:
        """Nothing to say."""

    def step(self) -> None:
        """Nothing to say."""


_TOLD: ContextVar[Monitor] = ContextVar("told")
_SOON = 1.0  # seconds before anybody is told


@contextmanager
def telling(monitor: Monitor) -> Iterator[None]:
    """Within, work that has no monitor of its own, such as reading pictures, tells this one where it takes a while."""
    token = _TOLD.set(monitor)
    try:
        yield
    finally:
        _TOLD.reset(token)


class Unannounced:
    """Work that is usually done in a moment: whoever listens (`telling`) hears of what is left after a second of it.

    Args:
        what: the work, as a monitor is told.
        total: its steps.
    """

    def __init__(self, what: str, total: int) -> None:
        self._monitor = _TOLD.get(Silent())
        self._what, self._left = what, total
        self._soon, self._told = time.monotonic() + _SOON, False

    def step(self) -> None:
        """One step of it is done."""
        self._left -= 1
        if self._told:
            self._monitor.step()
        elif self._left and time.monotonic() > self._soon:
            self._told = True
            self._monitor.begin(self._what, self._left)
