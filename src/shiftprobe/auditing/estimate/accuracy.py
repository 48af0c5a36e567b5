"""Accuracy on images without labels, with an interval that was measured on the user's own shifts; or no answer.

Three methods read the checkpoint's own answers. Each is calibrated on the labelled images under a grid of shifts, and
its error is measured on the shifts it was not calibrated on. The estimate covers what all of them say, and is refused
where the target lies outside of what the grid showed (docs/unlabelled.md).
"""

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.estimate.line import CalibrationLine, calibrate
from shiftprobe.auditing.estimate.methods import METHODS, Fitted, Reading, fit_halves, read_known, read_target
from shiftprobe.auditing.estimate.types import AccuracyEstimate, Known, MethodEstimate, Zone
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.errors import BlackBoxError
from shiftprobe.core.escape import escape
from shiftprobe.metrics import InputError, wilson

__all__ = ["AccuracyEstimate", "Known", "MethodEstimate", "Predictions", "Zone", "estimate", "estimates"]

MIN_IMAGES = 50  # images, of the target and of the labelled data
FAMILIES = 3  # shifts in the grid: one is left out, two are a line
WIDEST = 0.25  # half width of an interval that still says something
BEYOND = 1.1  # times the largest drift of the grid
STILL = 0.3  # standard deviations of drift within classes: below, the images look like the data's
MAX_UNEQUAL = 0.5  # total variation beyond which a failure is likelier than classes in other proportions
CHANCE = 0.5  # of one over the classes: accuracies below are read as this
EXCESS = 0.1  # total variation above what drift like this explains on the grid


class _Counts(NamedTuple):
    """Images of the target and of the labelled data: what counting so few leaves open, whatever the method."""

    target: int
    known: int
    confidence: float

    def noise(self, value: float) -> float:
        """Half width that a target smaller than the grid's looks adds to their misses, a fraction."""
        variance = value * (1.0 - value) * max(0.0, 1.0 / self.target - 1.0 / self.known)
        return NormalDist().inv_cdf((1.0 + self.confidence) / 2.0) * math.sqrt(variance)

    def least(self, value: float) -> tuple[float, float]:
        """The interval that so many labelled images would leave: no estimate is more certain."""
        n = min(self.target, self.known)
        return wilson(round(value * n), n, self.confidence)


def estimate(known: Sequence[Known], target: Predictions, *, confidence: float = 0.9, seed: int) -> AccuracyEstimate:
    """Estimate a checkpoint's accuracy on images that nobody labelled.

    Args:
        known: the user's labelled images, untouched (severity 0) and under 3 shifts or more; the same images in the
            same order in every look, none of which trained the checkpoint; 9 looks or more for 90 %.
        target: the images in question.
        confidence: share of looks under left-out shifts that each method's interval holds.
        seed: divides the labelled images into the halves that fit and judge.

    Returns:
        The lowest of the methods' values, in an interval that covers all of theirs; or None with the reason, when
        images or shifts are too few, the target lies outside of what the grid showed, or the methods are too uncertain.

    Raises:
        InputError: when looks and labels do not fit together, the untouched look is missing, or confidence is not
            between 0 and 1.

    Reference: Garg et al., 2022, arXiv:2201.04234; Guillory et al., 2021, arXiv:2107.03315; Baek et al., 2022,
        arXiv:2206.13089; cross-conformal intervals: Vovk, 2015, Annals of Mathematics and Artificial Intelligence 74.
    """
    return estimates(known, [target], confidence=confidence, seed=seed)[0]


def estimates(
    known: Sequence[Known], targets: Sequence[Predictions], *, confidence: float, seed: int
) -> list[AccuracyEstimate]:
    """The same for several targets of one checkpoint, calibrated once.

    Args:
        known: as `estimate` takes it.
        targets: the images in question, set by set.
        confidence: as `estimate` takes it.
        seed: as `estimate` takes it.

    Returns:
        An estimate for each target.

    Raises:
        InputError: as `estimate`.
    """
    try:
        clean = _checked(known, targets, confidence)
    except BlackBoxError as error:
        return [_nothing(len(one.logits), confidence, str(error)) for one in targets]
    reason = _too_little(known, clean)
    if not reason:
        try:
            fitted = fit_halves(clean, seed)
            grid = [read_known(fitted, one.predictions) for one in known]
            ready = _Calibrated(fitted, grid, _lines(known, grid, confidence), len(clean.labels), confidence)
            return [_judged(ready, one) for one in targets]
        except InputError as error:  # a network without answers, or with one answer for all
            reason = str(error)
    return [_nothing(len(one.logits), confidence, reason) for one in targets]


class _Calibrated(NamedTuple):
    """Methods fitted on untouched images, what they said of the grid, and a line for each."""

    fitted: tuple[tuple[Fitted, NDArray[np.int64]], ...]
    grid: Sequence[Reading]
    lines: Mapping[str, CalibrationLine]
    images: int  # that are labelled
    confidence: float


def _judged(known: _Calibrated, target: Predictions) -> AccuracyEstimate:
    n = len(target.logits)
    if n < MIN_IMAGES:
        return _nothing(n, known.confidence, f"{n} images of the target are too few: give {MIN_IMAGES} or more")
    try:
        here = read_target(known.fitted, target)
    except InputError as error:
        return _nothing(n, known.confidence, str(error))
    zone = _zone(known.grid, here)
    said = here.free if zone.shares_changed else here.kept
    counts = _Counts(n, known.images, known.confidence)
    reason = known.fitted[0][0].reason or known.fitted[1][0].reason
    methods = tuple(_method(name, said, known.lines.get(name), counts, reason) for name in METHODS)
    return _joined(methods, zone, n, known.confidence)


