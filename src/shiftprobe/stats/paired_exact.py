"""Exact tests of the difference of two accuracies on the same images against a bound other than 0."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

SHARES_OF_FLIPS = 40  # of the unknown share of flips at which the tail is looked at
MANY_FLIPS = 48  # further points, towards all images flipped
FLIPS = 400.0  # expected flips beyond the least possible up to which the first points stand
REACH = 9.0  # standard deviations: what lies beyond weighs under 1e-15
SCORE_HALVINGS = 24  # halvings in search of a critical score
PER_ERROR = 16  # bounds per standard error at which a gate is asked
PARTS = 16  # of the step between two such bounds in which the last one is looked at
HALVINGS = 6  # in search of the highest tooth between two bounds
TEETH = 5.0  # the most by which an exact tail exceeds the normal one where it matters


class Region(NamedTuple):
    """For each count of images that only b gets right, the fewest only a must get right to reach a score."""

    b_only: Counts  # (Y,) increasing by one
    fewest: Counts  # (Y,) more than there are images where no count reaches it


def score(a_only: ArrayLike, b_only: ArrayLike, n: int, bound: float) -> Floats:
    """How far the observed difference lies above the bound, in standard deviations under the bound (Tango).

    Args:
        a_only: counts of images only a gets right.
        b_only: counts of images only b gets right.
        n: images.
        bound: of the true difference a - b, strictly between -1 and 1.

    Returns:
        Scores, about standard normal where the true difference is the bound.

    Reference: Tango, 1998, Statistics in Medicine 17(8).
    """
    x, y = np.asarray(a_only, dtype=np.float64), np.asarray(b_only, dtype=np.float64)
    b = (2 * n - x + y) * bound - x - y
    share = (np.sqrt(np.maximum(b * b + 8 * n * y * bound * (1 - bound), 0.0)) - b) / (4 * n)
    variance = n * np.maximum(2 * share + bound * (1 - bound), 0.0)
    gap = x - y - n * bound
    return np.asarray(np.divide(gap, np.sqrt(variance), out=np.zeros_like(gap + variance), where=variance > 0.0))


def tail(least: float, n: int, bound: float) -> float:
    """Chance of a score at least this high where the true difference is the bound, at its largest.

    Exact binomial sums over the shares of flips at which chance is coarse; the normal tail stands for the rest.

    Args:
        least: the score observed.
        n: images.
        bound: of the true difference a - b, strictly between -1 and 1.

    Returns:
        P value in [0, 1] against "the true difference is at most the bound".

    Reference: Hsueh, Liu and Chen, 2001, Biometrics 57(2).
    """
    from scipy.special import ndtr

    shares = _flips(n, bound)
    pairs = np.stack([(shares + bound) / 2.0, (shares - bound) / 2.0], axis=1)
    found = region(least, n, bound, span(n, pairs[:, 1]))
    return min(1.0, float(max(ndtr(-least), reached(found, n, pairs[:, 0], pairs[:, 1]).max())))


def region(least: float, n: int, bound: float, b_only: Counts) -> Region:
    """All outcomes with at least this score: it grows with a_only, so one count per row says all."""
    low, high = np.full(len(b_only), -1), n - b_only + 1
    while (high - low > 1).any():
        middle = (low + high) // 2
        good = score(np.maximum(middle, 0), b_only, n, bound) >= least - 1e-9
        open_rows = high - low > 1
        high = np.where(good & open_rows, middle, high)
        low = np.where(~good & open_rows, middle, low)
    return Region(b_only, np.where(high > n - b_only, n + 1, high))


def reached(found: Region, n: int, a_share: ArrayLike, b_share: ArrayLike) -> Floats:
    """Chances (P,) that n images end in the region, given the true shares that only a and only b get right.

    Args:
        found: the region of n images.
        n: images.
        a_share: (P,) shares that only a gets right.
        b_share: (P,) shares that only b gets right.
    """
    from scipy.special import betainc, gammaln, xlog1py, xlogy

    a, b = np.asarray(a_share, np.float64), np.asarray(b_share, np.float64)
    first = np.searchsorted(found.b_only, np.maximum(0, (n * b - _width(n, b)).astype(np.int64)))
    last = np.searchsorted(found.b_only, np.minimum(n, (n * b + _width(n, b)).astype(np.int64) + 1) + 1)
    sizes = np.maximum(last - first, 0)
    pair = np.repeat(np.arange(len(b)), sizes)
    places = np.arange(len(pair)) + np.repeat(first - np.cumsum(sizes) + sizes, sizes)
    y, fewest = found.b_only[places], found.fewest[places]
    log = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1) + xlogy(y, b[pair]) + xlog1py(n - y, -b[pair])
    rest, none_left = n - y, b >= 1.0
    p = np.where(none_left, 0.0, np.minimum(1.0, a / np.where(none_left, 1.0, 1.0 - b)))
    k = np.clip(fewest, 1, np.maximum(rest, 1))
    chance = betainc(k, np.maximum(rest - k, 0) + 1.0, p[pair])
    inside = np.exp(log) * np.where(fewest <= 0, 1.0, np.where(fewest > rest, 0.0, chance))
    return np.asarray(np.bincount(pair, weights=inside, minlength=len(b)), np.float64)


@lru_cache(maxsize=256)
def critical(n: int, bound: float, level: float) -> float:
    """The lowest score that proves, at this level, that the true difference exceeds the bound."""
    low, high = 0.0, 40.0
    for _ in range(SCORE_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if tail(middle, n, bound) <= level else (middle, high)
    return high


class Saw:
    """The tails of one outcome along its bounds, and the largest of all smaller bounds.

    The tail at one bound alone is a saw: outcomes leave and join those that count as extreme, so that a larger loss can
    look better proven than a smaller one. Against "the true difference is at most the bound" the largest tail of all
    smaller bounds counts, its upper envelope. It is taken on a lattice of bounds that the outcome sets and the margin
    does not, with the highest tooth between two of them.

    Args:
        a_only: images only a gets right.
        b_only: images only b gets right.
        n: images.
    """

    def __init__(self, a_only: int, b_only: int, n: int) -> None:
        self._counts = (a_only, b_only, n)
        self.width = float(np.sqrt(a_only + b_only + 1.0) / n / PER_ERROR)
        self._known: dict[float, float] = {}

    def score(self, place: float) -> float:
        """How far the outcome lies above the bound at a place of the lattice."""
        return float(score(*self._counts, self._bound(place)))

    def top(self, place: int) -> float:
        """The largest tail after the place before and up to this one."""
        low, high = float(place - 1), float(place)
        if self._tail(high) >= self._tail(low):
            return self._tail(high)
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            low, high = (middle, high) if self._tail(middle) >= self._tail(low) else (low, middle)
        return self._tail(low)

    def within(self, place: int, parts: int) -> float:
        """The largest tail at the first so many parts of the step after a place; 0 for none."""
        return max((self._tail(place + part / PARTS) for part in range(1, parts + 1)), default=0.0)

    def _bound(self, place: float) -> float:
        return float(min(max(place * self.width, -1.0 + 1e-9), 1.0 - 1e-9))

    def _tail(self, place: float) -> float:
        if place not in self._known:
            self._known[place] = tail(self.score(place), self._counts[2], self._bound(place))
        return self._known[place]


@lru_cache(maxsize=64)
def _saw(a_only: int, b_only: int, n: int) -> Saw:
    """What one outcome's gate asks again and again."""
    return Saw(a_only, b_only, n)


