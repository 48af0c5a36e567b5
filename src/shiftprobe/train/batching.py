"""The batches of one epoch: which images, varied and mixed how, with what answers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from shiftprobe.core import seeding
from shiftprobe.spec.recipe import Course, Recipe
from shiftprobe.train.augment import Augment, Draws, augmented, digest, draw, mixed, shares
from shiftprobe.train.augment.to_device import to_device
from shiftprobe.train.balance import balanced_order
from shiftprobe.train.pixels import Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """B images as the network meets them, with their answers; all on the device."""

    images: Tensor  # (B, C, S, S) float32
    labels: Tensor  # (B,) int64
    partners: Tensor | None = None  # (B,) labels of the images that were mixed in; None where nothing was
    share: Tensor | None = None  # (B,) of each image in its mixture, in [0, 1]


def order(n: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The order in which n images are met in one epoch; the same in every arm of a seed."""
    return seeding.generator(seed, "order", epoch).permutation(n)


def met(recipe: Recipe, labels: NDArray[np.int64], seed: int, epoch: int) -> NDArray[np.int64]:
    """The places of the images that one epoch meets, (N,) in order, by their (N,) labels."""
    if recipe.balance == "sampling":
        return balanced_order(labels, seed, epoch)
    return order(len(labels), seed, epoch)


def augment_of(recipe: Recipe) -> Augment:
    """How a recipe varies and mixes images."""
    return Augment(kind=recipe.aug, scale=recipe.scale, flip=recipe.flip, mixup=recipe.mixup, cutmix=recipe.cutmix)


def crops_digest(recipe: Recipe, n: int, seed: int) -> str:
    """SHA-256 of all that is drawn for n images over a training; equal where two arms see the same pixels."""
    return digest(augment_of(recipe), n, seed=seed, epochs=range(recipe.course(n).epochs))


def epoch_batches(data: Pixels, recipe: Recipe, course: Course, *, seed: int, epoch: int) -> Iterator[Batch]:
    """One batch after the other.

    Args:
        data: N training images.
        recipe: augmentation and mixing.
        course: how many batches an epoch has; the last epoch may be cut short.
        seed: of the order and of the draws, which belong to images and not to places in a batch.
        epoch: from 0.
    """
    places = np.array_split(met(recipe, data.answers, seed, epoch), course.per_epoch)[: course.in_epoch(epoch)]
    augment = augment_of(recipe)
    if not augment.changes:
        for images, labels in data.batches(places):
            yield Batch(images=images, labels=labels)
        return
    draws = draw(augment, len(data), seed=seed, epoch=epoch)
    partners = [draws.partner[part] for part in places] if augment.mixes else []
    both = list(map(np.concatenate, zip(places, partners, strict=True))) if partners else places
    for part, shown, raw in zip(places, both, data.stream(both), strict=True):
        images, labels = data.normalised(_varied(raw, draws.rows(shown))), data.labels(shown)
        yield _mixed(images, labels, draws.rows(part)) if partners else Batch(images=images, labels=labels)


def _mixed(images: Tensor, labels: Tensor, draws: Draws) -> Batch:
    """B images joined with their partners, which follow them in the same order."""
    (images, others), (labels, partners) = images.chunk(2), labels.chunk(2)
    share = to_device(shares(draws, *images.shape[2:]).astype(np.float32), images.device)
    return Batch(images=mixed(images, others, draws), labels=labels, partners=partners, share=share)


def _varied(raw: Tensor, draws: Draws) -> Tensor:
    """Bytes (B, S, S, C) with each image cropped, flipped and varied as its row says."""
    return augmented(raw.permute(0, 3, 1, 2), draws).permute(0, 2, 3, 1)
