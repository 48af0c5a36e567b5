"""Which pictures are labelled next: an order whose every beginning is a sample with known probabilities.

Pictures are divided by a proxy into strata; within each they are in random order, and strata take turns in proportion
to their sizes, tilted towards those where the proxy is unsure. So the first n are a stratified random sample for any
n, and more labels continue a draw that was begun.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.prediction_powered import method_for

Index = NDArray[np.int64]

STRATA = 5
DESIGN_EFFECT = 1.02  # what the tilt may cost in variance where the proxy is useless (Kish)
TILTS = np.linspace(1.0, 0.0, 101)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDraw:
    """An order of all N pictures, and the strata that make its probabilities known."""

    order: Index  # (N,) places of pictures, the first to be labelled first
    strata: Index  # (N,) stratum of each picture, in the pictures' order
    sizes: Index  # (H,) pictures of each stratum

    @property
    def uniform(self) -> bool:
        """Whether all pictures are drawn alike."""
        return len(self.sizes) == 1


def label_draw(proxy: ArrayLike, n: int, rng: np.random.Generator) -> LabelDraw:
    """An order of pictures of which the first n, or any other number, are to be labelled.

    It is uniform where the labels will be used alone (`prediction_powered.method_for`): then their interval is exact.

    Args:
        proxy: (N,) probabilities of being right.
        n: labels that are asked for first, at least 1 and at most N.
        rng: draws the order within strata.

    Raises:
        InputError: when n is no such number.

    Reference: Neyman, 1934, Journal of the Royal Statistical Society 97(4), for the shares of strata; Ohlsson, 1995,
        in Business Survey Methods, for draws that grow; Fisch et al., 2024, arXiv:2406.04291, for strata of confidence.
    """
    chances = np.asarray(proxy, np.float64)
    if not 1 <= n <= len(chances):
        raise InputError(f"wanted from 1 to {len(chances):,} pictures to label, got {n:,}")
    expected = np.full(n, chances.mean())
    parts = 1 if method_for(expected)[0] == "labels alone" else min(STRATA, len(chances))
    strata = np.empty(len(chances), np.int64)
    strata[np.argsort(chances, kind="stable")] = np.arange(len(chances)) * parts // len(chances)
    sizes = np.bincount(strata, minlength=parts)
    shuffled = rng.permutation(len(chances))
    turn = np.empty(len(chances))
    for stratum, tilt in enumerate(_tilted(chances, strata, sizes)):
        mine = shuffled[strata[shuffled] == stratum]
        turn[mine] = (2.0 * np.arange(len(mine)) + 1.0) / (len(mine) * tilt)  # Webster: counts only grow with n
    return LabelDraw(order=np.argsort(turn, kind="stable"), strata=strata, sizes=sizes)


def probabilities(strata: ArrayLike, sizes: ArrayLike) -> NDArray[np.float64]:
    """(n,) with which each labelled picture was drawn: how many of its stratum were, of how many.

    Args:
        strata: (n,) stratum of each picture that was drawn.
        sizes: (n,) pictures of that stratum, drawn or not.
    """
    _, places, counts = np.unique(np.asarray(strata), return_inverse=True, return_counts=True)
    return np.asarray(counts[places] / np.asarray(sizes, np.float64))


def _tilted(chances: NDArray[np.float64], strata: Index, sizes: Index) -> NDArray[np.float64]:
    """(H,) how much more often than at random a stratum is drawn from: towards doubt, as far as the effect allows."""
    doubt = np.bincount(strata, np.sqrt(chances * (1.0 - chances))) / sizes
    shares = sizes / sizes.sum()
    mean = float((shares * doubt).sum())
    if mean <= 0.0:
        return np.ones(len(sizes))
    for tilt in TILTS:
        rates = 1.0 - tilt + tilt * doubt / mean
        if rates.min() > 0.0 and float((shares * rates).sum() * (shares / rates).sum()) <= DESIGN_EFFECT:
            break
    return np.asarray(rates)
