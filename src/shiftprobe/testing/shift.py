"""The promises of a shift."""

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image, Shift, Transform
from shiftprobe.data.digits import read_mnist
from shiftprobe.testing.broken import ContractError, require
from shiftprobe.testing.shift_input import check_input

DOSES = tuple(i / 8 for i in range(9))
LARGEST_SIDE = 224  # px; two images are enough here
SHAPES = ((8, 8), (28, 28), (33, 33), (96, 96), (8, 28), (33, 28), (96, 33), (LARGEST_SIDE, LARGEST_SIDE))
DIGITS = ("8x8 grey", "28x28 grey")


def check_shift(shift: Shift) -> None:
    """Hold a shift to its promises on real images of 8 to 224 px, grey and RGB, square and not.

    What is no uint8 image (H, W, 1 or 3) is refused with a DataError of one line, or taken for what it means.

    Attributes that a shift may have, each held to its word:

    - `random`: when true, two images meet different draws, and one image meets the same draw at every dose; when
      false, the generator changes nothing.
    - `colour`: when true, a grey image is refused with a DataError, and all else is asked of RGB photos only.
    - `stepped`: when false, the mean distance from the originals grows with every dose; when true, or without this
      attribute, it never falls.

    Raises:
        ContractError: when a promise is broken; the message says which.
    """
    _check_refusals(shift)
    _check_grey(shift)
    _check_images(shift)
    _check_identity(shift)
    _check_order(shift)
    _check_draws(shift)
    _check_dial(shift)
    check_input(shift)


def _require(kept: object, shift: Shift, promise: str) -> None:
    require(kept, f"shift {shift.name!r}", promise)


@functools.cache
def _samples() -> dict[str, tuple[Image, ...]]:
    """Six images per shape, two of the largest: MNIST at 28 px, UCI digits at 8 px, else pieces of two photographs."""
    from sklearn.datasets import load_digits, load_sample_images

    photos = load_sample_images().images
    samples = {
        f"{height}x{width} {'grey' if channels == 1 else 'RGB'}": tuple(
            _piece(photos[i % 2], i, (height, width))[..., :channels].copy()
            for i in range(6 if height < LARGEST_SIDE else 2)
        )
        for height, width in SHAPES
        for channels in (1, 3)
    }
    uci, mnist = load_digits().images[:6, ..., None], read_mnist()[0][::800, ..., None]
    samples[DIGITS[0]] = tuple((uci * (255 / 16)).astype(np.uint8))
    samples[DIGITS[1]] = tuple(mnist[:6])
    return samples


