"""The reference images that `toward` shifts move towards, and the noun that such a shift is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from shiftprobe.core.errors import DataError
from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.accepted import guarded
from shiftprobe.shifts.base import check_severity, identity

RGB = 3  # channels

Method: TypeAlias = Callable[[Sequence[Image]], Callable[[float], Transform]]
"""Reference images in; out comes what makes the change from the part of the way to go, above 0 and at most 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TowardShift:
    """A shift that has met its reference images; its parameter is the part of the way that each image goes."""

    name: str
    parameter: str
    random: bool  # whether each image meets one reference of its own, drawn, or all meet all references together
    build: Callable[[float], Transform]
    kind: Literal["toward"] = "toward"
    unit: str = "of the way"
    start: float = 0.0
    end: float = 1.0
    colour: bool = False
    stepped: bool = False

    def at(self, severity: float) -> Transform:
        """The change at one dose; at 0 the identity, at 1 as near to the references as the method gets.

        Raises:
            SpecError: when the severity is not a fraction from 0 to 1.
        """
        return identity if check_severity(severity) == 0.0 else guarded(self.build(float(severity)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TowardFamily:
    """One way to move images towards others: hand it the others, and it is a shift."""

    name: str
    about: str
    parameter: str
    random: bool
    method: Method

    def __call__(self, references: Sequence[Image]) -> TowardShift:
        """The shift towards these images.

        Args:
            references: images of the user's target, each (H, W, 1 or 3) uint8, of any sizes; labels are not needed.

        Raises:
            DataError: when there are none, or one is not such an image.
        """
        return TowardShift(
            name=self.name,
            parameter=self.parameter,
            random=self.random,
            build=self.method(checked(references, self.name)),
        )


def checked(references: Sequence[Image], asker: str) -> tuple[Image, ...]:
    """The references themselves, once each is known to be an image.

    Raises:
        DataError: when there are none, or one is not uint8 (H, W, 1 or 3); `asker` says who wanted them.
    """
    if not len(references):
        raise DataError(f"{asker} needs images of the target to move towards, got none; name them as `toward: data`")
    for i, image in enumerate(references):
        if image.dtype != np.uint8 or image.ndim != RGB or image.shape[2] not in (1, RGB) or not image.size:
            got = f"{image.dtype} of shape {image.shape} as number {i}"
            raise DataError(f"{asker} needs references of uint8 and shape (H, W, 1 or 3), got {got}; decode it so")
    return tuple(references)


def in_channels(image: Image, channels: int) -> Image:
    """The image as grey or RGB: its luminance, or its grey three times over."""
    import cv2

    if image.shape[2] == channels:
        return image
    if channels == RGB:
        return np.repeat(image, RGB, axis=2)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)[..., None]
