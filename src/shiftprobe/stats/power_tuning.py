"""Labels less what a proxy makes of them: cross-fitted terms whose mean is the share, and what they are worth.

Everything is along the last axis, so that a simulation can take many draws at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.stats.recalibration import confidence_line

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FOLDS = 5


class TunedTerms(NamedTuple):
    """One number per label, whose weighted mean estimates the share of right answers without bias."""

    values: Floats  # (..., n) in the order of the proxy
    weights: Floats  # (..., n) in the same order, of mean 1
    power: Floats  # (..., 1) mean lambda: how much of the proxy was used, in [0, 1]


def plain_terms(hits: Bools, weights: Floats) -> TunedTerms:
    """Labels as they are, where they are used alone.

    Args:
        hits: (..., n) whether each labelled image was answered rightly.
        weights: (..., n) inverse probabilities, of mean 1.
    """
    return TunedTerms(hits.astype(np.float64), weights, np.zeros_like(weights[..., :1]))


def tuned_terms(hits: Bools, odds: Floats, everyone: Floats, weights: Floats) -> TunedTerms:
    """Labels less what a line, fitted on other labels, makes of the proxy, plus its mean over all images.

    Args:
        hits: (..., n) whether each labelled image was answered rightly.
        odds: (..., n) log odds of the proxy of each.
        everyone: (..., N) log odds of all images' proxies.
        weights: (..., n) inverse probabilities, of mean 1.

    Reference: Angelopoulos, Duchi and Zrnic, 2023, arXiv:2311.01453; Zrnic and Candes, 2024, PNAS 121(15).
    """
    order = np.argsort(odds, axis=-1, kind="stable")  # each fold spans the proxy, and no label chooses it
    hits = np.asarray(np.take_along_axis(hits, order, axis=-1), np.bool_)
    odds = np.asarray(np.take_along_axis(odds, order, axis=-1), np.float64)
    weights = np.asarray(np.take_along_axis(weights, order, axis=-1), np.float64)
    values, powers, folds = hits.astype(np.float64), [], np.arange(hits.shape[-1]) % FOLDS
    for fold in range(FOLDS):
        here, others = folds == fold, folds != fold
        line = confidence_line(odds[..., others], hits[..., others])
        power = _power(hits[..., others], line(odds[..., others]), weights[..., others])
        values[..., here] -= power * (line(odds[..., here]) - line(everyone).mean(axis=-1, keepdims=True))
        powers.append(power)
    return TunedTerms(values, weights, np.mean(powers, axis=0))


def effective_labels(terms: TunedTerms, images: int | None = None) -> tuple[Floats, Floats]:
    """(...,) the share, and how many labels drawn uniformly would tell as much: p (1 - p) over its variance.

    Two made-up labels, one right and one wrong, join the variance: labels that happen to agree would else leave none.
    They weigh as much as Kish's design effect, so that unequal draws pay for what few labels do not show. Of n labels
    that are drawn alike and used alone it is n.

    Args:
        terms: one number per label.
        images: all images whose proxy is used, which are themselves but a sample; None where labels are used alone.

    Reference: Korn and Graubard, 1998, Survey Methodology 24(2).
    """
    values, weights = terms.values, terms.weights
    n, made_up = values.shape[-1], (weights**2).mean(axis=-1)
    total = weights.sum(axis=-1)
    padded, whole = total + 2.0 * made_up, (weights * values).sum(axis=-1)
    share = (whole + made_up) / padded
    spread = (weights**2 * (values - share[..., None]) ** 2).sum(axis=-1)
    spread += made_up**2 * ((1.0 - share) ** 2 + share**2)
    inside = np.clip(share, 1e-9, 1.0 - 1e-9)
    alone = inside * (1.0 - inside) * padded**2 / spread * n / (n + 2)
    rest = 0.0 if images is None else 1.0 / images
    return np.clip(whole / total, 0.0, 1.0), 1.0 / ((1.0 - n * rest) / alone + rest)


def _power(hits: Bools, proxy: Floats, weights: Floats) -> Floats:
    """Lambda: the slope of being right on the proxy, in [0, 1], less what chance alone would make of a useless one."""

    def mean(values: Floats) -> Floats:
        return np.asarray((parts * values).sum(axis=-1, keepdims=True))

    parts = weights / weights.sum(axis=-1, keepdims=True)
    x, y = proxy - mean(proxy), hits - mean(hits.astype(np.float64))
    squares = np.maximum(mean(x * x), 1e-12)
    slope = mean(x * y) / squares
    left = np.maximum(mean((y - slope * x) ** 2), 1e-12)
    ratio = np.maximum(slope * slope * squares * (hits.shape[-1] - 2) / left, 1e-12)  # F of the slope
    return np.asarray(np.clip(slope, 0.0, 1.0) * np.maximum(0.0, 1.0 - 1.0 / ratio))
