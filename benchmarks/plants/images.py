"""What happens to a target between the camera and the network."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from plants.domains import Items
from shiftprobe.core import seeding

Images = NDArray[np.uint8]


def turned(items: Items, quarters: int) -> Items:
    """Turned by quarters."""
    return items.with_images(np.rot90(items.images, quarters, (1, 2)))


def mirrored(items: Items) -> Items:
    """Left and right exchanged."""
    return items.with_images(items.images[:, :, ::-1])


def inverted(items: Items) -> Items:
    """White turned into black."""
    return items.with_images(255 - items.images)


def swapped(items: Items) -> Items:
    """Red and blue exchanged, as files come from OpenCV."""
    return items.with_images(items.images[..., ::-1])


def linear(items: Items, factor: float, offset: float) -> Items:
    """Contrast and brightness moved; grey levels."""
    return items.with_images(np.clip(np.rint(items.images * factor + offset), 0, 255).astype(np.uint8))


def noisy(items: Items, deviation: float) -> Items:
    """Gaussian noise, in grey levels."""
    noise = seeding.generator("plants", "noise").normal(0, deviation, items.images.shape)
    return items.with_images(np.clip(np.rint(items.images + noise), 0, 255).astype(np.uint8))


def tinted(items: Items, *factors: float) -> Items:
    """A cast of colour."""
    return items.with_images(np.clip(np.rint(items.images * np.array(factors)), 0, 255).astype(np.uint8))


def covered(items: Items, share: float) -> Items:
    """A square of every image is covered by another image's."""
    side = items.images.shape[1]
    length = round(side * share)
    images, rng = items.images.copy(), seeding.generator("plants", "covered")
    for i, image in enumerate(images):
        top, left = rng.integers(0, side - length + 1, 2).tolist()
        other = items.images[(i + 17) % len(items)]
        image[top : top + length, left : left + length] = other[top : top + length, left : left + length]
    return items.with_images(images)


def waved(items: Items, pixels: float) -> Items:
    """Bent by a random field, another one for every image."""
    side = items.images.shape[1]
    images, rng = [], seeding.generator("plants", "waved")
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    for image in items.images:
        field = [cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), 2) for _ in range(2)]
        one, two = (part / (np.abs(part).max() + 1e-6) * pixels for part in field)
        images.append(cv2.remap(image, columns + one, rows + two, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    return items.with_images(np.stack(images).astype(np.uint8))


def shuffled_patches(items: Items, parts: int) -> Items:
    """Tiles of every image in an order of its own."""
    side = items.images.shape[1] // parts
    images, rng = items.images[:, : side * parts, : side * parts].copy(), seeding.generator("plants", "tiles")
    for i, image in enumerate(items.images):
        for place, tile in enumerate(rng.permutation(parts * parts).tolist()):
            (row, column), (from_row, from_column) = divmod(place, parts), divmod(tile, parts)
            images[i, row * side : (row + 1) * side, column * side : (column + 1) * side] = image[
                from_row * side : (from_row + 1) * side, from_column * side : (from_column + 1) * side
            ]
    return items.with_images(images)


def mislabelled(items: Items, share: float) -> Items:
    """A share of labels drawn anew."""
    rng = seeding.generator("plants", "labels")
    wrong = rng.random(len(items)) < share
    return replace(items, labels=np.where(wrong, rng.integers(0, len(items.classes), len(items)), items.labels))


def shuffled_labels(items: Items) -> Items:
    """Every label goes to another image."""
    return replace(items, labels=seeding.generator("plants", "shuffled").permutation(items.labels))


def renamed(items: Items, by: int = 1) -> Items:
    """Every class under another's name."""
    return replace(items, classes=(*items.classes[by:], *items.classes[:by]))


def exchanged(items: Items, one: int, two: int) -> Items:
    """Two classes under each other's name."""
    names = list(items.classes)
    names[one], names[two] = names[two], names[one]
    return replace(items, classes=tuple(names))


def twins(items: Items, *labels: int) -> Items:
    """Some classes under two names each, as nobody can tell apart."""
    rng, new = seeding.generator("plants", "twins", len(items)), items.labels.copy()
    for i, label in enumerate(labels):
        new[(items.labels == label) & (rng.random(len(items)) < 0.5)] = len(items.classes) + i  # noqa: PLR2004 - halves
    names = (*items.classes, *(f"{items.classes[label]} too" for label in labels))
    return Items(items.images, new, names)


def with_shares(items: Items, *shares: float) -> Items:
    """So many of each class are left, as a share of those there are."""
    kept = [np.flatnonzero(items.labels == label)[: round(share * (items.labels == label).sum())]
            for label, share in enumerate(shares)]  # fmt: skip
    return items.at(np.sort(np.concatenate(kept)))


def joined(one: Items, two: Items) -> Items:
    """Both."""
    return replace(
        one, images=np.concatenate([one.images, two.images]), labels=np.concatenate([one.labels, two.labels])
    )
