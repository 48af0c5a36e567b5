"""What two arms' seeds allow one to say, and how it is said."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from shiftprobe.stats.power import seeds_to_show

Verdict: TypeAlias = Literal["better", "worse", "equivalent", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Arm a against arm b; differences are a - b, as fractions. What does not exist is None."""

    difference: float
    interval: tuple[float, float] | None  # 95 % t interval of the difference
    sd: float | None  # of the paired differences; of a - b for two independent arms
    n: int  # seeds per arm, the fewer of the two when they are not paired
    df: float | None  # degrees of freedom
    p: float | None  # two-sided t test of no difference
    p_equivalence: float | None  # TOST at this margin
    margin: float  # the largest difference that counts as equal, fixed before the run
    margin_certified: float | None  # the smallest margin for which TOST at 5 % passes
    verdict: Verdict
    seeds_needed: (
        tuple[int, int] | None
    )  # total, if truly equal: for an even chance, for about 90 %; None: out of reach
    reason: str = ""  # why the verdict is inconclusive
    paired: bool = True

    @property
    def interval_90(self) -> tuple[float, float] | None:
        """The 90 % t interval, which TOST at 5 % holds against the margin."""
        if self.margin_certified is None:
            return None
        half = self.margin_certified - abs(self.difference)
        return self.difference - half, self.difference + half

    def sentence(self, a_name: str, b_name: str) -> str:
        """The verdict in one sentence, differences in points (hundredths)."""
        if self.interval is None or self.interval_90 is None:
            return f"cannot tell {a_name} from {b_name}: {self.reason}"
        if self.verdict == "inconclusive":
            return self._unsettled(a_name, b_name)
        if self.verdict == "equivalent":
            return (
                f"{a_name} and {b_name} are equivalent within ±{amount(self.margin)} "
                f"(difference {in_points(self.difference, self.interval)}, "
                f"90 % interval {in_range(self.interval_90)}, {self._seeds()})"
            )
        low, high = self.interval if self.verdict == "better" else (-self.interval[1], -self.interval[0])
        gap = in_points(abs(self.difference), self.interval)
        return (
            f"{a_name} is {self.verdict} than {b_name} by {gap} points "
            f"(95 % interval {in_range((low, high))}, {self._seeds()})"
        )

    def _unsettled(self, a_name: str, b_name: str) -> str:
        interval, certified = self.interval, self.margin_certified
        if interval is None or certified is None:
            return f"cannot tell {a_name} from {b_name}: {self.reason}"
        return (
            f"cannot tell {a_name} from {b_name} (difference {in_points(self.difference, interval)} points, "
            f"95 % interval {in_range(interval)}, {self._seeds()}): {self._plan(interval, certified)}"
        )

    def _plan(self, interval: tuple[float, float], certified: float) -> str:
        """How many seeds would settle it: for equivalence where that is in reach, else for the difference seen."""
        if self.seeds_needed is not None:
            even, sure = (max(count, self.n + 1) for count in self.seeds_needed)
            evenly = f" ({even:,} with about an even one)" if even < sure else ""
            return (
                f"these {self.n} seeds certify only ±{amount(certified)}; if the two are truly equal, about {sure:,} "
                f"seeds show it with a 90 % chance{evenly}"
            )
        if not self.sd or (needed := seeds_to_show(self.difference, self.sd)) is None:
            return "its spread is too large for more seeds alone to settle it"
        return (
            f"if the difference is truly {in_points(self.difference, interval)} points and the spread as it is here, "
            f"{max(needed, self.n + 1):,} seeds show it with a 90 % chance"
        )

    def _seeds(self) -> str:
        return f"n = {self.n} seeds" if self.paired else f"n = {self.n} seeds per arm, unpaired"


def amount(fraction: float) -> str:
    """'1 point', '2.04 points'."""
    number = f"{100 * fraction:.3g}"
    return f"{number} point" if number == "1" else f"{number} points"


def in_points(fraction: float, interval: tuple[float, float]) -> str:
    """A fraction in points, with one decimal, or more when its interval is narrower than that."""
    half = 50 * (interval[1] - interval[0])
    decimals = max(1, -math.floor(math.log10(half)))
    return f"{100 * fraction:z.{decimals}f}"


def in_range(interval: tuple[float, float]) -> str:
    """'-0.4 to 2.1': both ends in points, as `in_points` writes them."""
    return " to ".join(in_points(end, interval) for end in interval)
