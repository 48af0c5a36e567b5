"""Which preprocessing a run uses: the spec's own, or one fitted to its images and suited to its checkpoint."""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import SpecError
from shiftprobe.core.rows import Subset
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.preprocess import Preprocess, spread
from shiftprobe.models.sizes import Sizes
from shiftprobe.spec.schema import Spec

LARGE_STEM = 7  # px; a network whose first kernel is this large was trained on images of 64 px and more
LARGE_IMAGE = 64
FITTED_IMAGES = 2000  # tell size, mean and std


def preprocess_for(spec: Spec, images: Bundle, index: NDArray[np.int64]) -> Preprocess:
    """The spec's own preprocessing, or one fitted to the images that train the source (the target without them)."""
    said = spec.model.preprocess
    if said == "auto":
        step = -(-len(index) // FITTED_IMAGES)  # evenly spread: the index is ordered by class
        return Preprocess.fit(Subset(images.images, index[::step].tolist()))
    if not len(said.mean) == len(said.std) == said.channels:
        raise SpecError(f"model.preprocess: wanted {said.channels} values in mean and in std, one per channel")
    return Preprocess(**said.model_dump())


def suited(spec: Spec, fitted: Preprocess, checkpoint: Sizes) -> Preprocess:
    """A fitted preprocessing brought to the channels and the least size that a checkpoint was made for."""
    if spec.model.preprocess != "auto":
        return fitted
    size = max(fitted.size, LARGE_IMAGE) if checkpoint.kernel >= LARGE_STEM else fitted.size
    channels = checkpoint.channels if checkpoint.channels in {1, 3} else fitted.channels
    mean, std = (spread(values, channels) for values in (fitted.mean, fitted.std))
    return Preprocess(size=size, channels=channels, mean=mean, std=std)
