"""torchvision's classifiers by name, never with weights, fitted to our images."""

from functools import cache
from typing import Any, cast

from torch import nn

from shiftprobe.errors import SpecError, UnknownNameError
from shiftprobe.registry import suggest
from shiftprobe.show import show

PREFIX = "torchvision:"
SMALL = 64  # px; below it a resnet gets the stem that its authors used on CIFAR


@cache
def names() -> tuple[str, ...]:
    """The classifiers torchvision knows, without its detectors, segmenters and video models."""
    from torchvision import models

    return tuple(models.list_models(module=models))


def check_name(name: str) -> None:
    """Refuse a name torchvision does not know.

    Raises:
        UnknownNameError: with the name that was probably meant.
    """
    if name not in names():
        raise UnknownNameError(
            f"torchvision has no classifier {show(repr(name))}{suggest(name, names())}; "
            "see them with `shiftprobe list models`"
        )


def classifier(name: str, *, classes: int, channels: int, size: int) -> nn.Module:
    """A torchvision classifier with random weights for square images.

    The first convolution takes `channels`. A resnet, resnext or wide resnet for images under 64 px starts
    with a 3x3 convolution of stride 1 and has no max pool there; other families keep their stem.

    Args:
        name: one of `names()`.
        classes: how many logits it gives.
        channels: 1 or 3.
        size: side of the images in px.

    Raises:
        UnknownNameError: when torchvision has no such classifier.
        SpecError: when a vision transformer's patches do not tile the image.

    Reference: He et al., 2015, arXiv:1512.03385, section 4.2, for the small stem.
    """
    from torchvision import models

    check_name(name)
    network = cast("nn.Module", models.get_model(name, weights=None, num_classes=classes, **_options(name, size)))
    if isinstance(network, models.ResNet) and size < SMALL:
        network.conv1 = nn.Conv2d(3, network.conv1.out_channels, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
        network.maxpool = nn.Identity()
    if channels == 1:
        _make_grey(network)
    return network


def _options(name: str, size: int) -> dict[str, Any]:
    """What the builder must be told beyond the number of classes."""
    if name in {"googlenet", "inception_v3"}:
        return {"aux_logits": False, "init_weights": True}
    if name.startswith("maxvit"):
        return {"input_size": (size, size)}
    if name.startswith("vit_"):
        patch = int(name.rsplit("_", 1)[1])
        if size % patch:
            raise SpecError(
                f"{PREFIX}{name}: wanted a side divisible by its patch of {patch} px, got {size}; "
                f"set model.preprocess.size to {max(patch, round(size / patch) * patch)}"
            )
        return {"image_size": size}
    return {}


def _make_grey(network: nn.Module) -> None:
    """Let the first convolution take one channel; its weights stay drawn as the family draws them."""
    first = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    first.in_channels = 1
    first.weight = nn.Parameter(first.weight.detach()[:, :1].clone())
