"""Colour transfer: means and spreads of the target's colours.

Ours and not albumentations' 2.0.8, whose `adapt_pixel_distribution` answers an 8-bit image with one of levels 0 and 1,
and whose "pca" turns the axes without their spreads, each of a sign left to chance.
"""

import functools
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import to_image, to_light
from shiftprobe.shifts.toward_references import RGB, in_channels

Array: TypeAlias = NDArray[np.float64]

ROUNDING = 1 / 12  # variance, in squared levels, that rounding alone gives an image; what varies less is not stretched


def colour(references: Sequence[Image]) -> Callable[[float], Transform]:
    """Moves mean and standard deviation per channel, in CIELAB for RGB, that part of the way to one reference's.

    The reference is drawn per image, the same at every dose: images of a target differ in light and contrast, which six
    numbers carry without a picture showing through, and the set comes nearer than by their means (28 grey levels of 77
    remain instead of 33 from one photo to another, 12 of 71 instead of 32 back). CIELAB stands for the paper's
    logarithmic space, which has no black.

    Reference: Reinhard, Ashikhmin, Gooch and Shirley, 2001, doi:10.1109/38.946629.
    """

    @functools.cache
    def wanted(channels: int) -> list[tuple[Array, Array]]:
        return [_spreads(opponent(in_channels(one, channels))) for one in references]

    def build(part: float) -> Transform:
        def change(image: Image, rng: np.random.Generator) -> Image:
            mean, std = wanted(image.shape[2])[rng.integers(len(references))]
            own = opponent(image)
            own_mean, own_std = _spreads(own)
            gain = std / np.maximum(own_std, np.sqrt(ROUNDING))
            slope, rise = 1 + part * (gain - 1), part * (mean - gain * own_mean)
            return _levels(own * slope.astype(np.float32) + rise.astype(np.float32))

        return change

    return build


def opponent(image: Image) -> NDArray[np.float32]:
    """An RGB image in CIELAB (L in 0..100), a grey one as it is (in 0..255), float32 (H, W, C)."""
    import cv2

    if image.shape[2] != RGB:
        return image.astype(np.float32)
    return np.asarray(cv2.cvtColor(to_light(image), cv2.COLOR_RGB2Lab), np.float32)


def _levels(moved: NDArray[np.float32]) -> Image:
    import cv2

    if moved.shape[2] != RGB:
        return to_image(moved)
    return to_image(np.float32(255) * np.asarray(cv2.cvtColor(moved, cv2.COLOR_Lab2RGB), np.float32))


def _spreads(values: NDArray[np.float32]) -> tuple[Array, Array]:
    import cv2

    mean, std = cv2.meanStdDev(values)
    return np.asarray(mean[:, 0], np.float64), np.asarray(std[:, 0], np.float64)


def pixels(references: Sequence[Image]) -> Callable[[float], Transform]:
    """Moves mean and covariance of the RGB values that part of the way to those of all references together.

    Of all linear maps between two covariances the one of optimal transport is taken: it moves colours least, and has no
    axis whose sign could be wrong. All references make one distribution: the covariance of a single picture may be
    flat. On grey images the covariance is the variance.

    Reference: Pitié and Kokaram, 2007, doi:10.1049/cp:20070055.
    """

    @functools.cache
    def wanted(channels: int) -> tuple[Array, Array]:
        moments = [_moments(in_channels(one, channels)) for one in references]
        mean, square = (np.mean([one[i] for one in moments], axis=0) for i in (0, 1))
        return mean, square - np.outer(mean, mean)

    def build(part: float) -> Transform:
        return lambda image, _rng: _transported(image, wanted(image.shape[2]), part)

    return build


def _transported(image: Image, wanted: tuple[Array, Array], part: float) -> Image:
    import cv2

    mean, square = _moments(image)
    turn = _transport(square - np.outer(mean, mean), wanted[1])
    slope = (1 - part) * np.eye(len(mean)) + part * turn
    rise = part * (wanted[0] - turn @ mean)
    floats = image.astype(np.float32)  # of bytes the result is off by up to .3 levels more than by rounding
    moved = np.asarray(cv2.transform(floats, np.column_stack([slope, rise])), np.float32)
    return to_image(moved).reshape(image.shape)


def _moments(image: Image) -> tuple[Array, Array]:
    """The mean (C,) and the mean outer product (C, C) of the pixels."""
    flat = image.reshape(-1, image.shape[2]).astype(np.float64)
    return flat.mean(axis=0), flat.T @ flat / len(flat)


def _transport(own: Array, wanted: Array) -> Array:
    """The symmetric matrix T with T own T = wanted."""
    root, inverse = _power(own, 0.5), _power(own, -0.5)
    return np.asarray(inverse @ _power(root @ wanted @ root, 0.5, least=0.0) @ inverse)


def _power(matrix: Array, exponent: float, least: float = ROUNDING) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.maximum(values, least) ** exponent @ vectors.T)
