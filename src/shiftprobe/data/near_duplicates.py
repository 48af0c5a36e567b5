"""Near-duplicates: re-encoded, re-exposed or slightly noisy copies that an exact hash cannot see."""

import numpy as np
from numpy.typing import NDArray

SIMILAR = 0.992
"""Least correlation of two 16 x 16 thumbnails that counts as near.

Measured: of 2,500 x 5,000 pairs of distinct MNIST digits none reaches it (highest 0.990), of UCI digits'
pairs one (0.994); JPEG copies at quality 75 or higher, noise of 10 grey levels and half-size copies of
photographs all do. Two images of digits that differ by a shift of one pixel do not.
"""

_ROWS = 512  # a block of correlations stays near 100 MB against 50,000 images


def has_near(images: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each image has a near-duplicate among the others.

    Two thumbnails are near when their grey levels correlate: brightness and contrast do not matter,
    places do. Flat images correlate with nothing and are never near.

    Args:
        images: grey thumbnails, (N, 16, 16).
        others: grey thumbnails, (M, 16, 16).

    Returns:
        (N,) booleans.
    """
    if not (len(images) and len(others)):
        return np.zeros(len(images), bool)
    left, right = _directions(images), _directions(others)
    highest = [(left[i : i + _ROWS] @ right.T).max(axis=1) for i in range(0, len(left), _ROWS)]
    return np.concatenate(highest) >= SIMILAR


def near_pairs(images: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of images that are near-duplicates of each other.

    Args:
        images: grey thumbnails, (N, 16, 16).

    Returns:
        Places of the first and of the second image of each pair, (P,) each, first below second.
    """
    if not len(images):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    flat = _directions(images)
    found = [np.argwhere(flat[i : i + _ROWS] @ flat[i:].T >= SIMILAR) + i for i in range(0, len(flat), _ROWS)]
    first, second = np.concatenate(found).astype(np.int64).T
    return first[first < second], second[first < second]


def _directions(thumbs: NDArray[np.uint8]) -> NDArray[np.float32]:
    flat = thumbs.reshape(len(thumbs), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    flat /= np.maximum(lengths, 1.0)  # under one grey level in all there is nothing to compare
    return flat
