"""The same architecture with every layer some times as wide: whether a network is too narrow for its task."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.models.names import TORCHVISION

if TYPE_CHECKING:
    from torchvision.models import ResNet, VisionTransformer

KNOWN = (
    "small_cnn, torchvision's resnets, resnexts, mobilenets and vision transformers, and a factory of your own that "
    "takes `width`"
)
_OF_RESNETS = ("replace_stride_with_dilation",)  # what their class takes too
LEAST = 2.0  # trainings that one of a wider network counts as, at least


def no_wider(arch: str) -> SpecError:
    """The refusal of an architecture of which we know no wider one."""
    return SpecError(f"wanted an architecture of which a wider one is known ({KNOWN}), got {escape(arch)}")


def widened(arch: str, factor: int, options: Mapping[str, object]) -> nn.Module:
    """One of torchvision's classifiers, some times as wide.

    As in the papers the stem of a resnet keeps its width. Of residual networks with bottlenecks the inner width grows,
    as in torchvision's own wide ones; of those without, the width of every block. Vision transformers have more heads
    of the same size; mobilenets have a multiplier of their own.

    Args:
        arch: as torchvision spells it.
        factor: how many times as wide, a whole number.
        options: for its builder.

    Raises:
        SpecError: when no wider network of the family is known.

    Reference: Zagoruyko and Komodakis, 2016, arXiv:1605.07146.
    """
    from torchvision import models

    if arch.startswith("mobilenet"):
        return cast("nn.Module", models.get_model(arch, **options, width_mult=float(factor)))
    with torch.device("meta"):
        plain = models.get_model(arch, **options)
    if isinstance(plain, models.ResNet):
        return _resnet(plain, factor, {key: options[key] for key in _OF_RESNETS if key in options})
    if isinstance(plain, models.VisionTransformer):
        return _transformer(plain, factor)
    raise no_wider(f"{TORCHVISION}{arch}")


def _resnet(plain: "ResNet", factor: int, more: Mapping[str, object]) -> nn.Module:
    from torchvision.models import ResNet
    from torchvision.models.resnet import BasicBlock

    stages = (plain.layer1, plain.layer2, plain.layer3, plain.layer4)
    block, layers, classes = type(plain.layer1[0]), [len(stage) for stage in stages], plain.fc.out_features
    if block is not BasicBlock:
        width = factor * plain.base_width
        made = ResNet(block, layers, num_classes=classes, groups=plain.groups, width_per_group=width, **more)
        return cast("nn.Module", made)

    class _Wide(BasicBlock):  # type: ignore[misc] # torchvision has no types
        expansion = factor

        def __init__(self, inplanes: int, planes: int, *others: int, **named: int) -> None:
            super().__init__(inplanes, factor * planes, *others, **named)

    return cast("nn.Module", ResNet(_Wide, layers, num_classes=classes))


def _transformer(plain: "VisionTransformer", factor: int) -> nn.Module:
    from torchvision.models import VisionTransformer
    from torchvision.models.vision_transformer import EncoderBlock

    blocks = [part for part in plain.modules() if isinstance(part, EncoderBlock)]
    made = VisionTransformer(
        image_size=plain.image_size,
        patch_size=plain.patch_size,
        num_layers=len(blocks),
        num_heads=factor * blocks[0].num_heads,
        hidden_dim=factor * plain.hidden_dim,
        mlp_dim=factor * plain.mlp_dim,
        num_classes=plain.num_classes,
    )
    return cast("nn.Module", made)


def times_the_work(plain: nn.Module, wide: nn.Module, shape: tuple[int, int, int]) -> float:
    """What one training of the wider network counts as, in trainings of the plain one; at least 2.

    Multiplications of one forward pass are counted, which no clock and no machine moves.

    Args:
        plain: the network of the run.
        wide: the wider one.
        shape: of an image as the networks meet it, (C, S, S).
    """
    return max(LEAST, _work(wide, shape) / _work(plain, shape))


def _work(model: nn.Module, shape: tuple[int, int, int]) -> int:
    from torch.utils.flop_counter import FlopCounterMode

    training = model.training
    model.eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, *shape))
    model.train(training)
    return int(counter.get_total_flops())
