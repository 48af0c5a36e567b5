"""Names and shapes of an architecture's weights, without the weights: a network of any size in under a second."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from shiftprobe.models import timm_, torchvision_
from shiftprobe.models.head import AUXILIARY, COUNTER, head_name, in_head
from shiftprobe.models.lite0 import Lite0
from shiftprobe.models.small_cnn import SmallCNN

Shape: TypeAlias = tuple[int, ...]

OWN: Mapping[str, type[nn.Module]] = {"small_cnn": SmallCNN, "lite0": Lite0}
_CLASSES = 997  # a prime: no layer but the head has as many outputs
CHANNELS, _SIDE = 3, 224
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
    with torch.random.fork_rng(devices=[]), _WithoutMemory():
        network = _made(arch)
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    stem = next(name for name, shape in shapes.items() if len(shape) == 4)  # noqa: PLR2004 - out, in, height, width
    return Skeleton(arch=arch, shapes=shapes, head=head_name(network, _CLASSES), stem=stem)


def difference(bones: Skeleton, shapes: Mapping[str, Shape]) -> Difference:
    """How weights of these names and shapes differ from an architecture; empty when they can be loaded into it."""
    missing = [name for name in bones.shapes if name not in shapes and not name.endswith(COUNTER)]
    unknown = [name for name in shapes if name not in bones.shapes and not name.startswith(AUXILIARY)]
    other = [n for n, shape in bones.shapes.items() if n in shapes and not _fits(bones, n, shape, shapes[n])]
    return Difference(tuple(missing), tuple(unknown), tuple(other))


def side_of(bones: Skeleton, shapes: Mapping[str, Shape]) -> int:
    """A side in px that the network must, or can, be built for to take weights of these shapes."""
    places = next((name for name in _PLACES if name in bones.shapes and name in shapes), None)
    if places is not None:
        grid = int((shapes[places][1] - 1) ** 0.5)
        return int(grid * shapes[bones.stem][-1])
    return torchvision_.CIFAR_STEM_BELOW // 2 if shapes[bones.stem][-1] < bones.shapes[bones.stem][-1] else _SIDE


def has_places(bones: Skeleton) -> bool:
    """Whether it holds a number per place in the image, as vision transformers do, and so is made for one side."""
    return any(name in bones.shapes for name in _PLACES)


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
    return name in _PLACES and own[2:] == other[2:] and _is_square(other[1] - 1)


def _is_square(count: int) -> bool:
    return count > 0 and int(count**0.5) ** 2 == count


def _made(arch: str) -> nn.Module:
    if arch in OWN:
        return OWN[arch](classes=_CLASSES, channels=CHANNELS)
    library: Callable[..., nn.Module] = torchvision_.classifier
    if arch.startswith(timm_.PREFIX):
        library = timm_.classifier
    return library(arch.partition(":")[2], classes=_CLASSES, channels=CHANNELS, size=_SIDE)


class _WithoutMemory(TorchFunctionMode):
    """What layers fill with weights is made without memory; numbers that builders compute with stay real."""

    def __torch_function__(
        self, func: Any, _types: Iterable[type], args: tuple[Any, ...] = (), kwargs: dict[str, object] | None = None
    ) -> Any:
        options = dict(kwargs or {})
        if func in {torch.empty, torch.zeros, torch.ones}:
            options["device"] = "meta"
        return func(*args, **options)
