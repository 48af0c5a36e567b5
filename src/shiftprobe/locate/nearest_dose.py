"""Where on a track of doses, or on a sheet of two, the mean statistics come nearest to the target's."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROUNDS = 12  # of coordinate descent on a sheet
BEYOND = 1.5  # how far past its corners a sheet is trusted, in half widths


class Nearest(NamedTuple):
    """Per target: squared distance and the place where it is least."""

    distance: Array  # (B,)
    place: Array  # (B,) on a track, (B, 2) on a sheet


def nearest_on_track(doses: Array, means: Array, target: Array) -> Nearest:
    """The point nearest to a target on a broken line.

    Args:
        doses: (K,) increasing.
        means: (B, K, D) mean statistics at the doses, one track per target.
        target: (B, D).
    """
    step = means[:, 1:] - means[:, :-1]
    away = target[:, None] - means[:, :-1]
    along = np.clip((away * step).sum(2) / np.maximum((step**2).sum(2), 1e-12), 0, 1)  # (B, K - 1)
    distance = ((away - along[..., None] * step) ** 2).sum(2)
    best = distance.argmin(1)
    rows = np.arange(len(target))
    place = doses[best] + along[rows, best] * (doses[best + 1] - doses[best])
    return Nearest(distance[rows, best], place)


def nearest_on_sheet(first: Array, second: Array, corners: Array, target: Array) -> Nearest:
    """The point nearest to a target on a bilinear sheet, by coordinate descent: in one dose at a time it is a line.

    Args:
        first: (2,) doses of the first shift at the corners.
        second: (2,) doses of the second.
        corners: (B, 2, 2, D) mean statistics at the corners, first dose first.
        target: (B, D).
    """
    mid = corners.mean((1, 2))
    along = (corners[:, 1].mean(1) - corners[:, 0].mean(1)) / 2
    across = (corners[:, :, 1].mean(1) - corners[:, :, 0].mean(1)) / 2
    twist = (corners[:, 1, 1] - corners[:, 1, 0] - corners[:, 0, 1] + corners[:, 0, 0]) / 4
    away = target - mid
    u, v = np.zeros(len(target)), np.zeros(len(target))
    u_range, v_range = _range(first), _range(second)
    for _ in range(ROUNDS):
        u = _least(along + v[:, None] * twist, away - v[:, None] * across, u_range)
        v = _least(across + u[:, None] * twist, away - u[:, None] * along, v_range)
    left = away - u[:, None] * along - v[:, None] * across - (u * v)[:, None] * twist
    place = np.stack([_dose(first, u), _dose(second, v)], axis=1)
    return Nearest((left**2).sum(1), place)


def _least(line: Array, away: Array, limits: tuple[float, float]) -> Array:
    """How far along a line (B, D) the point (B, D) lies."""
    steps: Array = np.clip((line * away).sum(1) / np.maximum((line**2).sum(1), 1e-12), *limits)
    return steps


def _range(ends: Array) -> tuple[float, float]:
    """The part of [-1.5, 1.5] in which the dose stays in [0, 1]."""
    middle, reach = ends.mean(), np.diff(ends)[0] / 2
    return max(-BEYOND, -middle / reach), min(BEYOND, (1 - middle) / reach)


def _dose(ends: Array, place: Array) -> Array:
    dose: Array = ends.mean() + place * np.diff(ends)[0] / 2
    return dose
