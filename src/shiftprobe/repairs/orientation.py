"""The seven other ways to lay a square picture."""

from collections.abc import Callable, Mapping

import numpy as np

from shiftprobe.repairs.treated import Pixels, Treated


def _turn(quarters: int) -> Callable[[Pixels], Pixels]:
    return lambda images: np.ascontiguousarray(np.rot90(images, quarters, axes=(1, 2)))


def _swap(images: Pixels) -> Pixels:
    return np.ascontiguousarray(images.swapaxes(1, 2))


LAID: Mapping[str, Callable[[Pixels], Pixels]] = {
    "turned by 90 degrees": _turn(1),
    "turned by 180 degrees": _turn(2),
    "turned by 270 degrees": _turn(3),
    "mirrored left to right": lambda images: np.ascontiguousarray(images[:, :, ::-1]),
    "mirrored upside down": lambda images: np.ascontiguousarray(images[:, ::-1]),
    "mirrored at the diagonal": _swap,
    "mirrored at the other diagonal": lambda images: _swap(_turn(2)(images)),
}
"""By name, (N, S, S, C) in and out; turns are counter-clockwise."""


def oriented(now: Treated) -> Mapping[str, Treated]:
    """A checkpoint that is given its pictures laid in another way, by name."""
    return {name: now.with_pixels(name, change) for name, change in LAID.items()}
