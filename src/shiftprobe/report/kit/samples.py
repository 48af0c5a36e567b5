"""A few test images along the dial, as data URIs small enough to travel inside the page."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shiftprobe.core.arrays import read_arrays
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import is_there
from shiftprobe.core.types import Condition, Image

IMAGES_PER_DOSE = 4  # images per dose
PIXELATED_BELOW = 64  # px; below this an image is kept as it is and drawn with visible pixels
MAX_SIDE = 96  # px; a thumbnail's longer side
MAX_CHARACTERS = 1_800_000  # characters of all images of a page together
CROWDED_DOSES = 60  # doses beyond which the images share the page with so many charts that they must be smaller
MAX_CHARACTERS_CROWDED = 700_000  # characters of all images then


@dataclass(frozen=True, slots=True)
class Sample:
    """The same few test images under one dose."""

    uris: tuple[str, ...]
    labels: tuple[str, ...]
    pixelated: bool


def read_samples(folder: Path, doses: Sequence[Condition], classes: Sequence[str]) -> Mapping[Condition, Sample]:
    """Images of every dose that kept some, fewer per dose when many doses would make the page heavy.

    Raises:
        RunError: when a file holds something else than uint8 images (H, W, 1 or 3) with a label each.
    """
    names = {dose: f"{dose.key}.npz" for dose in doses}
    side = MAX_SIDE if len(doses) <= CROWDED_DOSES else PIXELATED_BELOW
    found = {dose: _read(folder / name, classes, side) for dose, name in names.items() if is_there(folder / name)}
    room = MAX_CHARACTERS if len(doses) <= CROWDED_DOSES else min(MAX_CHARACTERS, MAX_CHARACTERS_CROWDED)
    for shown in range(IMAGES_PER_DOSE, 0, -1):
        kept = {dose: _first(sample, shown) for dose, sample in found.items()}
        drawn = (kept[dose] for dose in doses if dose in kept)  # the identity once in every dial
        if sum(len(uri) for sample in drawn for uri in sample.uris) <= room:
            return kept
    return {}


def _first(sample: Sample, count: int) -> Sample:
    return Sample(sample.uris[:count], sample.labels[:count], sample.pixelated)


def _read(path: Path, classes: Sequence[str], side: int) -> Sample:
    try:
        labels = [int(label) for label in read_arrays(path, ["labels"])["labels"]]
        chosen = _spread(len(labels))
        images = [_checked(one) for one in read_arrays(path, list(map(str, chosen))).values()]
    except (ValueError, TypeError, RunError) as error:
        raise RunError(f"{escape(path)}: wanted sample images, got: {escape(error)}; delete it and run again") from None
    return Sample(
        uris=tuple(data_uri(image, side) for image in images),
        labels=tuple(classes[labels[i]] if 0 <= labels[i] < len(classes) else str(labels[i]) for i in chosen),
        pixelated=all(max(image.shape[:2]) < PIXELATED_BELOW for image in images),
    )


def _spread(count: int) -> list[int]:
    """Up to `SHOWN` places, evenly over all of them, so that the first classes are not the only ones seen."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(IMAGES_PER_DOSE, count))})


def _checked(image: Image) -> Image:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3) or not image.size:  # noqa: PLR2004
        raise ValueError(f"an array of {image.dtype} and shape {image.shape}")
    return image


def data_uri(image: Image, side: int = MAX_SIDE) -> str:
    """PNG, exact, for an image under 64 px; else WebP with a longer side of at most `side` px."""
    from PIL import Image as Pillow

    picture = Pillow.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    buffer = io.BytesIO()
    if max(picture.size) < PIXELATED_BELOW:
        picture.save(buffer, "PNG", optimize=True)
        kind = "png"
    else:
        picture.thumbnail((side, side))
        picture.save(buffer, "WEBP", quality=80 if side == MAX_SIDE else 60, method=4)
        kind = "webp"
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
