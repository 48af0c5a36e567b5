"""The threshold that keeps a promised risk where images come in groups."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.binomial import check_confidence, clopper_pearson
from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.selective import Selective, by_confidence, lowest, next_below, sides
from shiftprobe.stats.grouped_gate import effective_images, grouped_gate
from shiftprobe.stats.image_spread import FEWEST_GROUPS


def grouped_rejecting(
    confidence: ArrayLike, right: ArrayLike, groups: ArrayLike, risk: float, confidence_level: float = 0.95
) -> Selective:
    """Find the lowest threshold whose answers keep a promised risk, by the groups that are answered.

    As `rejecting`; the upper bound of each look counts as many images as the groups among those answered are worth,
    and is 1 where these are fewer than 10.

    Args:
        confidence: (N,) how sure each answer is, in [0, 1]; or logits (N, C).
        right: (N,) booleans, whether each answer is right.
        groups: (N,) labels of what belongs together.
        risk: largest share of wrong answers wanted, strictly between 0 and 1.
        confidence_level: of the guarantee, a fraction below 1.

    Raises:
        InputError: as `rejecting`, or when groups do not fit.

    Reference: Geifman and El-Yaniv, 2017, arXiv:1705.08500; Korn and Graubard, 1998, Survey Methodology 24(2).
    """
    check_confidence(confidence_level)
    if not 0.0 < risk < 1.0:
        raise InputError(f"the wanted risk lies between 0 and 1, got {risk}; write 0.02 for 2 %")
    sure, correct = sides(confidence, right)
    names = np.asarray(groups)
    if names.shape != sure.shape:
        raise InputError(f"each image needs a group, got {names.shape} for {sure.shape}")
    counts, wrong, values = by_confidence(sure, correct)
    n, place = len(sure), np.unique(names, return_inverse=True)[1]
    share = (1.0 - confidence_level) / n.bit_length()  # a search among n takes no more looks

    def bound(k: int) -> float:
        return _bound(place[sure >= values[k]], ~correct[sure >= values[k]], share)

    k = lowest(len(counts), bound, risk)
    if k is None:
        return Selective(None, None, None, None, None, None, 0, n, _reason(int(place.max()) + 1, risk))
    accepted = int(counts[k])
    left = grouped_gate(sure < values[k], names, 0.5)
    return Selective(
        next_below(values, k), left.value, left.low, left.high, float(wrong[k] / accepted), bound(k), accepted, n
    )


def _bound(place: NDArray[np.int64], wrong: NDArray[np.bool_], share: float) -> float:
    """Upper end of the risk of the images answered."""
    sizes, sums = np.bincount(place).astype(np.float64), np.bincount(place, weights=wrong).astype(np.float64)
    answered = sizes > 0
    if answered.sum() < FEWEST_GROUPS:
        return 1.0
    effective = effective_images(sizes[answered], sums[answered], 1.0 - share)
    return clopper_pearson(float(wrong.mean()) * effective, effective, 1.0 - 2.0 * share)[1]


def _reason(groups: int, risk: float) -> str:
    wanted = f"{groups:,} groups of images prove a risk of {100 * risk:.3g} % at no threshold"
    if groups < FEWEST_GROUPS:
        return f"{wanted}: fewer than {FEWEST_GROUPS} can prove none"
    return f"{wanted}: they are too few, or too many wrong answers are as sure as right ones"
