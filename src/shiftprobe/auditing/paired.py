"""What another way of answering the same images adds, and what share of a loss it wins back; pure, no torch."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics import InputError, mean_interval
from shiftprobe.stats import holm

Right = NDArray[np.bool_]
Index = NDArray[np.int64]
Floats = NDArray[np.float64]


class Gain(NamedTuple):
    """Accuracy of two ways to answer the same n images, and after - before with its interval; fractions."""

    before: float
    after: float
    value: float
    low: float  # of an interval that holds for all members of the family at once
    high: float
    alone: float  # upper end of the interval of this member alone: enough to say that NO member gains more
    n: int
    p: float  # one-sided exact McNemar, against "no gain"
    p_holm: float


class Share(NamedTuple):
    """A share of a loss, 1 all of it, with its interval; below 0 where it became worse."""

    value: float
    low: float
    high: float


def gains(before: Right, after: Mapping[str, Right], confidence: float = 0.95) -> dict[str, Gain]:
    """The gain of each of several ways to answer, with intervals that hold for the best of them.

    The adjusted Wald interval: a t interval over images, to which one won and one lost image are added. Its level
    is Bonferroni's over the family.

    Args:
        before: (N,) which images are right now.
        after: {name: (N,)} which of the same images are right in another way.
        confidence: of all intervals together.

    Raises:
        InputError: when there is no image, or lengths differ.

    Reference: Bonett and Price, 2012, Journal of Educational and Behavioral Statistics 37(4); McNemar, 1947,
        Psychometrika 12(2).
    """
    if not len(before) or any(len(right) != len(before) for right in after.values()):
        raise InputError(f"a gain needs the same images twice, at least one, got {len(before)} before")
    level = 1.0 - (1.0 - confidence) / max(1, len(after))
    ps = {name: _mcnemar_gain(before, right) for name, right in after.items()}
    adjusted = dict(zip(ps, holm(list(ps.values())).tolist() if ps else [], strict=True))
    found = {}
    for name, right in after.items():
        gaps = right.astype(np.float64) - before
        low, high = padded_interval(gaps, level)
        ends = {"low": max(-1.0, low), "high": min(1.0, high), "p": ps[name], "p_holm": adjusted[name]}
        ends["alone"] = min(1.0, padded_interval(gaps, confidence)[1])
        found[name] = Gain(
            before=float(before.mean()), after=float(right.mean()), value=float(gaps.mean()), n=len(gaps), **ends
        )
    return found


def gain(before: Right, after: Right, confidence: float = 0.95) -> Gain:
    """The gain of one other way to answer; see `gains`."""
    return gains(before, {"": after}, confidence)[""]


def padded_interval(gaps: Floats, confidence: float) -> tuple[float, float]:
    """A t interval over (N,) differences with one of 1 and one of -1 added, so that it never is without width.

    It holds their mean, which made-up ones of so low a confidence as 50 % could leave outside.
    """
    mean, (_, low, high) = float(gaps.mean()), mean_interval(np.concatenate([gaps, [1.0, -1.0]]), confidence)
    return (-1.0, 1.0) if low is None or high is None else (min(low, mean), max(high, mean))


def gap_fall(before: Floats, after: Floats, confidence: float = 0.95) -> tuple[float, float, float]:
    """By how much |mean| of some values falls, with a conservative interval: of |confidence - accuracy|, say.

    With s the sum and d the difference of both means, |a| - |b| is sign(s d) min(|s|, |d|). Paired intervals of s and
    of d, Bonferroni, make a rectangle; the extremes of that function lie on its corners.

    Args:
        before: (N,) values in [-1, 1], confidence less right per image.
        after: (N,) of the same images after the repair.
        confidence: of the interval, which holds more often: about 98 of 100 times where 95 are claimed.

    Returns:
        Fall, low, high; above 0 where the mean came nearer to 0.
    """
    level = 1.0 - (1.0 - confidence) / 2.0
    ends = [padded_interval(before + sign * after, level) for sign in (1.0, -1.0)]
    corners = [float(np.sign(s * d) * min(abs(s), abs(d))) for s in ends[0] for d in ends[1]]
    value = float(abs(before.mean()) - abs(after.mean()))
    return value, min(value, *corners), max(value, *corners)


def recovered(before: Right, after: Right, clean: Right, *, paired: bool, confidence: float = 0.95) -> Share | None:
    """What share of the lost accuracy, clean less before, is there again after; Fieller's interval.

    Args:
        before: (N,) which images are right where accuracy was lost.
        after: (N,) which of the same images are right after the repair.
        clean: (M,) which clean images are right; the same images, M = N, where paired.
        paired: whether clean and before are the same images in the same order.
        confidence: of the interval.

    Returns:
        None where the images do not prove that anything was lost: a share of nothing is no number.

    Reference: Fieller, 1954, JRSS B 16(2).
    """
    from scipy.special import stdtrit

    won = after.astype(np.float64) - before
    lost = float(clean.mean() - before.mean())
    if paired:
        spread = _spread(np.stack([won, clean.astype(np.float64) - before]))
    else:
        spread = _spread(np.stack([won, -before.astype(np.float64)]))
        spread[1, 1] += _spread(clean.astype(np.float64)[None])[0, 0]
    t2 = (
        float(stdtrit(min(len(before), len(clean)) - 1, (1.0 + confidence) / 2.0)) ** 2 if len(before) > 1 else math.inf
    )
    bend = lost**2 - t2 * spread[1, 1]
    if lost <= 0 or not bend > 0:
        return None
    gained = float(won.mean())
    middle, rest = gained * lost - t2 * spread[0, 1], gained**2 - t2 * spread[0, 0]
    half = math.sqrt(max(0.0, middle**2 - bend * rest))
    return Share(gained / lost, (middle - half) / bend, (middle + half) / bend)


def _mcnemar_gain(before: Right, after: Right) -> float:
    """Probability of at most so many lost images among those that changed, were losing as likely as winning."""
    from scipy.special import bdtr

    won, lost = int((after & ~before).sum()), int((before & ~after).sum())
    return float(bdtr(lost, won + lost, 0.5))


def _spread(values: Floats) -> Floats:
    """Covariance (K, K) of the means of (K, N) values; a made-up pair of 1 and -1 for each keeps it above 0."""
    made_up = np.concatenate([np.eye(len(values)), -np.eye(len(values))], axis=1)
    padded = np.concatenate([values - values.mean(axis=1, keepdims=True), made_up], axis=1)
    return np.asarray(np.atleast_2d(np.cov(padded)) / padded.shape[1])
