"""Images that are not independent: of one group that a manifest names, or near-duplicates of each other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.data.bundle import Bundle
from shiftprobe.data.near_duplicates import near_pairs

ALL_BUT = 0.95  # of the images; beyond it copies that nobody named move no interval by much


def clusters(bundle: Bundle, index: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Which of some images count as one draw.

    Images belong together when the manifest's column `group` says so, when their pixels are equal, or when they are
    near-duplicates; and so do two that a third one joins.

    Args:
        bundle: the images.
        index: (N,) the places of those that are asked about.

    Returns:
        (N,) numbers from 0 in the order of their first image; None where every image stands alone, or where nobody
        named groups and at most a twentieth of the images are copies.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names = np.arange(len(index)) if bundle.clusters is None else bundle.clusters[index]
    named, alike = _chain(names), _chain(np.array(bundle.hashes)[index])
    near = near_pairs(bundle.thumbs[index])
    first, second = (np.concatenate(ends) for ends in zip(named, alike, near, strict=True))
    joined = coo_array((np.ones(len(first)), (first, second)), shape=(len(index), len(index)))
    found = connected_components(joined, directed=False)[1]
    ordered = np.unique(found, return_index=True)[1]
    numbers = np.empty(len(ordered), np.int64)
    numbers[np.argsort(ordered)] = np.arange(len(ordered))
    few = ALL_BUT * len(index) if bundle.clusters is None else len(index)
    return None if len(ordered) >= few else numbers[found].astype(np.int64)


def _chain(names: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each image and the next one of the same name."""
    places = np.unique(names, return_inverse=True)[1]
    order = np.argsort(places, kind="stable")
    alike = places[order][1:] == places[order][:-1]
    return order[:-1][alike], order[1:][alike]
