"""What data is: images, labels by name, and a fingerprint of every image."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError, NoTestImagesError
from shiftprobe.core.escape import escape
from shiftprobe.core.readers import PLAIN, FileTraits
from shiftprobe.core.types import Image

_SPARSE = 16  # px between those that are asked first whether they have a colour
THUMB = 16
"""Side in px of the thumbnail that near-duplicates are judged by."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that gave no image. Both texts are safe to encode, but foreign: print through `show`."""

    path: str  # relative to the folder that was read
    reason: str


@dataclass(frozen=True, slots=True)
class Print:
    """One image's fingerprint: equal pixels give equal prints, whatever file they came from."""

    sha256: str  # hex, of shape and pixels
    thumb: bytes  # (16, 16) grey levels, rows first
    height: int
    width: int
    colour: bool = field(compare=False)  # whether it is (H, W, 3) as decoded, three equal channels too
    traits: FileTraits = field(default=PLAIN, compare=False)  # of its file

    @property
    def size(self) -> int:
        """Bytes of its pixels as decoded."""
        return self.height * self.width * (3 if self.colour else 1)


def fingerprint(image: Image) -> Print:
    """The print of one image, (H, W, 1) or (H, W, 3); three equal channels count as one grey channel."""
    grey = image.shape[2] == 1 or (_is_grey(image[::_SPARSE, ::_SPARSE]) and _is_grey(image))
    pixels = np.ascontiguousarray(image[..., :1] if grey else image)
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(pixels.data)
    picture = PIL.Image.fromarray(pixels[..., 0] if grey else pixels)
    small = picture.resize((THUMB, THUMB), PIL.Image.Resampling.BOX).convert("L")
    height, width, channels = image.shape
    return Print(digest.hexdigest(), small.tobytes(), height, width, channels > 1)


def _is_grey(image: Image) -> bool:
    return bool((image == image[..., :1]).all())


def frozen(image: Image, channels: int) -> Image:
    """The image with that many channels (grey is repeated for 3), closed to writing: bundles are shared."""
    if image.shape[2] != channels:
        image = np.repeat(image, channels, axis=2)
    image.flags.writeable = False
    return image


@dataclass(frozen=True, kw_only=True, eq=False)
class Bundle:
    """Labelled images of one origin. Images are read-only arrays and may differ in size.

    Raises:
        DataError: when the parts do not belong together.
    """

    name: str  # "digits:mnist", "folder:photos"
    images: Sequence[Image] = field(repr=False)  # (H, W, 1) or (H, W, 3), the same channels in all
    labels: NDArray[np.int64] = field(repr=False)  # (N,)
    classes: tuple[str, ...]  # names, in label order
    official: NDArray[np.str_] | None = field(default=None, repr=False)  # (N,) "train" or "test"
    skipped: tuple[Skipped, ...] = field(default=(), repr=False)  # pictures that could not be used
    set_aside: tuple[Skipped, ...] = field(default=(), repr=False)  # what never claimed to be a picture
    unlabelled: int = 0  # images that had no label and were left out
    prints: tuple[Print, ...] = field(default=(), repr=False)  # where the origin took them while decoding
    groups: NDArray[np.str_] | None = field(default=None, repr=False)  # (N,) domain of each image, where it is named
    clusters: NDArray[np.str_] | None = field(default=None, repr=False)  # (N,) what belongs together, where it is said
    paths: Sequence[str] | None = field(
        default=None, repr=False
    )  # (N,) where each came from, relative, as `show` writes

    def __post_init__(self) -> None:
        """Refuse parts of unequal length, labels without a class, and classes of one name."""
        count = len(self.images)
        for part, size in self._sizes().items():
            if size != count:
                raise DataError(f"{escape(self.name)}: wanted one of {part} per image, got {size} for {count}")
        if not count:
            raise DataError(f"{escape(self.name)}: wanted images, got none; check the path or the filter")
        if self.labels.min() < 0 or self.labels.max() >= len(self.classes):
            raise DataError(
                f"{escape(self.name)}: wanted labels from 0 to {len(self.classes) - 1}, "
                f"got {self.labels.min()} to {self.labels.max()}; name every class"
            )
        if len(set(self.classes)) != len(self.classes):
            raise DataError(f"{escape(self.name)}: two classes share a name; rename one")

    def _sizes(self) -> dict[str, int]:
        sizes = {"labels": len(self.labels)}
        others = {
            "official": self.official,
            "groups": self.groups,
            "clusters": self.clusters,
            "paths": self.paths,
            "prints": self.prints or None,
        }
        return sizes | {name: len(part) for name, part in others.items() if part is not None}

    def __len__(self) -> int:
        """How many images."""
        return len(self.images)

    @cached_property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB), the same for every image."""
        if self.prints:  # no picture is decoded for it
            return 3 if any(one.colour for one in self.prints) else 1
        return int(self.images[0].shape[2])

    @cached_property
    def shapes(self) -> tuple[tuple[int, int, int], ...]:
        """(H, W, C) of each image; none is decoded for it."""
        if self.prints:
            return tuple((one.height, one.width, self.channels) for one in self.prints)
        return tuple((*image.shape[:2], image.shape[2]) for image in self.images)

    @cached_property
    def traits(self) -> tuple[FileTraits, ...]:
        """What in each image's file readers take in different ways; what came from memory has been read."""
        return tuple(one.traits for one in self.prints) or (PLAIN,) * len(self)

    @cached_property
    def shorter_sides(self) -> NDArray[np.int64]:
        """(N,) px of the shorter side of each image."""
        found: NDArray[np.int64] = np.array(self.shapes, np.int64)[:, :2].min(axis=1)
        return found

    @cached_property
    def _prints(self) -> tuple[Print, ...]:
        return self.prints or tuple(map(fingerprint, self.images))

    @cached_property
    def hashes(self) -> tuple[str, ...]:
        """Per image, SHA-256 of its shape and decoded pixels; a grey image and its RGB copy share one."""
        return tuple(one.sha256 for one in self._prints)

    @cached_property
    def thumbs(self) -> NDArray[np.uint8]:
        """Grey thumbnails, (N, 16, 16)."""
        joined = b"".join(one.thumb for one in self._prints)
        return np.frombuffer(joined, np.uint8).reshape(-1, THUMB, THUMB)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that a run can depend on: pixels in order, channels, labels, classes, split, domains."""
        official = None if self.official is None else self.official.tolist()
        parts = [self.channels, self.hashes, self.labels.tolist(), self.classes, official]
        parts += [] if self.groups is None else [self.groups.tolist()]  # data without domains keeps the digest it had
        parts += [] if self.clusters is None else [{"clusters": self.clusters.tolist()}]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def judged(bundle: Bundle) -> NDArray[np.int64]:
    """The images that a checkpoint may be judged on: the test part where the data divides itself, else all.

    Returns:
        Increasing positions into the bundle; never none.

    Raises:
        NoTestImagesError: when the data divides itself and its test part holds no image with a class.
    """
    if bundle.official is None:
        return np.arange(len(bundle))
    testing = np.flatnonzero(bundle.official == "test")
    if not len(testing):
        raise NoTestImagesError(
            f"{escape(bundle.name)}: wanted images with a class in its test part, got none; the training images are "
            "not judged instead: mend that part, or name the training part alone"
        )
    return testing
