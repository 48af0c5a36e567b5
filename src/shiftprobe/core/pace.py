"""How fast work goes, and how long it still takes."""

from typing import NamedTuple


class Pace(NamedTuple):
    """How many steps took how long."""

    steps: int
    seconds: float

    @property
    def per_minute(self) -> float:
        """Steps a minute."""
        return 60 * self.steps / self.seconds

    def left(self, steps: int) -> float:
        """How many seconds so many more steps take at this pace."""
        return self.seconds / self.steps * steps
