"""Accuracy on images without labels, with an interval that was measured on the user's own shifts; or no answer.

Several methods read the checkpoint's own answers. What they say together is turned into accuracy on the labelled images
under a grid of shifts and on looks made from them, and the error is measured on shifts left out. The estimate is
refused where the target lies outside of what the grid showed (docs/unlabelled.md).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from shiftprobe.auditing.estimate.calibration import MIN_IMAGES, Calibrated, calibrated, too_little
from shiftprobe.auditing.estimate.line import open_ended
from shiftprobe.auditing.estimate.methods import BASELINE, METHODS, Answered, Reading, read_target
from shiftprobe.auditing.estimate.types import AccuracyEstimate, Known, MethodEstimate, Zone
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.errors import BlackBoxError
from shiftprobe.core.escape import escape
from shiftprobe.metrics import InputError, wilson

__all__ = ["AccuracyEstimate", "Known", "MethodEstimate", "Predictions", "Zone", "estimate", "estimates"]

WIDEST = 0.25  # half width of an interval that still says something
SIZES = 1.2  # factor between the sizes of target that are calibrated for
BEYOND = 1.1  # times the largest drift of the grid
STILL = 0.3  # standard deviations of drift within classes: below, the images look like the data's
EXCESS = 0.1  # total variation above what drift like this explains on the grid


def estimate(
    known: Sequence[Known],
    target: Predictions,
    *,
    second: NDArray[np.int64] | None = None,
    confidence: float = 0.9,
    seed: int,
) -> AccuracyEstimate:
    """Estimate a checkpoint's accuracy on images that nobody labelled.

    Args:
        known: the user's labelled images, untouched (severity 0) and under 3 shifts or more; the same images in the
            same order in every look, none of which trained the checkpoint; 9 looks or more for 90 %.
        target: the images in question.
        second: (N,) what a second network answered to them, where it also answered to all looks.
        confidence: share of looks under left-out shifts that the interval holds.
        seed: divides the labelled images into the halves that fit and judge, and draws further looks.

    Returns:
        What all methods say together, with an interval; or None with the reason, when images or shifts are too few,
        the target lies outside of what the grid showed, or the interval is too wide.

    Raises:
        InputError: when looks and labels do not fit together, the untouched look is missing, or confidence is not
            between 0 and 1.

    Reference: Garg et al., 2022, arXiv:2201.04234; Guillory et al., 2021, arXiv:2107.03315; Baek et al., 2022,
        arXiv:2206.13089; Lu et al., 2023, arXiv:2302.05018; Deng et al., 2023, arXiv:2302.01094; cross-conformal
        intervals: Vovk, 2015, Annals of Mathematics and Artificial Intelligence 74.
    """
    return estimates(known, [target], seconds=[second], confidence=confidence, seed=seed)[0]


def estimates(
    known: Sequence[Known],
    targets: Sequence[Predictions],
    *,
    seconds: Sequence[NDArray[np.int64] | None] | None = None,
    confidence: float,
    seed: int,
) -> list[AccuracyEstimate]:
    """The same for several targets of one checkpoint, calibrated once.

    Args:
        known: as `estimate` takes it.
        targets: the images in question, set by set.
        seconds: what a second network answered to each set; None without one.
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
    reason = too_little(known, clean, confidence)
    others = list(seconds) if seconds is not None else [None] * len(targets)
    paired = all(one is not None for one in (*(one.second for one in known), *others))
    if not reason:
        try:
            looks = [Answered(one, other if paired else None) for one, other in zip(targets, others, strict=True)]
            sizes = [_size(len(one.logits)) for one in targets]
            ready = {
                size: None if size is None else calibrated(known, clean, confidence, seed, target=size, paired=paired)
                for size in dict.fromkeys(sizes)
            }
            return [_judged(ready[size], one, confidence) for size, one in zip(sizes, looks, strict=True)]
        except InputError as error:  # a network without answers, or with one answer for all
            reason = str(error)
    return [_nothing(len(one.logits), confidence, reason) for one in targets]


def _size(images: int) -> int | None:
    """As how large a target is calibrated for, so that targets of about one size share it; None where too small."""
    return None if images < MIN_IMAGES else round(SIZES ** round(math.log(images, SIZES)))


def _judged(known: Calibrated | None, target: Answered, confidence: float) -> AccuracyEstimate:
    n = len(target.predictions.logits)
    if known is None:
        return _nothing(n, confidence, f"{n} images of the target are too few: give {MIN_IMAGES} or more")
    try:
        here = read_target(known.fitted, target, known.shares)
    except InputError as error:
        return _nothing(n, confidence, str(error))
    zone = _zone(known.grid, here)
    said = here.free if zone.shares_changed else here.kept
    methods = tuple(_method(name, said, known, n) for name in METHODS if name != BASELINE or BASELINE in said)
    return _joined(_interval(known, here, n), AccuracyEstimate(n=n, confidence=confidence, methods=methods, zone=zone))


def _interval(known: Calibrated, here: Reading, n: int) -> tuple[float, float, float]:
    """Accuracy by all methods, and the ends of its interval."""
    place, half = known.together.at(here)
    return _certain(float(ndtr(place)), open_ended(place, half, known.together.inputs.ends), known, n)


def _certain(value: float, ends: tuple[float, float], known: Calibrated, n: int) -> tuple[float, float, float]:
    """A value with its interval, no narrower than that many labelled images would leave it."""
    fewest = min(n, known.images)
    low, high = wilson(round(value * fewest), fewest, known.confidence)
    return value, min(ends[0], low), max(ends[1], high)


def _method(name: str, said: Mapping[str, float], known: Calibrated, n: int) -> MethodEstimate:
    if name not in known.lines or name not in said or known.silent.get(name):
        return MethodEstimate(name=name, reason=known.silent.get(name, ""))
    line = known.lines[name]
    value, low, high = _certain(line.value(said[name]), line.interval(said[name]), known, n)
    return MethodEstimate(name=name, value=value, low=low, high=high, error=line.error)


def _zone(grid: Sequence[Reading], here: Reading) -> Zone:
    like = [one.shares for one in grid if one.drift <= max(BEYOND * here.drift, STILL)]
    limit = max(like, default=0.0) + EXCESS
    return Zone(
        drift=here.drift,
        drift_limit=BEYOND * max(one.drift for one in grid),
        shares=here.shares,
        shares_limit=limit,
        shares_changed=here.shares > limit,
    )


def _outside(zone: Zone) -> str:
    if zone.drift > zone.drift_limit:
        return (
            f"outside of the calibrated zone: features lie {zone.drift:.2f} standard deviations from the data's, the "
            f"grid reaches {zone.drift_limit:.2f}; calibrate on stronger shifts, or label some images"
        )
    return ""


def _joined(found: tuple[float, float, float], blank: AccuracyEstimate) -> AccuracyEstimate:
    """The estimate, or why there is none."""
    value, low, high = found
    reason = "" if blank.zone is None else _outside(blank.zone)
    if not reason and high - low > 2 * WIDEST:
        reason = (
            f"the methods leave {low:.2f} to {high:.2f}, wider than {2 * WIDEST:.2f}; label some images, or give "
            "more labelled data"
        )
    return replace(blank, reason=reason) if reason else replace(blank, value=value, low=low, high=high)


def _nothing(n: int, confidence: float, reason: str) -> AccuracyEstimate:
    methods = tuple(MethodEstimate(name=name, reason=reason) for name in METHODS if name != BASELINE)
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
