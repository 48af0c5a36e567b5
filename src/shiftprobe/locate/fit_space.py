"""The space, the source and the target of one fit, and what may explain the way from one to the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.locate.nearest_dose import Nearest, nearest_on_sheet, nearest_on_track
from shiftprobe.locate.statistics_cache import Chain, StatisticsCache

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSpace:
    """Statistics in the space where distances are taken."""

    cache: StatisticsCache
    white: Array  # (D, D) from scaled statistics into this space
    source: Array  # (N, D)
    target: Array  # (M, D)

    def rows(self, chain: Chain, count: int) -> Array:
        """The first images under a chain, (count, D)."""
        rows: Array = self.cache.rows(chain, count) @ self.white
        return rows

    def mean(self, chain: Chain, count: int) -> Array:
        """The source's mean (D,) under a chain, from its first images, corrected by how they differ from the rest.

        The correction is regression on the untouched images, statistic by statistic.
        """
        rows, plain = self.rows(chain, count), self.source[:count]
        apart = plain - plain.mean(0)
        slope = (apart * (rows - rows.mean(0))).sum(0) / np.maximum((apart**2).sum(0), 1e-9)
        mean: Array = rows.mean(0) - np.clip(slope, 0, 1) * (plain.mean(0) - self.source.mean(0))
        return mean

    def distance(self, rows: Array) -> float:
        """Squared distance of the mean of rows (N, D) from the target's; noise included."""
        return float(((rows.mean(0) - self.target.mean(0)) ** 2).sum())

    def noise(self, rows: Array) -> Array:
        """Variances (D,), each along its own axis, of the difference between the means of rows (N, D) and target.

        Their sum is the squared distance to expect where nothing but chance tells the two apart.
        """
        spread = np.cov(rows.T) / len(rows) + np.cov(self.target.T) / len(self.target)
        return np.asarray(np.linalg.eigvalsh(spread))


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One or two shifts, with the images' statistics at doses about the best."""

    names: tuple[str, ...]  # in the order applied
    nodes: tuple[Array, ...]  # per shift its doses: 3 of one, 2 of each of two
    rows: Array  # (3, N, D) or (2, 2, N, D)

    def nearest(self, weights: Array, targets: Array) -> Nearest:
        """The best doses for each resample; places are (B, 1) or (B, 2).

        Args:
            weights: (B, N) of the source's images, each row summing to 1.
            targets: (B, D) means.
        """
        means = np.tensordot(weights, self.rows, axes=(1, self.rows.ndim - 2))  # (B, ..., D)
        if len(self.names) == 1:
            found = nearest_on_track(self.nodes[0], means, targets)
            return Nearest(found.distance, found.place[:, None])
        return nearest_on_sheet(self.nodes[0], self.nodes[1], means, targets)

    def best(self, space: FitSpace) -> tuple[float, tuple[float, ...]]:
        """Squared distance and best doses; where the option holds only the first images, their target moves along."""
        count = self.rows.shape[-2]
        target = space.target.mean(0) + space.source[:count].mean(0) - space.source.mean(0)
        found = self.nearest(np.full((1, count), 1 / count), target[None])
        return float(found.distance[0]), tuple(float(dose) for dose in found.place[0])


def chain_of(names: Sequence[str], doses: Sequence[float]) -> Chain:
    """Shifts with doses to three decimals, so that a dose met twice is computed once."""
    return tuple((name, round(float(dose), 3)) for name, dose in zip(names, doses, strict=True))