def proof(a_only: int, b_only: int, n: int, bound: float) -> float:
    """P value against "the true difference a - b is at most the bound", which never falls as the bound grows.

    The bound is rounded up to 1 / 256 of a standard error.

    Args:
        a_only: images only a gets right.
        b_only: images only b gets right.
        n: images.
        bound: of the true difference, strictly between -1 and 1.

    Returns:
        P value in [0, 1].
    """
    saw = _saw(a_only, b_only, n)
    place, parts = divmod(math.ceil(bound / saw.width * PARTS - 1e-9), PARTS)
    largest = saw.within(place, parts)
    while largest < 1.0 and place * saw.width > -1.0 and not (largest and _negligible(saw.score(place), largest)):
        largest, place = max(largest, saw.top(place)), place - 1
    return largest


def lower_end(a_only: int, b_only: int, n: int, level: float) -> float:
    """Largest bound of the lattice that the true difference a - b is proven to exceed; -1 where none is.

    Args:
        a_only: images only a gets right.
        b_only: images only b gets right.
        n: images.
        level: of the one-sided test.

    Returns:
        In [-1, 1), at most the observed difference.
    """
    saw, observed = _saw(a_only, b_only, n), (a_only - b_only) / n
    place = math.floor(observed / saw.width)
    while place * saw.width > -1.0 and not _negligible(saw.score(place), level):
        place -= 1
    while (place + 1) * saw.width < observed and saw.top(place + 1) <= level:
        place += 1
    parts = 0
    while parts < PARTS - 1 and saw.within(place, parts + 1) <= level:
        parts += 1
    return max(-1.0, min((place + parts / PARTS) * saw.width, observed))


def _negligible(found: float, beside: float) -> bool:
    """Whether no tail beyond this score reaches a p value: the saw stays below so many times the normal tail."""
    from scipy.special import ndtr

    return bool(ndtr(-found) * TEETH < beside)


def _flips(n: int, bound: float) -> Floats:
    """Shares of flips, from the least that the bound allows to all images, denser towards both ends."""
    most = 1.0 - abs(bound)
    rising = np.geomspace(min(most, 0.02 / n), min(most, FLIPS / n), SHARES_OF_FLIPS)
    falling = most - np.geomspace(min(most, 0.02 / n), most, MANY_FLIPS)[:-1]
    return np.asarray(
        abs(bound) + np.concatenate([[0.0], rising, np.linspace(0.1, 0.9, MANY_FLIPS // 2) * most, falling, [most]])
    )


def span(n: int, shares: Floats) -> Counts:
    """Counts that n images can show, given these shares."""
    mean, width = n * shares, _width(n, shares)
    return np.arange(max(0, int((mean - width).min())), min(n, int((mean + width).max()) + 1) + 1)


def _width(n: int, shares: Floats) -> Floats:
    """How far from its mean a count has weight."""
    return REACH * np.sqrt(n * shares) + 2 * REACH
