"""How much of what an eye sees in an image a shift has changed, as far as structural similarity tells."""

import importlib
from collections.abc import Sequence
from statistics import fmean

import numpy as np

from shiftprobe.core.types import Image
from shiftprobe.metrics.checks import InputError

GAUSSIAN = 11  # px across the paper's window, of sigma 1.5
EVEN = 7  # px across the window of an image too small for that


def structural_similarity(a: Image, b: Image) -> float:
    """The SSIM of two images: how alike light, contrast and structure are in every small window, on average.

    Windows are the paper's, Gaussian and 11 px across; an image with a side under 11 px gets even ones of 7 px. Values
    from the two, and from images of different sizes, are not to be compared.

    Args:
        a: (H, W, 1) grey or (H, W, 3) RGB, both sides at least 7 px; channels count alike.
        b: another of the same shape.

    Returns:
        [-1, 1]: 1 for equal images, about 0 for unrelated structure, below 0 for its reverse.

    Raises:
        InputError: when the shapes differ, an image is neither grey nor RGB or not uint8, or a side is under 7 px.

    Reference: Wang, Bovik, Sheikh and Simoncelli, 2004, IEEE Transactions on Image Processing 13(4).
    """
    side = _shorter_side(a, b)
    # As text: scikit-image says it is typed, but this function of it is not.
    similarity = importlib.import_module("skimage.metrics").structural_similarity
    window = {"gaussian_weights": True, "sigma": 1.5} if side >= GAUSSIAN else {"win_size": EVEN}
    return float(similarity(a, b, data_range=255, channel_axis=2, use_sample_covariance=False, **window))


def _shorter_side(a: Image, b: Image) -> int:
    """The shorter side in px of two images that can be compared."""
    for image in (a, b):
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in {1, 3}:  # noqa: PLR2004 -- (H, W, C)
            raise InputError(f"an image must be uint8 (H, W, 1) or (H, W, 3), got {image.dtype} {image.shape}")
    if a.shape != b.shape:
        raise InputError(f"SSIM compares images of one shape, got {a.shape} and {b.shape}")
    side: int = min(a.shape[:2])
    if side < EVEN:
        raise InputError(f"SSIM needs images of at least {EVEN} px on both sides, got {a.shape}; enlarge them first")
    return side


def perceptual_distance(images: Sequence[Image], changed: Sequence[Image]) -> float:
    """Mean over images of 1 - SSIM between an image and what became of it.

    Args:
        images: (H, W, C) uint8 images, of one size or of many; what it means depends on the size.
        changed: the same images after a change, in the same order.

    Returns:
        [0, 2]: 0 when no image changed, about 1 when no structure is left.

    Raises:
        InputError: when the two hold different numbers of images or none, and as `structural_similarity` does.
    """
    if len(images) != len(changed) or len(images) == 0:
        raise InputError(f"each image needs its changed self, and one at least, got {len(images)} and {len(changed)}")
    return fmean(1.0 - structural_similarity(a, b) for a, b in zip(images, changed, strict=True))
