"""Break-points: up to which dose a checkpoint keeps its accuracy above a floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.binomial import Tails, check_confidence, check_fraction
from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.crossing import Bound
from shiftprobe.stats.gate import Gate, gate
from shiftprobe.stats.grouped_gate import grouped_gate

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakPoint:
    """How far along its dial a checkpoint stays at or above a floor; tuples hold one number per dose."""

    dose: float | None  # largest dose tried up to which every dose is proven; None when not even dose 0 is
    alone: float | None  # the same had this been the only dial of its family
    beyond: float | None  # smallest dose tried from which on accuracy is proven below the floor; None when nowhere
    estimate: float  # where the falling fit meets the floor, straight between doses: a best guess, no promise
    bound: Bound  # "at least": the fit stays above to the last dose; "at most": it lies below from dose 0 on
    floor: float
    confidence: float  # of the interval from dose to beyond: each side errs at most (1 - confidence) / 2
    n: int  # images, the same at every dose
    doses: tuple[float, ...]
    shares: tuple[float, ...]  # accuracy as observed
    fitted: tuple[float, ...]  # accuracy made to fall: the nearest curve that never rises
    low: tuple[float, ...]  # Clopper-Pearson interval of each dose alone: what the claims rest on
    high: tuple[float, ...]
    lower: tuple[float, ...]  # band that holds the whole falling curve at once; empty where `rises`
    upper: tuple[float, ...]
    p_above: tuple[float, ...]  # exact, against "truly below the floor at this dose"
    p_below: tuple[float, ...]  # exact, against "truly at least the floor at this dose"
    groups: int | None = None  # of images that belong together; None: images are independent

    @property
    def rises(self) -> bool:
        """Whether no falling curve fits: accuracy is shown to rise somewhere, and the band is empty there."""
        return any(low > high for low, high in zip(self.lower, self.upper, strict=True))

    @property
    def reaches_end(self) -> bool:
        """Whether the claim holds up to the largest dose tried."""
        return self.dose == self.doses[-1]

    def reach(self, wanted: float) -> Tails:
        """P values of "keeps the floor up to this dose", for `decide` over a family of dials.

        Args:
            wanted: a dose of at least 0; between two doses tried, the next larger must keep the floor.

        Returns:
            Above: the largest p up to there, 1 beyond the last dose; below: p at the last dose not beyond it.

        Raises:
            InputError: when it is below 0 or not finite.
        """
        if not 0.0 <= wanted < np.inf:
            raise InputError(f"a dose is a number from 0, got {wanted}")
        last = int(np.searchsorted(self.doses, wanted, side="right")) - 1
        until = int(np.searchsorted(self.doses, wanted, side="left")) + 1
        above = max(self.p_above[:until]) if until <= len(self.doses) else 1.0
        return Tails(self.p_below[last], above)

    def sentence(self) -> str:
        """What is certain, in words: "passes up to dose 0.42 with 95 % confidence"."""
        sure = f"with {100 * self.confidence:.4g} % confidence"
        if self.dose is None:
            return f"not proven to pass even at dose 0 {sure}"
        end = ", the largest tried," if self.reaches_end else ""
        return f"passes up to dose {self.dose:g}{end} {sure}"


def break_point(
    doses: Sequence[float],
    right: ArrayLike,
    floor: float,
    confidence: float = 0.95,
    groups: ArrayLike | None = None,
) -> BreakPoint:
    """Find the largest dose up to which accuracy is proven to keep a floor.

    Doses are tested from 0 upwards, each with the exact binomial test at (1 - confidence) / 2, and the first that
    is not proven ends the claim. The order is fixed beforehand, so no dose needs a correction, and the claim needs
    no assumption between the doses' accuracies. It ends at a dose that was tried: nothing between two doses is
    certified beyond the smaller, whatever the fit says; who wants a finer answer tries finer doses. `beyond` and
    the band use that true accuracy never rises with the dose.

    Args:
        doses: (D,) increasing, from 0.
        right: (N, D) booleans, whether each image was right at each dose.
        floor: accuracy to keep, a fraction.
        confidence: of the two-sided interval, a fraction below 1.
        groups: (N,) what belongs together: each dose is then held by `grouped_gate`; None: images are independent.

    Raises:
        InputError: when doses do not start at 0 or do not increase, right is no such table, groups do not fit, or a
            fraction is none.

    Reference: Maurer, Hothorn and Lehmacher, 1995, for the fixed sequence; Ayer et al., 1955, Annals of
        Mathematical Statistics 26(4), for the fit.
    """
    check_confidence(confidence)
    check_fraction("floor", floor)
    places, table = _doses(doses), _right(right, len(doses))
    n, shares = len(table), table.mean(axis=0)
    held = [_held(column, groups, floor, confidence) for column in table.T]
    tests, ends = [Tails(one.p_below, one.p_above) for one in held], np.array([(one.low, one.high) for one in held])
    wide = [_held(column, groups, floor, 1.0 - (1.0 - confidence) / len(held)) for column in table.T]
    band = np.array([(one.low, one.high) for one in wide])
    fitted = falling(shares)
    p_above, p_below = tuple(one.above for one in tests), tuple(one.below for one in tests)
    dose = _claimed(places, p_above, (1.0 - confidence) / 2.0)
    estimate, bound = _meets(places, fitted, floor)
    return BreakPoint(
        dose=dose,
        alone=dose,
        beyond=proven_from(places, p_below, (1.0 - confidence) / 2.0),
        estimate=estimate,
        bound=bound,
        floor=floor,
        confidence=confidence,
        n=n,
        doses=places,
        shares=tuple(shares.tolist()),
        fitted=tuple(fitted.tolist()),
        low=tuple(ends[:, 0].tolist()),
        high=tuple(ends[:, 1].tolist()),
        lower=tuple(np.maximum.accumulate(band[::-1, 0])[::-1].tolist()),
        upper=tuple(np.minimum.accumulate(band[:, 1]).tolist()),
        p_above=p_above,
        p_below=p_below,
        groups=held[0].groups,
    )


def _held(right: NDArray[np.bool_], groups: ArrayLike | None, floor: float, confidence: float) -> Gate:
    """One dose alone."""
    if groups is None:
        return gate(int(right.sum()), len(right), floor, confidence)
    return grouped_gate(right, groups, floor, confidence)


def break_points(
    dials: Mapping[str, tuple[Sequence[float], ArrayLike]],
    floor: float,
    confidence: float = 0.95,
    groups: ArrayLike | None = None,
) -> dict[str, BreakPoint]:
    """Break-points of a whole family of dials, with one guarantee for all of them.

    Each of m dials begins with 1 / m of the level. One that is proven to its last dose hands its level to the
    others, as Holm does, and these may go on. The chance that any dial claims a dose too many is at most
    (1 - confidence) / 2; that any `beyond` is wrong, likewise, by a plain 1 / m.

    Args:
        dials: by name, doses and table of each as `break_point` takes them.
        floor: accuracy to keep, a fraction.
        confidence: of the family, a fraction below 1.
        groups: (N,) what belongs together, the same in every dial; None: images are independent.

    Returns:
        By name, what `break_point` finds, with `dose` and `beyond` of the family and `alone` without it.

    Raises:
        InputError: as `break_point`.

    Reference: Bretz et al., 2009, Statistics in Medicine 28(4), sequences of tests that hand on their level.
    """
    found = {name: break_point(doses, right, floor, confidence, groups) for name, (doses, right) in dials.items()}
    level = (1.0 - confidence) / 2.0
    open_dials, claimed = set(found), dict.fromkeys(found, None)
    while open_dials:
        share = level / len(open_dials)
        for name in open_dials:
            claimed[name] = _claimed(found[name].doses, found[name].p_above, share)
        done = {name for name in open_dials if claimed[name] == found[name].doses[-1]}
        if not done:
            break
        open_dials -= done
    return {
        name: replace(one, dose=claimed[name], beyond=proven_from(one.doses, one.p_below, level / len(found)))
        for name, one in found.items()
    }


def _claimed(doses: tuple[float, ...], p_above: tuple[float, ...], level: float) -> float | None:
    """The last dose before the first that is not proven."""
    first = next((j for j, p in enumerate(p_above) if p > level), len(doses))
    return doses[first - 1] if first else None


def proven_from(doses: tuple[float, ...], p_below: tuple[float, ...], level: float) -> float | None:
    """The smallest dose proven below: tested from the last dose down, the first that is not proven ends it.

    Args:
        doses: (D,) increasing.
        p_below: (D,) p values against "not below at this dose".
        level: of each test.
    """
    after = next((j for j in range(len(doses) - 1, -1, -1) if p_below[j] > level), -1) + 1
    return doses[after] if after < len(doses) else None


def falling(shares: Floats) -> Floats:
    """(D,) the curve that never rises and lies nearest to (D,) shares."""
    from scipy.optimize import isotonic_regression

    return np.asarray(isotonic_regression(shares, increasing=False).x)


def _meets(doses: tuple[float, ...], fitted: Floats, floor: float) -> tuple[float, Bound]:
    """Where the fit leaves the floor; an end of the dial where it does so beyond it."""
    under = np.flatnonzero(fitted < floor)
    if not under.size:
        return doses[-1], "at least"
    j = int(under[0])
    if j == 0:
        return doses[0], "at most"
    fall = (fitted[j - 1] - floor) / (fitted[j - 1] - fitted[j])
    return float(doses[j - 1] + fall * (doses[j] - doses[j - 1])), ""


def _doses(doses: Sequence[float]) -> tuple[float, ...]:
    places = np.asarray(doses, dtype=np.float64)
    if places.ndim != 1 or places.size == 0 or not np.isfinite(places).all():
        raise InputError(f"doses are finite numbers, at least one, got {list(doses)}")
    if places[0] != 0.0 or (np.diff(places) <= 0.0).any():
        raise InputError(f"doses start at 0, the unchanged images, and increase, got {places.tolist()}; sort them")
    return tuple(places.tolist())


def _right(right: ArrayLike, doses: int) -> NDArray[np.bool_]:
    table = np.asarray(right)
    if table.ndim != 2 or table.size == 0 or table.dtype.kind != "b":  # noqa: PLR2004 -- images by doses
        raise InputError(f"right or wrong needs booleans of shape (images, doses), got {table.dtype} of {table.shape}")
    if table.shape[1] != doses:
        raise InputError(f"every dose needs a column of right or wrong, got {table.shape[1]} for {doses} doses")
    return table
