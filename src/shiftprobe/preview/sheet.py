"""What a contact sheet shows: every image under every shift at every dose, small, with its dose in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image, Shift, Transform
from shiftprobe.core.words import counted

LARGEST = 192  # px; the longer side of what is shown of a larger image
GREY_LEVELS, SHORTER_SIDE = "of 255", "of the shorter side"  # units of shifts, whose parameters are fractions of them
ENLARGED_BELOW = 128  # px; the longer side up to which a small image is enlarged, by a whole factor


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTile:
    """One image at one dose."""

    image: Image  # (H, W, C), its longer side at most 192 px
    dose: str  # '1.12 px (0.04 of the shorter side)'; 'untouched' at severity 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One image under one shift, a tile per severity; without tiles there is a reason, perhaps one for all images."""

    label: str
    tiles: tuple[SheetTile, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetGroup:
    """One shift."""

    name: str
    kind: str
    parameter: str  # 'sigma', '' where the shift does not say
    strips: tuple[Strip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole contact sheet: shifts downwards, severities to the right."""

    severities: tuple[float, ...]
    groups: tuple[SheetGroup, ...]
    images: int  # how many, under every shift
    seed: int
    notes: tuple[str, ...] = ()  # what of the data gave no image

    @property
    def about(self) -> str:
        """What is on it: '40 shifts on 2 images, data seed 0'."""
        return f"{counted(len(self.groups), 'shift')} on {counted(self.images, 'image')}, data seed {self.seed}"


class _Original(NamedTuple):
    """One of the user's images, and where its draws come from."""

    image: Image
    address: tuple[int, int]
    label: str


def preview(
    images: Sequence[Image],
    shifts: Sequence[Shift],
    severities: Sequence[float],
    *,
    seed: int,
    labels: Sequence[str] | None = None,
    places: Sequence[int] | None = None,
) -> Sheet:
    """Shift some images by every dose, at the resolution that they have, and keep small copies.

    A shift that needs colour gets a reason instead of tiles where an image is grey.

    Args:
        images: a few of the user's images, each (H, W, 1 or 3) uint8.
        shifts: what is shown, in this order.
        severities: fractions from 0 to 1, in this order.
        seed: `data_seed` of the run that is to come, so that the draws are that run's.
        labels: a word per image, for example its class; foreign text is welcome.
        places: where each image stands in its data, so that its draw is that of a run; 0, 1, .. when left out.

    Raises:
        DataError: when there is no image.
        SpecError: when there is no shift or severity, or a severity is not a fraction from 0 to 1.
    """
    if not len(images):
        raise DataError("a preview needs an image, got none; name data that holds some")
    if not len(shifts) or not len(severities):
        raise SpecError(f"a preview needs a shift and a severity, got {len(shifts)} and {len(severities)}; name one")
    addresses = [(seed, place) for place in places or range(len(images))]
    originals = [_Original(*one) for one in zip(images, addresses, labels or [""] * len(images), strict=True)]
    groups = tuple(_group(shift, originals, severities) for shift in shifts)
    return Sheet(severities=tuple(severities), groups=groups, images=len(images), seed=seed)


def _group(shift: Shift, originals: Sequence[_Original], severities: Sequence[float]) -> SheetGroup:
    changes = [(shift.at(severity), severity) for severity in severities]
    strips = [_strip(one, shift, changes) for one in originals]
    reasons = {strip.reason for strip in strips}
    if len(reasons) == 1 and "" not in reasons:
        strips = [Strip(label="", reason=strips[0].reason)]
    return SheetGroup(
        name=shift.name,
        kind=getattr(shift, "kind", ""),
        parameter=getattr(shift, "parameter", ""),
        strips=tuple(strips),
    )


def _strip(one: _Original, shift: Shift, changes: Sequence[tuple[Transform, float]]) -> Strip:
    def tile(change: Transform, severity: float) -> SheetTile:
        said = dose(shift, severity, min(one.image.shape[:2]))
        return SheetTile(image=_reduced(change(one.image, image_generator(*one.address))), dose=said)

    try:
        return Strip(label=one.label, tiles=tuple(tile(*each) for each in changes))
    except DataError as refusal:
        return Strip(label=one.label, reason=str(refusal))


def dose(shift: Shift, severity: float, side: int | None = None) -> str:
    """A dose as one sees it: '38.2 of 255', '1.12 px (0.04 of the shorter side)'; of a composition, member by member.

    Args:
        shift: any; one that does not say what it doses has no words.
        severity: of the shift, a fraction.
        side: the shorter side of the image in px; None where sizes are told as parts of it alone.

    Returns:
        'untouched' at severity 0, and nothing where a shift does not say what it doses.
    """
    if severity == 0:
        return "untouched"
    members = getattr(shift, "members", ())
    if members:
        told = ((one.shift.name, dose(one.shift, one.severity(severity), side)) for one in members)
        return " + ".join(f"{name} {amount}".strip() for name, amount in told)
    start, end = getattr(shift, "start", None), getattr(shift, "end", None)
    if start is None or end is None:
        return ""
    return _amount(start + (end - start) * severity, getattr(shift, "unit", ""), side)


def _amount(value: float, unit: str, side: int | None) -> str:
    """Fractions of all grey levels as levels, parts of an image's side as px."""
    if unit == GREY_LEVELS:
        return f"{255 * value:.3g} {unit}"
    told = f"{value:.3g} {unit}".strip()
    return f"{side * value:.3g} px ({told})" if unit == SHORTER_SIDE and side is not None else told


def _reduced(image: Image) -> Image:
    import cv2

    height, width, channels = image.shape
    factor = LARGEST / max(height, width)
    if factor >= 1:
        return image
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8).reshape(*size[::-1], channels)


def enlargement(image: Image) -> int:
    """By which whole factor a small image is shown larger; 1 for one of more than half of 128 px."""
    return max(ENLARGED_BELOW // int(max(image.shape[:2])), 1)
