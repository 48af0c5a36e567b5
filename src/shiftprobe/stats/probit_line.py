"""Accuracy against accuracy on normal quantiles: the straight line that many networks lie on, and who lies off it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.multiplicity import holm

Vector = NDArray[np.float64]

FEWEST_POINTS = 5  # that a line is fitted to
NOISE = 2.0  # times what test images alone spread them: closer together, accuracies tell no slope
FLAT = "the line is flat: its slope is not shown to be above 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyLine:
    """A least-squares line through accuracies as normal quantiles."""

    offset: float
    slope: float
    slope_low: float  # 95 % t interval
    slope_high: float
    spread: float  # residual standard deviation, in normal quantiles
    fit: float  # R squared
    n: int  # networks
    centre: float  # mean of the first accuracies, in normal quantiles
    squares: float  # around it
    ends: tuple[float, float]  # the first accuracies that it was fitted to, fractions
    images: tuple[int, int]  # test images behind a first and a second accuracy

    def value(self, first: float) -> float:
        """The second accuracy that a network with the first one has on the line, a fraction."""
        from scipy.special import ndtr

        return float(ndtr(self.offset + self.slope * self._place(first)))

    def band(self, first: float) -> tuple[float, float]:
        """Where 95 of 100 further networks of the same kind lie, fractions."""
        from scipy.special import ndtr, stdtrit

        half = float(stdtrit(self.n - 2, 0.975)) * self._error(first)
        middle = self.offset + self.slope * self._place(first)
        return float(ndtr(middle - half)), float(ndtr(middle + half))

    def off(self, first: float, second: float) -> "OffLine":
        """How far a network that the line was not fitted to lies off it."""
        from scipy.special import stdtr

        low, high = self.band(first)
        gap = (
            float(probit(np.array([second]), share_ends(self.images[1]))[0])
            - self.offset
            - self.slope * self._place(first)
        )
        return OffLine(
            first=first,
            second=second,
            effect=second - self.value(first),
            low=second - high,
            high=second - low,
            p=min(1.0, 2.0 * float(stdtr(self.n - 2, -abs(gap) / self._error(first)))),
            beyond=not self.ends[0] <= first <= self.ends[1],
        )

    def _place(self, first: float) -> float:
        return float(probit(np.array([first]), share_ends(self.images[0]))[0])

    def _error(self, first: float) -> float:
        away = (self._place(first) - self.centre) ** 2 / self.squares
        return max(self.spread * math.sqrt(1.0 + 1.0 / self.n + away), 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class OffLine:
    """Effective robustness of one network: its second accuracy minus what the line gives; fractions."""

    first: float
    second: float
    effect: float
    low: float  # 95 %, of a prediction: the scatter of single networks around the line is in it
    high: float
    p: float  # two-sided
    beyond: bool  # whether its first accuracy lies outside those that the line was fitted to
    p_holm: float | None = None  # over all networks that were judged

    @property
    def named(self) -> bool:
        """Whether it is shown to lie off the line, also after Holm."""
        return self.p_holm is not None and self.p_holm < 0.05 and not self.beyond  # noqa: PLR2004 - as everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLine:
    """Why nothing is said."""

    reason: str


def accuracy_line(
    first: Sequence[float], second: Sequence[float], images: tuple[int, int], *, sloped: bool = True
) -> AccuracyLine | NoLine:
    """The line through networks' accuracies on two sets of images, both as normal quantiles.

    Args:
        first: (k,) accuracies at home, or on the unshifted target; fractions.
        second: (k,) accuracies of the same networks on the target, or in a condition.
        images: how many test images each of a first and of a second accuracy is about.
        sloped: whether a line that is not shown to rise is none.

    Returns:
        The line; or the reason where networks are too few, too much alike, or the line is flat.

    Raises:
        InputError: when lengths differ or a value is no fraction.

    Reference: Taori et al., 2020, arXiv:2007.00644; Miller et al., 2021, arXiv:2107.04649 (probit axes).
    """
    ours, theirs = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if ours.shape != theirs.shape or not all(((one >= 0) & (one <= 1)).all() for one in (ours, theirs)):
        raise InputError(f"a line needs two fractions per network, got {ours.tolist()} and {theirs.tolist()}")
    n = len(ours)
    if n < FEWEST_POINTS:
        return NoLine(reason=f"a line needs {FEWEST_POINTS} networks, got {n}")
    x, y = probit(ours, share_ends(images[0])), probit(theirs, share_ends(images[1]))
    if x.std(ddof=1) < NOISE * _noise(x, ours, images[0]):
        return NoLine(reason="the networks' first accuracies differ by little more than their test images explain")
    offset, slope = least_squares(x, y)
    squares = float(np.square(x - x.mean()).sum())
    left = float(np.square(y - offset - slope * x).sum())
    spread = math.sqrt(left / (n - 2))
    reach = t_quantile(n - 2) * spread / math.sqrt(squares)
    if sloped and slope - reach <= 0:
        return NoLine(reason=FLAT)
    return AccuracyLine(
        offset=offset,
        slope=slope,
        slope_low=slope - reach,
        slope_high=slope + reach,
        spread=spread,
        fit=1.0 - left / float(np.square(y - y.mean()).sum()),
        n=n,
        centre=float(x.mean()),
        squares=squares,
        ends=(float(ours.min()), float(ours.max())),
        images=images,
    )


def each_off_the_others(
    first: Sequence[float], second: Sequence[float], images: tuple[int, int]
) -> tuple[OffLine, ...] | NoLine:
    """Every network held against the line through all others, with Holm over them all.

    One that lies far off flattens every line that it is part of; so there is a line where any of them is shown to rise.

    Raises:
        InputError: as `accuracy_line`.
    """
    found, rises = [], False
    for i, (ours, theirs) in enumerate(zip(first, second, strict=True)):
        x, y = ([*some[:i], *some[i + 1 :]] for some in (first, second))
        line = accuracy_line(x, y, images, sloped=False)
        if isinstance(line, NoLine):
            return line
        rises = rises or line.slope_low > 0
        found.append(line.off(ours, theirs))
    return corrected(found) if rises else NoLine(reason=FLAT)


def corrected(found: Sequence[OffLine]) -> tuple[OffLine, ...]:
    """The same with p values after Holm over all that were judged."""
    adjusted = holm([one.p for one in found]).tolist()
    return tuple(replace(one, p_holm=p) for one, p in zip(found, adjusted, strict=True))


def probit(share: Vector, ends: tuple[float, float]) -> Vector:
    """Fractions as normal quantiles, kept within two fractions: those of 0 and 1 are infinite."""
    from scipy.special import ndtri

    return np.asarray(ndtri(np.clip(share, *ends)))


def least_squares(x: Vector, y: Vector, lowest: float = -math.inf) -> tuple[float, float]:
    """Offset and slope of the line; the slope is 0 where nothing varies along x, and never under `lowest`."""
    spread = float(np.square(x - x.mean()).sum())
    slope = max(lowest, float(((x - x.mean()) * (y - y.mean())).sum()) / spread) if spread > 0 else 0.0
    return float(y.mean() - slope * x.mean()), slope


def share_ends(images: int) -> tuple[float, float]:
    """Fractions half an image from none and from all of so many."""
    return 0.5 / images, 1.0 - 0.5 / images


def _noise(x: Vector, share: Vector, images: int) -> float:
    """What the test images alone spread such accuracies by, in normal quantiles."""
    kept = np.clip(share, *share_ends(images))
    density = np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    return float(np.sqrt(np.mean(kept * (1.0 - kept) / images / np.square(density))))


def t_quantile(df: int) -> float:
    """Of a two-sided 95 % interval."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.975))
