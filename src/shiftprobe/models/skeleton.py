"""Names and shapes of an architecture's weights, without the weights: a network of any size in under a second."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import isqrt
from typing import Any, NamedTuple, TypeAlias

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from shiftprobe.models import timm_, torchvision_
from shiftprobe.models.head import COUNTER, guides, head_name, in_head
from shiftprobe.models.lite0 import Lite0
from shiftprobe.models.small_cnn import SmallCNN

Shape: TypeAlias = tuple[int, ...]

OWN: Mapping[str, type[nn.Module]] = {"small_cnn": SmallCNN, "lite0": Lite0}
_CLASSES = 997  # a prime: no layer but the head has as many outputs
CHANNELS, _SIDE = 3, 224
_OF_PLACES = 3  # dimensions of such a table: 1, places, width
_PLACES = ("encoder.pos_embedding", "pos_embed")  # one number per place in the image, so that another side fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """An architecture as its state dict shows it."""

    arch: str
    shapes: Mapping[str, Shape]
    head: str  # path of the layer that gives the logits
    stem: str  # name of the first convolution's weight


class Difference(NamedTuple):
    """How the weights of a file differ from an architecture, besides what may differ: head, channels, small stem."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    shapes: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return any(self)


@cache
def skeleton(arch: str) -> Skeleton:
    """The skeleton of `small_cnn`, `lite0`, `torchvision:NAME` or `timm:NAME`, for RGB images of 224 px.

    Raises:
        UnknownNameError: when the library has no such classifier.
        SpecError: when timm is wanted and not installed.
    """
    with torch.random.fork_rng(devices=[]), WithoutMemory():
        network = _made(arch)
    return outlined(arch, network, head_name(network, _CLASSES))


def outlined(arch: str, network: nn.Module, head: str) -> Skeleton:
    """The skeleton of a network that is there.

    Args:
        arch: its name.
        network: with any weights.
        head: path of the layer that gives the logits.
    """
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    stem = next((name for name, shape in shapes.items() if len(shape) == 4), next(iter(shapes)))  # noqa: PLR2004 - out, in, height, width
    return Skeleton(arch=arch, shapes=shapes, head=head, stem=stem)


def difference(bones: Skeleton, shapes: Mapping[str, Shape]) -> Difference:
    """How weights of these names and shapes differ from an architecture; empty when they can be loaded into it."""
    missing = [name for name in bones.shapes if name not in shapes and not name.endswith(COUNTER)]
    unknown = [name for name in shapes if name not in bones.shapes and not guides(name)]
    other = [n for n, shape in bones.shapes.items() if n in shapes and not _fits(bones, n, shape, shapes[n])]
    return Difference(tuple(missing), tuple(unknown), tuple(other))


def side_of(bones: Skeleton, shapes: Mapping[str, Shape]) -> int:
    """A side in px that the network must, or can, be built for to take weights of these shapes."""
    if (trained := trained_side(bones, shapes)) is not None:
        return trained
    return torchvision_.CIFAR_STEM_BELOW // 2 if shapes[bones.stem][-1] < bones.shapes[bones.stem][-1] else _SIDE


def trained_side(bones: Skeleton, shapes: Mapping[str, Shape]) -> int | None:
    """The side in px that weights were trained on, where they tell: they hold numbers per place in the image."""
    places = _places(bones)
    if places is None or len(shapes.get(places, ())) != _OF_PLACES:
        return None
    own = bones.shapes[places]
    return _grid(own, shapes[places]) * (_SIDE // isqrt(own[1])) or None


def has_places(bones: Skeleton) -> bool:
    """Whether it holds numbers per place in the image, and so takes images of one side alone."""
    return _places(bones) is not None


def _places(bones: Skeleton) -> str | None:
    return next((name for name in _PLACES if len(bones.shapes.get(name, ())) == _OF_PLACES), None)


def has_small_stem(bones: Skeleton) -> bool:
    """Whether torchvision's resnets, as we build them for small images, are meant."""
    return bones.arch.startswith(torchvision_.PREFIX) and bones.stem == "conv1.weight" and "fc.weight" in bones.shapes


def _fits(bones: Skeleton, name: str, own: Shape, other: Shape) -> bool:
    if own == other:
        return True
    if len(own) != len(other):
        return False
    if in_head(name, bones.head):
        return own[1:] == other[1:]
    if name == bones.stem:
        kernels = [own[2:], *([(3, 3)] if has_small_stem(bones) else [])]
        return own[0] == other[0] and other[1] in {1, 3} and other[2:] in kernels
    return name == _places(bones) and own[2:] == other[2:] and _grid(own, other) > 0


def _grid(own: Shape, other: Shape) -> int:
    """Places along a side of a table of places (1, N, D), where `own` is for the usual side; 0 where it is no square.

    Places of no patch, of a class token for one, are as many at every side.
    """
    apart = own[1] - isqrt(own[1]) ** 2
    grid = isqrt(max(0, other[1] - apart))
    return grid if grid**2 == other[1] - apart else 0


def _made(arch: str) -> nn.Module:
    if arch in OWN:
        return OWN[arch](classes=_CLASSES, channels=CHANNELS)
    library: Callable[..., nn.Module] = torchvision_.classifier
    if arch.startswith(timm_.PREFIX):
        library = timm_.classifier
    return library(arch.partition(":")[2], classes=_CLASSES, channels=CHANNELS, size=_SIDE)


class WithoutMemory(TorchFunctionMode):
    """What layers fill with weights is made without memory; numbers that builders compute with stay real."""

    def __torch_function__(  # noqa: D105 - torch's own name
        self, func: Any, _types: Iterable[type], args: tuple[Any, ...] = (), kwargs: dict[str, object] | None = None
    ) -> Any:
        options = dict(kwargs or {})
        if func in {torch.empty, torch.zeros, torch.ones}:
            options["device"] = "meta"
        return func(*args, **options)
