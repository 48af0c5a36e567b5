"""The space in which two sets of images are compared: statistics scaled, decorrelated, squared distances unbiased."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.seeding import generator
from shiftprobe.core.types import Features

Matrix = NDArray[np.float64]

FLOOR = 1e-3  # least standard deviation of a statistic: some are constant over the source
BEND = 3.0  # standard deviations from which a statistic counts by its logarithm
SHRINK = 0.05  # of the correlations towards none
SHARED = 0.3  # part of the covariance taken from the source under every family instead of source and target
PERMUTATIONS = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceScale:
    """Centre and spread of each statistic over the source."""

    centre: NDArray[np.float32]  # (D,)
    spread: NDArray[np.float32]  # (D,)

    def __call__(self, rows: Features) -> Features:
        """Rows (N, D) in the source's standard deviations, bent so that no statistic rules by size alone."""
        scaled: Features = (np.arcsinh((rows - self.centre) / self.spread / BEND) * BEND).astype(np.float32)
        return scaled


def scale_of(rows: Features) -> SourceScale:
    """The scale on which the source, (N, D), has mean 0 and deviation 1."""
    return SourceScale(centre=rows.mean(0), spread=np.maximum(rows.std(0), FLOOR))


def within(rows: Features | Matrix) -> Matrix:
    """Covariance (D, D) of rows (N, D) about their mean."""
    return np.cov(rows, rowvar=False)


def whitening(covariance: Matrix) -> Matrix:
    """The map (D, D) after which this covariance, its correlations shrunk by 5 %, is the identity."""
    deviation = np.sqrt(np.diag(covariance)) + FLOOR
    correlation = covariance / deviation / deviation[:, None]
    values, vectors = np.linalg.eigh((1 - SHRINK) * correlation + SHRINK * np.eye(len(correlation)))
    whitened: Matrix = vectors / np.sqrt(np.maximum(values, SHRINK / 2)) / deviation[:, None]
    return whitened


def metric(source: Features, target: Features, shifted: Matrix) -> Matrix:
    """The whitening (D, D) by how statistics scatter within source, target and the shifted source.

    Without the last, a statistic that is constant over both would outweigh all others as soon as one image moves it.

    Args:
        source: (N, D), scaled.
        target: (M, D), scaled.
        shifted: mean covariance (D, D) of the source under every family and dose.
    """
    return whitening((1 - SHARED) * (within(source) + within(target)) / 2 + SHARED * shifted)


def apart(source: Features, target: Features, seed: int) -> float:
    """P value of a permutation test that source (N, D) and target (M, D) have the same mean statistics.

    Reference: Hotelling's two-sample statistic with shrunk pooled covariance; 999 permutations, so at least 0.001.
    """
    both = np.concatenate([source, target]).astype(np.float64)
    both = (both - both.mean(0)) @ whitening(within(both))
    n, total = len(source), len(both)
    rng = generator(seed, "locate", "permutations")
    first = np.zeros((PERMUTATIONS + 1, total))
    first[0, :n] = 1
    for row in first[1:]:
        row[rng.permutation(total)[:n]] = 1
    sums = first @ both  # the two means differ by a fixed multiple of this, for the whole sums to 0
    lengths = (sums**2).sum(1)
    return float((lengths >= lengths[0] * (1 - 1e-9)).mean())