def _too_little(known: Sequence[Known], clean: Known) -> str:
    """Why nothing can be calibrated."""
    if len(clean.labels) < MIN_IMAGES:
        return f"{len(clean.labels)} images of the labelled data are too few: give {MIN_IMAGES} or more"
    shifts = {one.shift for one in known if one.severity > 0}
    if len(shifts) < FAMILIES:
        return f"calibration needs looks under {FAMILIES} shifts or more, there are {len(shifts)}: add shifts"
    return ""


def _lines(known: Sequence[Known], grid: Sequence[Reading], level: float) -> Mapping[str, CalibrationLine]:
    right = [float((one.predictions.logits.argmax(axis=1) == one.labels).mean()) for one in known]
    families = [one.shift if one.severity else "" for one in known]
    n, classes = known[0].predictions.logits.shape
    ends = (max(0.5 / n, CHANCE / classes), 1.0 - 0.5 / n)
    return {
        name: calibrate([one.kept[name] for one in grid], right, families, ends=ends, level=level)
        for name in grid[0].kept
    }


def _method(
    name: str, said: Mapping[str, float], line: CalibrationLine | None, counts: _Counts, reason: str
) -> MethodEstimate:
    if line is None or name not in said:
        return MethodEstimate(name=name, reason=reason)
    value = line.value(said[name])
    if line.half is None:
        return MethodEstimate(name=name, error=line.error, reason="too few looks to calibrate")
    low, high = line.interval(said[name], counts.noise(value))
    least = counts.least(value)
    return MethodEstimate(name=name, value=value, low=min(low, least[0]), high=max(high, least[1]), error=line.error)


def _zone(grid: Sequence[Reading], here: Reading) -> Zone:
    like = [one.shares for one in grid if one.drift <= max(BEYOND * here.drift, STILL)]
    limit = max(like, default=0.0) + EXCESS
    return Zone(
        drift=here.drift,
        drift_limit=BEYOND * max(one.drift for one in grid),
        shares=here.shares,
        shares_limit=limit,
        shares_changed=limit < here.shares <= MAX_UNEQUAL and here.drift < STILL,
    )


def _outside(zone: Zone) -> str:
    if zone.drift > zone.drift_limit:
        return (
            f"outside of the calibrated zone: features lie {zone.drift:.2f} standard deviations from the data's, the "
            f"grid reaches {zone.drift_limit:.2f}; calibrate on stronger shifts, or label some images"
        )
    if zone.shares > zone.shares_limit and not zone.shares_changed:
        return (
            f"predicted classes differ by {zone.shares:.2f} from the data's, at most {zone.shares_limit:.2f} on the "
            "grid: the classes come in other proportions, or the checkpoint confuses them in a new way; label some "
            "images"
        )
    return ""


def _joined(methods: tuple[MethodEstimate, ...], zone: Zone, n: int, confidence: float) -> AccuracyEstimate:
    """The lowest of the methods, and an interval that covers all of theirs; or why not."""
    found = [(one.value, one.low, one.high) for one in methods if one.value is not None]
    reason = _outside(zone) or ("" if found else methods[0].reason)
    value = low = high = None
    if not reason:
        values, lows, highs = (np.array(column, dtype=np.float64) for column in zip(*found, strict=True))
        value, low, high = float(values.min()), float(lows.min()), float(highs.max())
        if high - low > 2 * WIDEST:
            reason = (
                f"the methods leave {low:.2f} to {high:.2f}, wider than {2 * WIDEST:.2f}; label some images, or give "
                "more labelled data"
            )
            value = low = high = None
    return AccuracyEstimate(
        value=value, low=low, high=high, n=n, confidence=confidence, methods=methods, zone=zone, reason=reason
    )


def _nothing(n: int, confidence: float, reason: str) -> AccuracyEstimate:
    methods = tuple(MethodEstimate(name=name, reason=reason) for name in METHODS)
    return AccuracyEstimate(n=n, confidence=confidence, methods=methods, reason=reason)


def _checked(known: Sequence[Known], targets: Sequence[Predictions], confidence: float) -> Known:
    """The untouched look."""
    if not 0.0 < confidence < 1.0:
        raise InputError(f"confidence is a fraction between 0 and 1, got {confidence}; write 0.9 for 90 %")
    clean = next((one for one in known if one.severity == 0), None)
    if clean is None:
        raise InputError("wanted a look at the untouched labelled images (severity 0), got none")
    width, depth = clean.predictions.logits.shape[1], clean.predictions.penultimate.shape[1]
    for one in known:
        if not np.array_equal(one.labels, clean.labels):
            raise InputError(
                f"every look must show the same labelled images in one order, {escape(one.shift)} does not"
            )
    if clean.labels.min() < 0 or clean.labels.max() >= width:
        raise InputError(f"labels must lie between 0 and {width - 1}, got {clean.labels.min()}, {clean.labels.max()}")
    for predictions in (*(one.predictions for one in known), *targets):
        n = len(predictions.logits)
        if predictions.logits.shape != (n, width) or predictions.penultimate.shape != (n, depth):
            raise InputError(
                f"wanted logits (N, {width}) and features (N, {depth}) of each look, got "
                f"{predictions.logits.shape} and {predictions.penultimate.shape}"
            )
    return clean
