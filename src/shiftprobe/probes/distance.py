"""How far a shift moves the images, and how far it moves what the checkpoint makes of them."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import PENULTIMATE, Evidence, Finding, Row, Scope, View
from shiftprobe.metrics import InputError, cosine_rows, structural_similarity
from shiftprobe.probes.base import PROBES

MAX_COMPARED_IMAGES = 256  # images; structural similarity costs about a millisecond each
MIN_SIDE = 7  # px


@dataclass(frozen=True, slots=True)
class DistanceProbe:
    """Mean distance of the same test images before and after the shift, with its 95 % interval over images.

    `image_distance` is 1 - SSIM at the size that the network meets, `feature_distance` is 1 - cosine of the features
    that the head reads. At equal distance, what hurts more is the kind of change, not its strength.

    Reference: Wang et al., 2004, IEEE Transactions on Image Processing 13(4) (SSIM).
    """

    name: str = "distance"
    about: str = "how far the shift moves the images (SSIM) and the checkpoint's features (cosine)"
    scope: Scope = "checkpoint"

    def __call__(self, evidence: Evidence) -> Finding:
        """Two rows."""
        clean, target = (evidence.view("source", images) for images in ("clean", "target"))
        return Finding((self._images(evidence, clean, target), self._features(evidence, clean, target)))

    def _images(self, evidence: Evidence, clean: View, target: View) -> Row:
        if clean.images is None or target.images is None:
            raise NotAvailableError("the images themselves are not at hand")
        before, after = _large(clean.images[:MAX_COMPARED_IMAGES]), _large(target.images[:MAX_COMPARED_IMAGES])
        moved = [1 - structural_similarity(a, b) for a, b in zip(before, after, strict=True)]
        return self._row(evidence, "image_distance", np.array(moved))

    def _features(self, evidence: Evidence, clean: View, target: View) -> Row:
        try:
            moved = 1 - cosine_rows(clean.features[PENULTIMATE], target.features[PENULTIMATE])
        except InputError as error:
            row = partial(Row, cell=evidence.cell, probe=self.name, arm="source", versus="clean")
            return row(metric="feature_distance", value=None, reason=f"{PENULTIMATE}: {error}")
        return self._row(evidence, "feature_distance", moved)

    def _row(self, evidence: Evidence, metric: str, moved: NDArray[np.float64]) -> Row:
        row = partial(Row, cell=evidence.cell, probe=self.name, arm="source", versus="clean")
        mean, low, high = float(moved.mean()), None, None
        if len(moved) > 1:
            half = 1.96 * float(moved.std(ddof=1)) / len(moved) ** 0.5
            low, high = mean - half, mean + half
        return row(metric=metric, value=mean, low=low, high=high, n=len(moved), unit="distance")


def _large(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (N, S, S, C) with their pixels repeated until structure can be compared."""
    times = -(-MIN_SIDE // images.shape[1])
    return images.repeat(times, 1).repeat(times, 2)


PROBES.add(DistanceProbe())
