"""Four kinds of real images, small: digits, clothes, drawings, photographs; each divided into origin, home and target.

The origin trains a checkpoint, home holds further images of the same domain, the target is what the checkpoint meets.
Drawings: a folder with a folder of PNG files per group, from the npm package openmoji (CC BY-SA 4.0; the environment's
SHIFTPROBE_DRAWINGS names it). Nothing but numbers is kept of them.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.data import load
from shiftprobe.data.digits import read_mnist

FASHION = "idx:/usr/share/datasets/fashion-mnist"  # apt-get install dataset-fashion-mnist
DRAWINGS = "SHIFTPROBE_DRAWINGS"
GROUPS = ("animals-nature", "flags", "food-drink", "people-body", "smileys-emotion")
PHOTOGRAPHS = (
    "astronaut.png",
    "coffee.png",
    "chelsea.png",
    "rocket.jpg",
    "motorcycle_left.png",
    "hubble_deep_field.jpg",
)
SMALL, BLOCK, MOST = 14, 32, 260  # px of grey images; px of a piece of a photograph; pieces of one photograph


@dataclass(frozen=True, slots=True)
class Items:
    """Labelled images in memory, with the names of their classes: a torch-style data set."""

    images: NDArray[np.uint8] = field(repr=False)  # (N, H, W) or (N, H, W, 3)
    labels: NDArray[np.int64] = field(repr=False)
    classes: tuple[str, ...]

    def __len__(self) -> int:
        """How many images."""
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], int]:
        """An image and its label."""
        return self.images[index], int(self.labels[index])

    def at(self, index: NDArray[np.int64]) -> "Items":
        """Some of them."""
        return replace(self, images=self.images[index], labels=self.labels[index])

    def with_images(self, images: NDArray[np.uint8]) -> "Items":
        """Other pixels under the same labels."""
        return replace(self, images=np.ascontiguousarray(images))


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Images of one kind, divided."""

    name: str
    size: int  # px at which networks take them
    origin: Items
    home: Items
    target: Items

    @property
    def channels(self) -> int:
        """1 or 3."""
        return 3 if self.origin.images.ndim == 4 else 1  # noqa: PLR2004 - axes

    def each(self, change: "Callable[[Items], Items]") -> "Domain":
        """The same change to all three parts."""
        return replace(self, origin=change(self.origin), home=change(self.home), target=change(self.target))

    @property
    def classes(self) -> tuple[str, ...]:
        """Names in the order of the labels."""
        return self.origin.classes


@cache
def digits() -> Domain:
    """MNIST at 14 px."""
    images, labels = read_mnist()
    return _divided("digits", SMALL, Items(_halved(images), labels, tuple("0123456789")), (1500, 400, 2400))


@cache
def fashion() -> Domain:
    """Fashion-MNIST at 14 px."""
    bundle = load(FASHION, Path())
    some = seeding.generator(0, "plants", "fashion").permutation(len(bundle))[:5000]
    images = np.stack([bundle.images[i][..., 0] for i in some.tolist()])
    return _divided("fashion", SMALL, Items(_halved(images), bundle.labels[some], bundle.classes), (2000, 400, 2600))


@cache
def drawings() -> Domain:
    """Drawings at 24 px in five groups; the origin holds four views of each of its drawings."""
    folder = Path(os.environ[DRAWINGS])
    files = [(file, i) for i, name in enumerate(GROUPS) for file in sorted((folder / name).rglob("*.png"))]
    whole = Items(
        np.stack([np.asarray(PIL.Image.open(file).convert("RGB")) for file, _ in files]),
        np.array([i for _, i in files], np.int64),
        GROUPS,
    )
    n = len(whole)
    parts = _divided("drawings", 24, whole, (int(0.45 * n), int(0.22 * n), n - int(0.45 * n) - int(0.22 * n)))
    views = parts.origin.at(np.repeat(np.arange(len(parts.origin)), 4))
    return replace(
        parts,
        origin=views.with_images(np.stack([_view(image, i) for i, image in enumerate(views.images)])),
        home=parts.home.with_images(np.stack([_view(image, None) for image in parts.home.images])),
        target=parts.target.with_images(np.stack([_view(image, None) for image in parts.target.images])),
    )


