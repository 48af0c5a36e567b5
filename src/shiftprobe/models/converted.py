"""Weights under the names of who published them first, as timm itself turns them into its own: CLIP, DINOv2 and kin."""

import sys
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from shiftprobe.core.errors import out_of_memory
from shiftprobe.models import timm_
from shiftprobe.models.head import in_head
from shiftprobe.models.placed import HEAD, placed_shapes
from shiftprobe.models.skeleton import Skeleton, WithoutMemory, difference

_CLASSES = 997


class Converted(NamedTuple):
    """Weights by timm's names, and that they were turned into them, in words."""

    state: Mapping[str, Tensor]
    notes: tuple[str, ...] = ()


def converted(state: Mapping[str, Tensor], bones: Skeleton) -> Converted:
    """Weights that timm's network lacks names for, through timm's own converter; others as they are.

    Args:
        state: of a file; those of a head from another file under `HEAD`.
        bones: the network.
    """
    if not bones.arch.startswith(timm_.PREFIX) or not _backbone_differs(state, bones):
        return Converted(state)
    name = bones.arch.removeprefix(timm_.PREFIX)
    published = timm_.config(name)
    side = published.input_size[-1] if published is not None else 224
    with torch.random.fork_rng(devices=[]), WithoutMemory():
        network = timm_.classifier(name, classes=_CLASSES, channels=3, size=side)
    convert = getattr(sys.modules[type(network).__module__], "checkpoint_filter_fn", None)
    if convert is None:
        return Converted(state)
    head = {name: value for name, value in state.items() if in_head(name, HEAD)}
    try:
        found = convert({name: value for name, value in state.items() if name not in head}, network)
    except Exception as error:  # timm's converters assume the files that they were written for
        if out_of_memory(error):
            raise
        return Converted(state)
    turned = {str(name): value for name, value in found.items() if isinstance(value, Tensor)} | head
    if _backbone_differs(turned, bones):
        return Converted(state)
    return Converted(turned, (f"timm's own converter turned its names into those of {bones.arch}",))


def _backbone_differs(state: Mapping[str, Tensor], bones: Skeleton) -> bool:
    differs = difference(bones, placed_shapes(bones, {name: tuple(value.shape) for name, value in state.items()}))
    return any(not in_head(name, bones.head) for name in (*differs.missing, *differs.shapes))
