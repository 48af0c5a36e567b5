"""How much nearer to the checkpoint transfer ends than scratch, seed by seed, tap by tap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shiftprobe.core.types import Condition
from shiftprobe.metrics import mean_interval
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.measures import CKA

LEVEL = 0.95
TINY = 1e-12  # a spread below it is that of rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class TapGap:
    """CKA of transfer with the checkpoint less that of scratch, a mean over seeds that have both."""

    mean: float
    low: float | None  # t interval over seeds, for all taps at once (Bonferroni); None for one seed or equal gaps
    high: float | None
    n: int
    taps: int

    @property
    def said(self) -> str:
        """'a difference of +0.40 (95 % interval +0.31 to +0.49 for 6 taps, n = 3 seeds)'."""
        n = f"n = {wording.counted(self.n, 'seed')}"
        ends = (
            "no interval"
            if self.low is None or self.high is None
            else f"95 % interval {self.low:+.2f} to {self.high:+.2f} for {wording.counted(self.taps, 'tap')}"
        )
        return f"a difference of {self.mean:+.2f} ({ends}, {n})".replace("-", wording.MINUS)


def paired_taps(run: ReadRun, taps: Sequence[str], place: Condition) -> Mapping[str, TapGap]:
    """By tap; those at which no seed has both are left out.

    Args:
        run: with its rows.
        taps: those that are looked at together.
        place: what the images met.
    """
    budget = max(run.summary.budgets, default=None)
    values: dict[tuple[str, str, int], float] = {
        (row.tap, row.arm, row.seed): row.value
        for row in run.rows
        if (row.probe, row.metric, row.versus) == ("cka", CKA, "source")
        and row.condition == place
        and row.budget == budget
        and row.seed is not None
        and row.value is not None
    }
    seeds = sorted({seed for _, _, seed in values})
    gaps = {
        tap: [
            values[tap, "transfer", seed] - values[tap, "scratch", seed]
            for seed in seeds
            if (tap, "transfer", seed) in values and (tap, "scratch", seed) in values
        ]
        for tap in taps
    }
    known = {tap: found for tap, found in gaps.items() if found}
    return {tap: _gap(found, len(known)) for tap, found in known.items()}


def _gap(found: Sequence[float], taps: int) -> TapGap:
    mean, low, high = mean_interval(found, 1.0 - (1.0 - LEVEL) / taps)
    if max(found) - min(found) < TINY:
        low = high = None
    return TapGap(mean=mean, low=low, high=high, n=len(found), taps=taps)
