"""torchvision's classifiers by name, never with weights, fitted to our images."""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple, cast

from torch import nn

from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.models.names import OPTION, TORCHVISION, no_classifier
from shiftprobe.models.options import BuilderOption, chosen
from shiftprobe.models.wider import widened

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum

PREFIX = TORCHVISION
CIFAR_STEM_BELOW = 64  # px; below it a resnet gets the stem that its authors used on CIFAR
_PUBLISHED_WITH = {"googlenet": ("transform_input",), "inception_v3": ("transform_input",)}


class Name(NamedTuple):
    """`inception_v3+transform_input@IMAGENET1K_V1`: an architecture, its weights ("" for none), its options."""

    arch: str
    weights: str = ""
    options: tuple[BuilderOption, ...] = ()


@cache
def names() -> tuple[str, ...]:
    """The classifiers torchvision knows, without its detectors, segmenters and video models."""
    from torchvision import models

    return tuple(models.list_models(module=models))


def parsed(name: str) -> Name:
    """A name of ours, without `torchvision:`, in its parts; published weights bring the options of their own.

    Raises:
        UnknownNameError: with the name that was probably meant, of the architecture, an option or its weights.
    """
    whole, at, weights = name.partition("@")
    arch, *options = whole.split(OPTION)
    if arch not in names():
        raise no_classifier(arch, names())
    if at and weights not in (known := published(arch)):
        raise UnknownNameError(
            f"{PREFIX}{arch} has no weights {escape(repr(weights))}{suggest(weights, known)} "
            f"(known: {', '.join(known)})"
        )
    own = _PUBLISHED_WITH.get(arch, ()) if weights else ()
    return Name(arch, weights, chosen(arch, dict.fromkeys((*options, *own))))


def as_published(arch: str) -> str:
    """An architecture, as torchvision spells it, with the options that its published weights were trained with."""
    return OPTION.join((arch, *_PUBLISHED_WITH.get(arch, ())))


def published(arch: str) -> "dict[str, WeightsEnum]":
    """The weights that torchvision publishes for a classifier, by name, without those that have no head."""
    from torchvision import models

    known = models.get_model_weights(arch)
    found = {weights.name: weights for weights in known if weights.meta.get("categories")}
    return found | ({"DEFAULT": known.DEFAULT} if found else {})


def classifier(name: str, *, classes: int, channels: int, size: int, width: int = 1) -> nn.Module:
    """A torchvision classifier with random weights for square images.

    The first convolution takes `channels`. A resnet, resnext or wide resnet for images under 64 px starts
    with a 3x3 convolution of stride 1 and has no max pool there; other families keep their stem. Where published
    weights are named, the network is the one that was published, whatever the size.

    Args:
        name: one of `names()`, with or without `+OPTION` (see `models.options`) and `@WEIGHTS`.
        classes: how many logits it gives.
        channels: 1 or 3.
        size: side of the images in px.
        width: how many times the width of what goes by that name.

    Raises:
        UnknownNameError: when torchvision has no such classifier, or it no such option or weights.
        SpecError: when a vision transformer's patches do not tile the image, or no wider one of its family is known.

    Reference: He et al., 2015, arXiv:1512.03385, section 4.2, for the small stem.
    """
    from torchvision import models

    arch, weights, chosen_options = parsed(name)
    if weights:
        _check_side(name, published(arch)[weights].transforms().crop_size[0], size)
    options = {"weights": None, "num_classes": classes, **_arguments(arch, size)}
    for option in chosen_options:
        if option.colour and channels == 1:
            raise SpecError(f"{PREFIX}{name}: wanted 3 channels for +{option.name}, got 1; set channels to 3")
        options |= option.arguments
    made = widened(arch, width, options) if width > 1 else models.get_model(arch, **options)
    network = cast("nn.Module", made)
    if isinstance(network, models.ResNet) and size < CIFAR_STEM_BELOW and not weights:
        network.conv1 = nn.Conv2d(3, network.conv1.out_channels, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
        network.maxpool = nn.Identity()
    for option in chosen_options:
        option.change(network)
    if channels == 1:
        _make_grey(network)
    return network


def _check_side(name: str, wanted: int, size: int) -> None:
    """Weights of a vision transformer hold a number per place in the image."""
    if name.startswith("vit_") and size != wanted:
        raise SpecError(f"{PREFIX}{name}: published for images of {wanted} px, got {size}; set the size to {wanted}")


def _arguments(arch: str, size: int) -> dict[str, object]:
    """What the builder must be told beyond the number of classes."""
    if arch in {"googlenet", "inception_v3"}:
        return {"aux_logits": False, "init_weights": True}
    if arch.startswith("maxvit"):
        return {"input_size": (size, size)}
    if arch.startswith("vit_"):
        patch = int(arch.rsplit("_", 1)[1])
        if size % patch:
            raise SpecError(
                f"{PREFIX}{arch}: wanted a side divisible by its patch of {patch} px, got {size}; "
                f"set model.preprocess.size to {max(patch, round(size / patch) * patch)}"
            )
        return {"image_size": size}
    return {}


def _make_grey(network: nn.Module) -> None:
    """Let the first convolution take one channel; its weights stay drawn as the family draws them."""
    first = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    first.in_channels = 1
    first.weight = nn.Parameter(first.weight.detach()[:, :1].clone())
