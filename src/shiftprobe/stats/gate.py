"""Is a share at least the threshold? Pass, fail, or cannot tell; alone, in a family, for the worst of many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from shiftprobe.metrics.binomial import clopper_pearson, tails
from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.multiplicity import holm

Word: TypeAlias = Literal["pass", "fail", "cannot tell"]

ALPHA = 0.05
TIE = 1e-12  # of the level: a p value that equals it but for rounding has reached it


class Gate(NamedTuple):
    """A share held against a threshold, with its exact interval and one p value for each side; fractions."""

    value: float
    low: float  # two-sided Clopper-Pearson interval
    high: float
    n: int
    p_below: float  # exact, against "truly at least the threshold": small where truly below
    p_above: float  # exact, against "truly below the threshold": small where truly reached
    threshold: float
    word: Word  # of this gate alone: which side of the threshold the whole interval lies
    groups: int | None = None  # of images that belong together; None: images are independent


class GateDecision(NamedTuple):
    """What one gate of a family is called; p values of the side that was decided, or of the nearer one."""

    word: Word
    p: float
    p_holm: float  # p of that side adjusted by Holm over the family
    uncorrected: Word  # what the gate alone would have been called


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """The lowest share of several classes or groups held against a threshold; fractions."""

    word: Word
    value: float  # the lowest observed share: biased downwards, the more so the more members and the fewer images
    index: int  # whose it is
    n: int  # its images
    low: float  # interval of the lowest TRUE share: leaves the threshold exactly where the word says so
    high: float
    p_above: float  # against "some member is truly below": the largest of the members'
    p_below: float  # against "every member truly reaches it": the smallest of the members', adjusted
    members: tuple[Gate | None, ...]  # each alone; None where it has no images
    failing: tuple[int, ...]  # members below the threshold after Holm, lowest first
    absent: tuple[int, ...]  # members without images: nothing is said of them
    groups: int | None = None  # of the lowest one's images; None: images are independent


def gate(right: int, n: int, threshold: float, confidence: float = 0.95) -> Gate:
    """Hold a share of images against the threshold it must reach.

    Pass when the whole two-sided interval lies at or above the threshold, fail when it lies below, else cannot
    tell: each side errs at most (1 - confidence) / 2 of the time.

    Args:
        right: how many of the n images were right.
        n: how many images there were, at least 1.
        threshold: the share that must be reached, a fraction.
        confidence: of the two-sided interval, a fraction below 1.

    Raises:
        InputError: when right is not within 0 and n, n is below 1, or a fraction is none.

    Reference: Clopper and Pearson, 1934, Biometrika 26(4).
    """
    return _gate(right, n, n, threshold, confidence)


def effective_gate(value: float, effective: float, n: int, threshold: float, confidence: float = 0.95) -> Gate:
    """Hold a weighted share, such as balanced accuracy, against its threshold.

    Args:
        value: the share, a fraction.
        effective: number of images that would tell as much about a plain share, above 0.
        n: images it rests on.
        threshold: the share that must be reached, a fraction.
        confidence: of the two-sided interval, a fraction below 1.

    Raises:
        InputError: as `gate`.

    Reference: Korn and Graubard, 1998, Survey Methodology 24(2).
    """
    return _gate(value * effective, effective, n, threshold, confidence)


def decide(p_above: Sequence[float], p_below: Sequence[float], alpha: float = ALPHA) -> tuple[GateDecision, ...]:
    """Name every gate of one family that was declared beforehand, with Holm over each side.

    Each side has alpha / 2, so that a family of one agrees with its two-sided interval. In the whole family a pass
    is false with a chance of at most alpha / 2, and a failure likewise.

    Args:
        p_above: (m,) p values against "truly below the threshold".
        p_below: (m,) p values against "truly at least the threshold", in the same order.
        alpha: level of both sides together, a fraction below 1.

    Raises:
        InputError: when lengths differ, a p value or alpha is no fraction, or a gate both passes and fails.

    Reference: Holm, 1979, Scandinavian Journal of Statistics 6(2).
    """
    if len(p_above) != len(p_below):
        raise InputError(f"every gate needs a p value for each side, got {len(p_above)} and {len(p_below)}")
    if not 0.0 < alpha < 1.0:
        raise InputError(f"alpha is a fraction between 0 and 1, got {alpha}; write 0.05 for 5 %")
    adjusted = zip(holm(p_above).tolist(), holm(p_below).tolist(), strict=True)
    return tuple(
        _decision(one, corrected, alpha / 2.0)
        for one, corrected in zip(zip(p_above, p_below, strict=True), adjusted, strict=True)
    )


def worst_of(rights: Sequence[int], ns: Sequence[int], threshold: float, confidence: float = 0.95) -> Worst:
    """Hold the lowest of several shares against the threshold that every one of them must reach.

    Pass when every member passes: that needs no correction, because a false pass must get past the member that is
    truly lowest. Fail when any member fails after Holm. The interval is one of the lowest true share and follows
    the same logic: its low end is the lowest of the members' own low ends, its high end the lowest of their high
    ends at 1 - alpha / m. The lowest observed share is biased downwards; the interval is not.

    Args:
        rights: (m,) how many images of each class or group were right.
        ns: (m,) how many images each has; 0 for one that has none, which is left out and named in `absent`.
        threshold: the share every member must reach, a fraction.
        confidence: of the two-sided interval, a fraction below 1.

    Raises:
        InputError: as `gate`, when lengths differ, or no member has images.

    Reference: Berger, 1982, Technometrics 24(4), for intersection-union; Holm, 1979, Scandinavian Journal of
        Statistics 6(2).
    """
    if len(rights) != len(ns):
        raise InputError(f"every member needs its images and its right ones, got {len(ns)} and {len(rights)}")
    members = tuple(gate(k, n, threshold, confidence) if n else None for k, n in zip(rights, ns, strict=True))
    wide = 1.0 - (1.0 - confidence) / max(1, len(members) - members.count(None))
    ends = [clopper_pearson(k, n, wide)[1] for k, n in zip(rights, ns, strict=True) if n]
    return worst_gate(members, min(ends, default=1.0), confidence)


def worst_gate(members: tuple[Gate | None, ...], high: float, confidence: float = 0.95) -> Worst:
    """The same of gates that are held already.

    Args:
        members: each alone; None for one that has no images.
        high: the lowest of the members' high ends, each at 1 - alpha / m.
        confidence: of the members' two-sided intervals.

    Raises:
        InputError: when no member has images.
    """
    seen = {index: one for index, one in enumerate(members) if one is not None}
    if not seen:
        raise InputError("the worst of none: no class or group has an image")
    level = (1.0 - confidence) / 2.0
    lowest = min(seen, key=lambda index: (seen[index].value, -seen[index].n))
    adjusted = dict(zip(seen, holm([one.p_below for one in seen.values()]).tolist(), strict=True))
    p_above, p_below = max(one.p_above for one in seen.values()), min(adjusted.values())
    return Worst(
        word=_word(p_above, p_below, level),
        value=seen[lowest].value,
        index=lowest,
        n=seen[lowest].n,
        low=min(one.low for one in seen.values()),
        high=high,
        p_above=p_above,
        p_below=p_below,
        members=members,
        failing=tuple(sorted((i for i, p in adjusted.items() if p <= tied(level)), key=lambda i: seen[i].value)),
        absent=tuple(index for index, one in enumerate(members) if one is None),
        groups=seen[lowest].groups,
    )


def tied(level: float) -> float:
    """The largest p value that counts as this level; in binary (1 - .9) / 2 is less than .05, and 1 - .95 is more."""
    return level * (1.0 + TIE)


def _gate(right: float, effective: float, n: int, threshold: float, confidence: float) -> Gate:
    low, high = clopper_pearson(right, effective, confidence)
    below, above = tails(right, effective, threshold)
    word = _word(above, below, (1.0 - confidence) / 2.0)
    return Gate(right / effective, low, high, n, below, above, threshold, word)


def _decision(alone: tuple[float, float], adjusted: tuple[float, float], level: float) -> GateDecision:
    side = 0 if alone[0] <= alone[1] else 1
    return GateDecision(_word(*adjusted, level), alone[side], adjusted[side], _word(*alone, level))


def _word(p_above: float, p_below: float, level: float) -> Word:
    level = tied(level)
    if p_above <= level and p_below <= level:
        raise InputError(f"a gate cannot be above and below its threshold, got p {p_above} and {p_below}")
    if p_above <= level:
        return "pass"
    return "fail" if p_below <= level else "cannot tell"
