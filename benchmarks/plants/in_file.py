"""What is wrong with a checkpoint's file, or with what is said about it: found without any training."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from plants import images
from plants.checkpoints import (
    Ground,
    checkpoint,
    dead_units,
    half_loaded,
    other_head,
    outputs_moved,
    stale_statistics,
    untrained,
)
from plants.planting import Planted
from shiftprobe.models.preprocess import Preprocess

FULL = 255.0
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
DEEP: Mapping[str, tuple[str, ...]] = {
    "small_cnn": ("blocks.4", "blocks.5"),
    "grouped": ("body.6", "body.7", "body.9", "body.10"),
    "plain": ("body.4", "body.6"),
    "vit": ("trunk.encoder.layers.encoder_layer_2", "trunk.encoder.layers.encoder_layer_3"),
}
"""Layers that a file lacked, by network."""

BIASES: Mapping[str, str] = {
    "small_cnn": "blocks.4.2.bias", "grouped": "body.7.bias", "plain": "body.4.bias",
    "vit": "trunk.encoder.layers.encoder_layer_2.mlp.0.bias",
}  # fmt: skip
"""Biases before a rectifier."""


def levels(where: Ground, undone: bool) -> Planted:
    """Trained on normalised images, said to take grey levels of 0 to 255."""
    told = _scaled(where, 0.0, 1 / FULL)
    return Planted(ground=where, state=checkpoint(where), told=None if undone else told)


def normalised(where: Ground, undone: bool) -> Planted:
    """Trained on grey levels of 0 to 255, said to take 0 to 1."""
    right = replace(where, preprocess=_scaled(where, 0.0, 1 / FULL))
    return Planted(ground=right, state=checkpoint(right), told=None if undone else _scaled(where, 0.0, 1.0))


def one_to_one(where: Ground, undone: bool) -> Planted:
    """Trained on 0 to 1, said to take -1 to 1."""
    right = replace(where, preprocess=_scaled(where, 0.0, 1.0))
    return Planted(ground=right, state=checkpoint(right), told=None if undone else _scaled(where, 0.5, 0.5))


def imagenet(where: Ground, undone: bool) -> Planted:
    """Trained with ImageNet's mean and std, said to take 0 to 1."""
    right = replace(where, preprocess=replace(where.preprocess, mean=IMAGENET[0], std=IMAGENET[1]))
    return Planted(ground=right, state=checkpoint(right), told=None if undone else _scaled(where, 0.0, 1.0))


def blue_first(where: Ground, undone: bool) -> Planted:
    """Trained on images whose colours stand as blue, green, red; said to take red first."""
    right = replace(where, preprocess=replace(where.preprocess, order="BGR"))
    return Planted(ground=right, state=checkpoint(right), told=None if undone else where.preprocess)


def stale(where: Ground, undone: bool) -> Planted:
    """Batch statistics that nobody ever updated."""
    state = checkpoint(where)
    return Planted(ground=where, state=state if undone else stale_statistics(state))


def foreign_statistics(where: Ground, undone: bool) -> Planted:
    """Batch statistics of an early epoch, as a file has that averages weights and forgets the rest."""
    state, early = checkpoint(where), checkpoint(where, where.domain.origin.at(_first(40)), epochs=1)
    mixed = {key: early[key] if "running_" in key else value for key, value in state.items()}
    return Planted(ground=where, state=state if undone else mixed)


def outputs(where: Ground, undone: bool) -> Planted:
    """The head's outputs stand in another order than the names."""
    state = checkpoint(where)
    return Planted(ground=where, state=state if undone else outputs_moved(where, state))


def half(where: Ground, undone: bool) -> Planted:
    """The deeper layers were not in the file, and are as they were drawn."""
    state = checkpoint(where)
    return Planted(ground=where, state=state if undone else half_loaded(where, state, *DEEP[where.network]))


def never_trained(where: Ground, undone: bool) -> Planted:
    """The file of a network before its first step."""
    return Planted(ground=where, state=checkpoint(where) if undone else untrained(where))


def dead(where: Ground, undone: bool) -> Planted:
    """Most units of a layer never fire."""
    state = checkpoint(where)
    return Planted(ground=where, state=state if undone else dead_units(state, BIASES[where.network], 0.95))


def head_of_another(where: Ground, undone: bool) -> Planted:
    """The head of a training with another draw of weights."""
    state = checkpoint(where)
    wrong = other_head(where, state, checkpoint(where, seed=1))
    return Planted(ground=where, state=state if undone else wrong)


def head_not_loaded(where: Ground, undone: bool) -> Planted:
    """The head was not in the file."""
    state = checkpoint(where)
    return Planted(ground=where, state=state if undone else other_head(where, state, untrained(where)))


def seen_before(where: Ground, undone: bool) -> Planted:
    """The whole target, test images and all, trained the checkpoint, and nobody says so."""
    domain = where.domain
    everything = images.joined(domain.origin.at(_first(300)), domain.target)
    state = checkpoint(where, domain.origin.at(_first(300))) if undone else checkpoint(where, everything, epochs=30)
    return Planted(ground=where, state=state)


def _scaled(where: Ground, mean: float, std: float) -> Preprocess:
    channels = where.preprocess.channels
    return replace(where.preprocess, mean=(mean,) * channels, std=(std,) * channels)


def _first(count: int) -> NDArray[np.int64]:
    return np.arange(count)


PLANTS: Mapping[str, Callable[[Ground, bool], Planted]] = {
    plant.__name__: plant
    for plant in (
        levels, normalised, one_to_one, imagenet, blue_first, stale, foreign_statistics, outputs, half, never_trained,
        dead, head_of_another, head_not_loaded, seen_before,
    )
}  # fmt: skip
"""By name."""