def _piece(photo: Image, number: int, shape: tuple[int, int]) -> Image:
    """One part of a photo: every other pixel, or every pixel where the photo has no more."""
    step = 2 if shape[0] < LARGEST_SIDE else 1
    top, left = 60 + 70 * (number // 2), 100 + 90 * (number // 2)
    return photo[top : top + step * shape[0] : step, left : left + step * shape[1] : step]


def _fitting(shift: Shift) -> dict[str, tuple[Image, ...]]:
    """The samples that the shift takes: without the grey ones where it needs colour."""
    colour = getattr(shift, "colour", False)
    return {shape: images for shape, images in _samples().items() if not (colour and shape.endswith("grey"))}


def _shifted(transform: Transform, images: tuple[Image, ...], seed: int = 0) -> list[Image]:
    return [transform(image.copy(), image_generator(seed, i)) for i, image in enumerate(images)]


def _same(some: list[Image], others: list[Image]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


def _check_refusals(shift: Shift) -> None:
    for severity in (-0.1, 1.1, math.nan, math.inf):
        try:
            shift.at(severity)
        except SpecError:
            continue
        raise ContractError(f"shift {shift.name!r}: severity {severity} must be refused with a SpecError")


def _check_grey(shift: Shift) -> None:
    """A shift that needs colour must say so of every grey image, and the others must take it."""
    colour = getattr(shift, "colour", False)
    for shape, images in _samples().items():
        if not shape.endswith("grey"):
            continue
        for severity in (0.05, 1.0):
            where = f"at {shape}, severity {severity}"
            try:
                shift.at(severity)(images[0].copy(), image_generator(0, 0))
            except DataError as refusal:
                _require(colour, shift, f"a grey image must be taken unless colour is true, got '{refusal}' {where}")
                _require(shift.name in str(refusal), shift, f"its refusal must name it, got '{refusal}' {where}")
            else:
                _require(not colour, shift, f"colour is true, so a grey image must be refused with a DataError {where}")


def _check_identity(shift: Shift) -> None:
    for shape, images in _fitting(shift).items():
        kept = _same(_shifted(shift.at(0.0), images), list(images))
        _require(kept, shift, f"severity 0 must return the same bytes, and does not at {shape}")


def _check_images(shift: Shift) -> None:
    for severity in (0.0, 0.05, 1.0):
        transform = shift.at(severity)
        for shape, images in _fitting(shift).items():
            image = images[0].copy()
            changed = transform(image, image_generator(0, 0))
            where = f"at {shape}, severity {severity}"
            _require(np.array_equal(image, images[0]), shift, f"the input must not change, and does {where}")
            _require(changed.dtype == np.uint8, shift, f"the result must be uint8, got {changed.dtype} {where}")
            _require(changed.shape == image.shape, shift, f"the shape must stay, got {changed.shape} {where}")
            _require(changed.flags.c_contiguous, shift, f"the result must be C-contiguous, and is not {where}")
            alone = not np.shares_memory(changed, image)
            _require(alone, shift, f"the result must not share memory with the input, and does {where}")


def _check_order(shift: Shift) -> None:
    for shape, images in _fitting(shift).items():
        forward = _shifted(shift.at(0.5), images)
        fresh = shift.at(0.5)
        backward = [fresh(images[i].copy(), image_generator(0, i)) for i in reversed(range(len(images)))]
        kept = _same(forward, backward[::-1])
        _require(kept, shift, f"an image must depend on its generator alone, in any order; not so at {shape}")


def _check_draws(shift: Shift) -> None:
    random = getattr(shift, "random", None)
    if random is None:
        return
    images = (_samples()["28x28 RGB"][0],) * 8
    changed = _shifted(shift.at(0.5), images)
    others = changed[1:] + changed[:1]
    same = _same(changed, others)
    _require(not (random and same), shift, "random is true, but every generator gives the same image")
    _require(random or same, shift, "random is false, but the generator changes the image")
    apart, stronger = _distance(changed, others), _distance(changed, _shifted(shift.at(0.501), images))
    told = f"{stronger:.2f} grey levels between severity 0.5 and 0.501, {apart:.2f} between two generators"
    _require(same or stronger < apart / 2, shift, f"the draw must not depend on the severity, got {told}")


def _check_dial(shift: Shift) -> None:
    samples = _fitting(shift)
    distances = np.array([_distances(shift.at(severity), samples) for severity in DOSES])  # (doses, shapes)
    for shape, distance in zip(samples, distances[-1], strict=True):
        _require(distance > 0, shift, f"severity 1 must change the images, and does not at {shape}")
    digits = np.array([shape in DIGITS for shape in samples])
    for kind, shapes in (("photos", ~digits), ("digits", digits)):
        if shapes.any():
            _check_growth(shift, distances[:, shapes].mean(axis=1), kind)


def _check_growth(shift: Shift, means: NDArray[np.float64], kind: str) -> None:
    """On average over every shape: one odd shape of six images may saturate early, as mirrored pieces do."""
    told = f"got {', '.join(f'{mean:.2f}' for mean in means)} on {kind}"
    steps = np.diff(means)
    _require((steps >= 0).all(), shift, f"the mean distance must not fall as severity grows, {told}")
    grows = getattr(shift, "stepped", True) or (steps > 0).all()
    _require(grows, shift, f"the mean distance must grow with every dose unless stepped is true, {told}")


def _distances(transform: Transform, samples: dict[str, tuple[Image, ...]]) -> list[float]:
    """Per shape, the mean distance from the originals."""
    return [_distance(images, _shifted(transform, images)) for images in samples.values()]


def _distance(some: Sequence[Image], others: Sequence[Image]) -> float:
    """The mean absolute difference in grey levels."""
    return float(np.mean([np.abs(np.subtract(a, b, dtype=np.int16)).mean() for a, b in zip(some, others, strict=True)]))
