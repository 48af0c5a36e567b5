"""Methods calibrated on the labelled images under a grid of shifts, and on looks made from them."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.estimate.combined import Combination, combine
from shiftprobe.auditing.estimate.further_looks import MOST, CalibrationLook, Truth, drawn, further_looks
from shiftprobe.auditing.estimate.line import CalibrationLine, calibrate, conformal_rank
from shiftprobe.auditing.estimate.methods import AGREEMENT, BASELINE, Answered, Fitted, Reading, fit_halves, read_known
from shiftprobe.auditing.estimate.types import Known
from shiftprobe.core import seeding
from shiftprobe.stats.probit_line import NoLine, accuracy_line

MIN_IMAGES = 50  # images, of the target and of the labelled data
FAMILIES = 3  # shifts in the grid: one is left out, two are a line
CHANCE = 0.5  # of one over the classes: accuracies below are read as this
DRAWS = 2  # of every look
FITS = 0.5  # R squared of accuracy on agreement, below which two networks do not agree along the line


class Calibrated(NamedTuple):
    """Methods fitted on untouched images, what they said of the grid, a line for each, and all of them together."""

    fitted: tuple[tuple[Fitted, NDArray[np.int64]], ...]
    shares: NDArray[np.float64]  # of each class in the labelled data
    grid: Sequence[Reading]
    lines: Mapping[str, CalibrationLine]
    together: Combination
    silent: Mapping[str, str]  # why a method says nothing
    images: int  # that are labelled
    confidence: float


def calibrated(
    known: Sequence[Known], clean: Known, confidence: float, seed: int, *, target: int, paired: bool
) -> Calibrated:
    """Fit the methods on untouched images, and read the grid and what is made from it.

    Args:
        known: all labelled looks.
        clean: the untouched one.
        confidence: of every interval.
        seed: of halves and draws.
        target: images of the target, which every look is to be like.
        paired: whether a second network answered to everything, the targets too.

    Raises:
        InputError: when a network answers nothing, or all images alike.
    """
    labels, every = clean.labels, np.arange(len(clean.labels))
    fitted = fit_halves(clean.predictions, labels, seed)
    looks = [
        CalibrationLook(
            truth=Truth(
                families=frozenset({one.shift} if one.severity else ()),
                right=float(one.predictions.right(labels).mean()),
                severity=one.severity,
            ),
            look=Answered(one.predictions, one.second if paired else None),
            places=every,
        )
        for one in known
    ]
    rng, images, n = seeding.generator(seed, "estimate draws"), min(target, MOST), len(labels)
    shares = np.bincount(labels, minlength=clean.predictions.logits.shape[1]) / n
    truths, readings = [], []
    for one in chain(looks, further_looks(looks, labels, seed)):  # made one at a time: many are large
        for _ in range(DRAWS):
            some = drawn(one, labels, images, rng)
            truths.append(some.truth)
            readings.append(read_known(fitted, some.look, some.places, rng.multinomial(n, shares) / n))
    count = DRAWS * len(known)
    grid, rights = readings[:count], [one.right for one in truths[:count]]
    ends = (max(0.5 / images, CHANCE / clean.predictions.logits.shape[1]), 1.0 - 0.5 / images)
    silent = {AGREEMENT: next((one.reason for one, _ in fitted if one.reason), "")}
    silent[BASELINE] = _off_the_line(grid, rights, images) if paired else "no second network"
    return Calibrated(
        fitted=fitted,
        shares=shares,
        grid=grid,
        lines=_lines([one for one in known for _ in range(DRAWS)], grid, rights, ends, confidence),
        together=combine(
            truths, readings, ends=ends, level=confidence, left_out=frozenset(k for k in silent if silent[k])
        ),
        silent=silent,
        images=len(labels),
        confidence=confidence,
    )


def _off_the_line(grid: Sequence[Reading], rights: Sequence[float], images: int) -> str:
    """Why agreement with a second network tells nothing of accuracy; empty where it does."""
    line = accuracy_line([one.kept[BASELINE] for one in grid], rights, (images, images))
    if isinstance(line, NoLine):
        return f"agreement is not on the line: {line.reason.replace('networks', 'looks')}"
    if line.fit < FITS:
        return f"agreement is not on the line: it explains {line.fit:.2f} of accuracy's variance over the grid"
    return ""


def too_little(known: Sequence[Known], clean: Known, level: float) -> str:
    """Why nothing can be calibrated."""
    if len(clean.labels) < MIN_IMAGES:
        return f"{len(clean.labels)} images of the labelled data are too few: give {MIN_IMAGES} or more"
    shifts = {one.shift for one in known if one.severity > 0}
    if len(shifts) < FAMILIES:
        return f"calibration needs looks under {FAMILIES} shifts or more, there are {len(shifts)}: add shifts"
    if conformal_rank(len(known), level) > len(known):
        return f"{len(known)} looks are too few to calibrate an interval of {level:.0%}: add severities or shifts"
    return ""


def _lines(
    known: Sequence[Known], grid: Sequence[Reading], rights: Sequence[float], ends: tuple[float, float], level: float
) -> Mapping[str, CalibrationLine]:
    families = [one.shift if one.severity else "" for one in known]
    return {
        name: calibrate([one.kept[name] for one in grid], rights, families, ends=ends, level=level)
        for name in grid[0].kept
    }
