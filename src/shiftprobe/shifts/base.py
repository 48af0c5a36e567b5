"""What every shift shares: the registry, the dial, and safe ways to use albumentations."""

import functools
import importlib.metadata
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import ShiftprobeError, SpecError
from shiftprobe.core.registry import Registry
from shiftprobe.core.types import IDENTITY, Image, Shift, Transform
from shiftprobe.shifts.accepted import check_image, guarded

SHIFTS: Registry[Shift] = Registry("shift")
"""Every shift by name; a module of this package adds its own."""


def check_severity(severity: float) -> float:
    """The severity itself when it is a fraction.

    Raises:
        SpecError: when it lies outside [0, 1] or is not a finite number.
    """
    if 0.0 <= severity <= 1.0:  # false for NaN too
        return severity
    raise SpecError(f"severity is a fraction from 0 to 1, got {severity}; write 0.3 for 30 %")


def identity(image: Image, _rng: np.random.Generator) -> Image:
    """A copy of the image, bit for bit; draws nothing.

    Raises:
        DataError: as `check_image` does.
    """
    check_image(image)
    return image.copy()


@dataclass(frozen=True, slots=True, kw_only=True)
class DosedShift:
    """A shift with one parameter, which moves in a straight line from `start` to `end`.

    Its changes take uint8 images (H, W, 1 or 3) and refuse everything else in one line; see `check_image`.
    """

    name: str
    kind: Literal["noise", "blur", "photometric", "weather", "digital", "geometry", "occlusion"]
    parameter: str
    unit: str
    end: float  # the parameter at severity 1
    start: float = 0.0  # the parameter just above severity 0
    random: bool  # whether two images meet different draws
    build: Callable[[float], Transform]  # the parameter in, the change out; never called at severity 0
    colour: bool = False  # whether it needs an RGB image; a grey one is refused with a DataError
    stepped: bool = False  # whether the parameter is rounded to whole steps, so that two doses may be one

    def at(self, severity: float) -> Transform:
        """The change at one dose, built once; at 0 the identity.

        Raises:
            SpecError: when the severity is not a fraction from 0 to 1.
        """
        if check_severity(severity) == 0.0:
            return identity
        dose = self.start + (self.end - self.start) * float(severity)  # a numpy float would widen arrays
        return guarded(self.build(dose))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshifted:
    """The shift that changes nothing, at any severity."""

    name: str = IDENTITY

    def at(self, severity: float) -> Transform:
        """The identity.

        Raises:
            SpecError: when the severity is not a fraction from 0 to 1.
        """
        check_severity(severity)
        return identity


def to_light(image: Image) -> NDArray[np.float32]:
    """The grey levels as fractions of 255, the floats that albumentations takes for an image."""
    light: NDArray[np.float32] = np.divide(image, 255, dtype=np.float32)
    return light


def to_image(levels: NDArray[np.floating[Any]]) -> Image:
    """Grey levels as an image: rounded to the nearest of 0..255, never wrapped around."""
    image: Image = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return image


@functools.cache
def albumentations() -> ModuleType:
    """The albumentations library, imported when first needed (about 3 s) and kept from calling home.

    Raises:
        ShiftprobeError: when albumentationsx, another library under another licence, stands in its place.
    """
    if any(importlib.metadata.distributions(name="albumentationsx")):
        raise ShiftprobeError(
            "shifts need albumentations, but albumentationsx (AGPL) is installed under the same import name; "
            "run `pip uninstall albumentationsx` and `pip install --force-reinstall albumentations==2.0.8`"
        )
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # read at import: without it a server is asked for news
    return importlib.import_module("albumentations")


def functional(area: Literal["blur", "geometric", "pixel"]) -> ModuleType:
    """Albumentations' functions of one area, without the draws and ranges of its transforms.

    Hand them `to_light(image)` and round with `to_image`: given uint8 most of them cut decimals off, so that
    noise loses some of its dose and contrast up to a grey level; given other floats they clip at 1.

    Raises:
        ShiftprobeError: as `albumentations` does.
    """
    albumentations()
    return importlib.import_module(f"albumentations.augmentations.{area}.functional")


def seeded(build: Callable[[ModuleType], Any]) -> Transform:
    """One albumentations transform as ours: seeded afresh for every image from that image's own generator.

    Left alone it draws from a stream of its own, which ignores numpy's seed and makes an image depend
    on those before it; inside a `Compose` every member gets the same stream.

    Args:
        build: makes the transform, given the albumentations module; `p=1` and ranges of one value
            `(m, m)`, so that the dose is exact.

    Raises:
        UserWarning: when albumentations would ignore or adjust an argument, a misspelt one above all;
            the dial would be dead, silently.
        SpecError: when `build` gives a composition, or a transform that skips some images.
    """
    library = albumentations()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        inner = build(library)
    if not isinstance(inner, library.BasicTransform) or inner.p != 1:
        raise SpecError(f"a shift needs one albumentations transform with p=1, got {inner}; draw outside of it")

    def change(image: Image, rng: np.random.Generator) -> Image:
        inner.set_random_seed(int(rng.integers(2**32)))
        changed: Image = inner(image=image)["image"]
        return changed

    return change
