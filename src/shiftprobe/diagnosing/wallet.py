"""What trains arms with changes, and the trainings that may be spent on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shiftprobe.diagnosing.case import Right


class Trainer(Protocol):
    """Trains arms with changes."""

    def __call__(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Right]:
        """Arms and seeds in, by arm and seed which test images are right; what failed is not there."""
        ...

    def price(self, arm: str) -> float:
        """Trainings that one seed of an arm costs."""
        ...

    def unavailable(self, arm: str) -> str:
        """Why an arm cannot be trained here; empty when it can."""
        ...


SCREENING = 2 / 3  # of the budget


@dataclass(slots=True, kw_only=True)
class Wallet:
    """Trainings that may be spent."""

    trainings: float | None  # None: as many as it takes
    spent: float = 0.0
    screened: float = 0.0

    def covers(self, price: float, *, screening: bool) -> bool:
        """Whether the budget holds it; screening may take two thirds of it, so that something is left to confirm."""
        if self.trainings is None:
            return True
        if screening and self.screened + price > SCREENING * self.trainings:
            return False
        return self.spent + price <= self.trainings

    def pay(self, price: float, *, screening: bool) -> None:
        """Take it out."""
        self.spent += price
        self.screened += price if screening else 0.0
