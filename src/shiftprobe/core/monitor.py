"""Who is told how the work goes."""

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
