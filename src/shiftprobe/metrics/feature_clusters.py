"""Images that look alike to a network, as clusters of its features."""

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_features

DIRECTIONS = 16  # principal ones in which distances are taken
STARTS = 4  # of k-means; the best is kept


def feature_clusters(features: ArrayLike, fit_on: NDArray[np.bool_], count: int, seed: int) -> NDArray[np.int64]:
    """Which of k-means' clusters each image falls into, fitted on some of the images.

    Neither labels nor answers are looked at, so a cluster is no list of errors. Features are standardised by the
    images that fit; with one thread the same input gives the same clusters.

    Args:
        features: (N, D).
        fit_on: (N,) which images the directions and the centres are taken from, at least `count` of them.
        count: how many clusters.
        seed: of the starts.

    Returns:
        (N,) numbers below count; the largest cluster of those that fit is 0.

    Raises:
        InputError: when a feature is not finite, or fewer images fit than there are clusters.

    Reference: Arthur and Vassilvitskii, 2007, SODA (k-means++).
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.exceptions import ConvergenceWarning

    rows = as_features(features, "features")
    if len(fit_on) != len(rows) or fit_on.sum() < count:
        raise InputError(f"wanted at least {count} images to fit {count} clusters on, got {int(fit_on.sum())}")
    scale = rows[fit_on].std(axis=0)
    rows = (rows - rows[fit_on].mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    directions = PCA(min(DIRECTIONS, rows.shape[1], int(fit_on.sum())), svd_solver="full").fit(rows[fit_on])
    scores = directions.transform(rows)
    with warnings.catch_warnings():  # fewer different images than clusters: some stay empty
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = KMeans(count, n_init=STARTS, random_state=seed % 2**32).fit(scores[fit_on]).predict(scores)
    order = np.argsort(-np.bincount(found[fit_on], minlength=count), kind="stable")
    return np.asarray(np.argsort(order, kind="stable")[found], np.int64)
