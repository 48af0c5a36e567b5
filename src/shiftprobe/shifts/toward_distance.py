"""How far two sets of images lie apart in the two things that `toward` shifts move: levels and amplitudes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image
from shiftprobe.shifts.toward_fourier import _amplitudes, _resized
from shiftprobe.shifts.toward_histogram import level_shares
from shiftprobe.shifts.toward_references import checked, in_channels

SIDE = 64  # px of the square on which amplitudes are compared
TINY = 1e-3  # grey levels; the amplitude below which nothing is heard in 8 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What still lies between two sets of images; 0 and 0 between a set and itself."""

    levels: float  # grey levels, 0 to 255: how far a pixel's value has to go on average
    spectrum: float  # natural logarithm of the factor between amplitudes, averaged; 0.69 is a factor of 2


def remaining(images: Sequence[Image], references: Sequence[Image]) -> Remaining:
    """The distance between two sets of images, each image counted the same whatever its size.

    `levels` is the 1-Wasserstein distance between the two distributions of grey levels, averaged over channels.
    `spectrum` resizes every image to 64 x 64 px, averages amplitudes over each set, and averages the absolute
    difference of their logarithms over the frequencies of each ring (1, 2, .. 31 cycles per image), then over rings and
    channels, so that coarse and fine detail count alike; frequency 0, the mean, is left to `levels`.

    Args:
        images: (H, W, 1 or 3) uint8 each, of any sizes; when all are grey, the references are compared as grey.
        references: the same of the target.

    Raises:
        DataError: when either holds no image, or something else than images.
    """
    sets = checked(images, "the distance that remains"), checked(references, "the distance that remains")
    channels = max(image.shape[2] for image in sets[0])
    ours, theirs = ([in_channels(image, channels) for image in one] for one in sets)
    return Remaining(levels=_levels(ours, theirs), spectrum=_spectrum(ours, theirs))


def _levels(ours: Sequence[Image], theirs: Sequence[Image]) -> float:
    """In one dimension, the area between the two distribution functions."""
    first, second = (np.mean([level_shares(image) for image in one], axis=0).cumsum(axis=1) for one in (ours, theirs))
    return float(np.abs(first - second).sum(axis=1).mean())


def _spectrum(ours: Sequence[Image], theirs: Sequence[Image]) -> float:
    gaps = np.abs(_log_amplitudes(ours) - _log_amplitudes(theirs)).mean(axis=2)
    y = np.fft.fftfreq(SIDE, 1 / SIDE)[:, None]
    ring = np.rint(np.hypot(y, np.arange(SIDE // 2 + 1))).astype(int)
    return float(np.mean([gaps[ring == radius].mean() for radius in range(1, SIDE // 2)]))


def _log_amplitudes(images: Sequence[Image]) -> NDArray[np.float64]:
    sum_ = sum(_amplitudes(_resized(image, (SIDE, SIDE))) for image in images)
    return np.asarray(np.log(np.maximum(sum_ / (len(images) * SIDE**2), TINY / SIDE)), np.float64)
