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
TILTS = np.linspace(1.0, 0.0, 101)[:, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDraw:
    """An order of all N pictures, and the strata that make its probabilities known."""

    order: Index  # (N,) places of pictures, the first to be labelled first
    strata: Index  # (N,) stratum of each picture, in the pictures' order
    sizes: Index  # (H,) pictures of each stratum


def strata_for(proxy: ArrayLike, n: int) -> int:
    """How many strata a first draw of n pictures has: one where its labels will be used alone, for an exact interval.

    Args:
        proxy: (N,) probabilities of being right.
        n: labels that are asked for.
    """
    chances = np.asarray(proxy, np.float64)
    alone = method_for(np.full(n, chances.mean()))[0] == "labels alone"
    return 1 if alone else min(STRATA, len(chances))


def label_draw(proxy: ArrayLike, rng: np.random.Generator, *, strata: int) -> LabelDraw:
    """An order of pictures of which the first n, for any n, are to be labelled.

    Args:
        proxy: (N,) probabilities of being right.
        rng: draws the order within strata.
        strata: how many of equal size the proxy divides pictures into, from 1 to N (`strata_for`).

    Raises:
        InputError: when it is no such number.

    Reference: Neyman, 1934, Journal of the Royal Statistical Society 97(4), for the shares of strata; Ohlsson, 1995,
        in Business Survey Methods, for draws that grow; Fisch et al., 2024, arXiv:2406.04291, for strata of confidence.
    """
    chances = np.asarray(proxy, np.float64)
    if not 1 <= strata <= len(chances):
        raise InputError(f"wanted from 1 to {len(chances):,} strata, got {strata:,}")
    of = np.empty(len(chances), np.int64)
    of[np.argsort(chances, kind="stable")] = np.arange(len(chances)) * strata // len(chances)
    sizes = np.bincount(of, minlength=strata)
    shuffled = rng.permutation(len(chances))
    turn = np.empty(len(chances))
    for stratum, tilt in enumerate(_tilted(chances, of, sizes)):
        mine = shuffled[of[shuffled] == stratum]
        turn[mine] = (2.0 * np.arange(len(mine)) + 1.0) / (len(mine) * tilt)  # Webster: counts only grow with n
    return LabelDraw(order=np.argsort(turn, kind="stable"), strata=of, sizes=sizes)


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
    rates = 1.0 - TILTS + TILTS * doubt / mean
    effects = (shares * rates).sum(axis=1) * (shares / np.maximum(rates, 1e-9)).sum(axis=1)
    return np.asarray(rates[np.flatnonzero(effects <= DESIGN_EFFECT)[0]])
