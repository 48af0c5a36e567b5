"""Features in the plane: principal components, UMAP, and how faithful a picture is to what it shows."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.core.seeding import generator
from shiftprobe.metrics.checks import InputError, as_features, as_pair

Matrix = NDArray[np.float64]

NEIGHBOURS = 15
EPOCHS = 200
DENOISED = 50  # principal components that UMAP is given: neighbours hardly change, its cost falls by half
MIN_IMAGES = 50  # images; fewer have no neighbourhoods to lay out


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """What a picture keeps of the neighbourhoods it shows, each in [0, 1], 1 is all."""

    trustworthiness: float  # neighbours in the picture are neighbours in the features
    continuity: float  # neighbours in the features are neighbours in the picture


def principal_components(x: ArrayLike, count: int = 2) -> Matrix:
    """Scores of the directions of largest variance, largest first.

    Signs are chosen so that the largest score of each direction is positive: equal data give equal pictures.

    Args:
        x: features of shape (N, D).
        count: how many directions; fewer come back when N - 1 or D is smaller.

    Returns:
        (N, count), in the units of the features.

    Raises:
        InputError: when a value is not finite or every image has the same features.
    """
    features = as_features(x, "x")
    centred = features - features.mean(axis=0)
    if np.abs(centred).max() <= 1e-12 * np.abs(features).max():  # rounding of float64
        raise InputError("every image has the same features; there is nothing to lay out")
    n, d = centred.shape
    if n < d:
        values, vectors = np.linalg.eigh(centred @ centred.T)
        scores = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0.0))
    else:
        from scipy.linalg import eigh

        largest_few = [max(0, d - count), d - 1]  # half the time of all, at 2,048 features
        scores = centred @ eigh(centred.T @ centred, subset_by_index=largest_few, check_finite=False)[1][:, ::-1]
    scores = scores[:, : min(count, n - 1, d)]
    largest = scores[np.abs(scores).argmax(axis=0), np.arange(scores.shape[1])]
    return np.asarray(scores * np.where(largest < 0, -1.0, 1.0))


def nearest(x: ArrayLike, count: int) -> tuple[NDArray[np.int64], Matrix]:
    """The nearest images of each image, itself first, by exact Euclidean distance.

    Args:
        x: features of shape (N, D).
        count: how many, itself included; at most N.

    Returns:
        Places (N, count) and distances (N, count), rising.

    Raises:
        InputError: when a value is not finite, or count is not between 1 and N.
    """
    features = as_features(x, "x")
    if not 1 <= count <= len(features):
        raise InputError(f"count must lie between 1 and the {len(features)} images, got {count}")
    features = features - features.mean(axis=0)  # large means cost digits
    lengths = np.square(features).sum(axis=1)
    places, distances = [], []
    for start in range(0, len(features), 512):
        part = slice(start, start + 512)
        squared = lengths[part, None] + lengths[None, :] - 2.0 * (features[part] @ features.T)
        np.maximum(squared, 0.0, out=squared)
        own = np.arange(len(squared))
        squared[own, start + own] = -1.0  # itself stands first, also among copies
        few = np.argpartition(squared, count - 1, axis=1)[:, :count]
        order = np.take_along_axis(squared, few, axis=1).argsort(axis=1, kind="stable")
        chosen = np.take_along_axis(few, order, axis=1)
        places.append(chosen)
        distances.append(np.sqrt(np.maximum(np.take_along_axis(squared, chosen, axis=1), 0.0)))
    return np.concatenate(places), np.concatenate(distances)


def umap_layout(x: ArrayLike, *, seed: int = 0) -> Matrix:
    """UMAP of features in two dimensions: exact neighbours, 200 epochs, begun at the principal components.

    The first 50 principal components are laid out. Equal input and seed give equal coordinates on one machine.

    Args:
        x: features of shape (N, D), N at least 50.
        seed: of the layout's own draws.

    Returns:
        (N, 2). Groups and neighbourhoods can be read; distances between groups and their sizes can not.

    Raises:
        InputError: when there are fewer than 50 images, a value is not finite or all features are the same.

    Reference: McInnes et al., 2018, arXiv:1802.03426.
    """
    features = as_features(x, "x")
    if len(features) < MIN_IMAGES:
        raise InputError(f"UMAP needs at least {MIN_IMAGES} images to find neighbourhoods, got {len(features)}")
    different = len({row.tobytes() for row in features})
    if different < MIN_IMAGES:
        raise InputError(f"only {different} of {len(features)} images differ in their features; nothing to lay out")
    few = principal_components(features, DENOISED)
    start = few[:, :2] if few.shape[1] > 1 else np.column_stack([few, _scattered(len(few), seed)])
    places, distances = nearest(few, NEIGHBOURS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that new points could not be placed later, which nobody asks for
        from umap import UMAP

        layout = UMAP(
            n_neighbors=NEIGHBOURS,
            n_epochs=EPOCHS,
            init=10.0 * start / np.abs(start).max(),
            random_state=seed,
            n_jobs=1,
            precomputed_knn=(places.astype(np.int32), distances.astype(np.float32), None),
        ).fit_transform(few.astype(np.float32))
    return np.asarray(layout, np.float64)


def _scattered(n: int, seed: int) -> Matrix:
    """A second direction for features that have one: a start without extent would be divided by it."""
    return generator("umap layout", seed).normal(size=n)


def faithfulness(x: ArrayLike, picture: ArrayLike, *, neighbours: int = NEIGHBOURS) -> Faithfulness:
    """Trustworthiness and continuity of a picture.

    Args:
        x: features of shape (N, D).
        picture: their places, (N, 2).
        neighbours: size of a neighbourhood, below N / 2.

    Raises:
        InputError: when N differs, a value is not finite, or there are too few images.

    Reference: Venna and Kaski, 2001, ICANN.
    """
    first, second = as_pair(x, picture)
    if neighbours >= len(first) / 2:
        raise InputError(f"wanted more than {2 * neighbours} images for {neighbours} neighbours, got {len(first)}")
    from sklearn.manifold import trustworthiness

    return Faithfulness(
        float(trustworthiness(first, second, n_neighbors=neighbours)),
        float(trustworthiness(second, first, n_neighbors=neighbours)),
    )
