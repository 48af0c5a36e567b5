"""Which images are explained, and what their maps amount to; registers nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.types import View
from shiftprobe.metrics import InputError, mean_interval, tells_nothing
from shiftprobe.probes.base import Measured

if TYPE_CHECKING:
    from shiftprobe.models.attribute import Maps

HALVED_ABOVE = 96  # px; beyond it half as many images are explained: a gradient costs what a hundred small ones do
IMAGES, SHOWN = 8, 4  # explained, and kept for pictures (and occluded)

Index = NDArray[np.int64]


def chosen(view: View) -> Index:
    """A few test images, classes in turn; the same in every cell of a run."""
    order = seeding.generator("attribution", len(view.labels)).permutation(len(view.labels))
    turn = np.empty(len(order), np.int64)
    seen: dict[int, int] = {}
    for place, label in enumerate(view.labels[order].tolist()):
        turn[place] = seen[label] = seen.get(label, -1) + 1
    large = view.images is not None and view.images.shape[1] > HALVED_ABOVE
    most = IMAGES // 2 if large else IMAGES
    return np.asarray(order[np.argsort(turn, kind="stable")][:most])


def over(measure: "Callable[[Maps, Maps], NDArray[np.float64]]", x: "Maps", y: "Maps", *, least: float) -> Measured:
    """A mean over the images whose two maps say anything, or the reason why there is none."""
    both = ~(tells_nothing(x) | tells_nothing(y))
    if not both.any():
        return Measured(reason="every map is constant: no pixel speaks for the class")
    try:
        return mean_of(measure(x[both], y[both]), least=least)
    except InputError as error:
        return Measured(reason=str(error))


def mean_of(values: NDArray[np.float64], least: float = 0.0) -> Measured:
    """A mean and its interval, within what the measure can reach."""
    mean, low, high = mean_interval(values)
    if low is None or high is None:
        return Measured(value=mean, n=len(values))
    return Measured(value=mean, low=max(least, low), high=min(max(1.0, mean), high), n=len(values))


def drawn(maps: "Maps") -> NDArray[np.uint8]:
    """Sizes of the first few maps, 255 at the largest of each."""
    sizes = np.abs(maps[:SHOWN])
    peak = np.maximum(sizes.max(axis=(1, 2), keepdims=True), 1e-12)
    return np.asarray(np.rint(255 * sizes / peak), np.uint8)