@cache
def photographs() -> Domain:
    """Pieces of eight photographs of scikit-learn and scikit-image, 16 px; the class is the photograph."""
    import skimage
    from sklearn.datasets import load_sample_images

    folder = Path(skimage.__file__).parent / "data"
    named = {name.split(".")[0]: np.asarray(PIL.Image.open(folder / name).convert("RGB")) for name in PHOTOGRAPHS}
    china, flower = load_sample_images().images
    named |= {"china": china, "flower": flower}
    classes = tuple(sorted(named))
    pieces = [_pieces(named[name], i) for i, name in enumerate(classes)]
    labels = np.repeat(np.arange(len(classes)), [len(one) for one in pieces])
    whole = Items(np.concatenate(pieces), labels.astype(np.int64), classes)
    return _divided("photographs", 16, whole, (1000, 280, len(whole) - 1280))


DOMAINS: Mapping[str, Callable[[], Domain]] = {
    "digits": digits,
    "fashion": fashion,
    "drawings": drawings,
    "photographs": photographs,
}


def of_classes(domain: Domain, names: Sequence[str]) -> Domain:
    """The images of some classes."""
    return domain.each(lambda items: _only(items, tuple(names)))


def _only(items: Items, names: tuple[str, ...]) -> Items:
    places = np.array([names.index(one) if one in names else -1 for one in items.classes])
    kept = np.flatnonzero(places[items.labels] >= 0)
    return Items(items.images[kept], places[items.labels[kept]], names)


def _divided(name: str, size: int, whole: Items, counts: tuple[int, int, int]) -> Domain:
    order = seeding.generator(0, "plants", name).permutation(len(whole))
    ends = np.cumsum(counts)
    origin, home, target = (whole.at(order[end - count : end]) for end, count in zip(ends, counts, strict=True))
    return Domain(name=name, size=size, origin=origin, home=home, target=target)


def _halved(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, 28, 28) -> (N, 14, 14), means of four."""
    n, side = len(images), images.shape[1] // 2
    means: NDArray[np.float64] = images.reshape(n, side, 2, side, 2).mean((2, 4))
    return np.rint(means).astype(np.uint8)


def _view(image: NDArray[np.uint8], draw: int | None) -> NDArray[np.uint8]:
    """A drawing at 24 px, moved and enlarged a little where there is a draw."""
    if draw is None:
        return cv2.resize(image, (24, 24), interpolation=cv2.INTER_AREA).astype(np.uint8)
    rng = seeding.generator("plants", "view", draw)
    side = int(rng.integers(26, 33))
    top, left = rng.integers(0, 33 - side, 2).tolist()
    piece = image[top : top + side, left : left + side]
    return cv2.resize(piece, (24, 24), interpolation=cv2.INTER_AREA).astype(np.uint8)


def _pieces(photo: NDArray[np.uint8], draw: int) -> NDArray[np.uint8]:
    """Pieces that do not overlap, half as large."""
    rows, columns = photo.shape[0] // BLOCK, photo.shape[1] // BLOCK
    places = [(BLOCK * (i // columns), BLOCK * (i % columns)) for i in range(rows * columns)]
    order = seeding.generator("plants", "pieces", draw).permutation(len(places))[:MOST].tolist()
    cut = [photo[places[i][0] : places[i][0] + BLOCK, places[i][1] : places[i][1] + BLOCK] for i in order]
    half = (BLOCK // 2, BLOCK // 2)
    return np.stack([cv2.resize(one, half, interpolation=cv2.INTER_AREA) for one in cut]).astype(np.uint8)
