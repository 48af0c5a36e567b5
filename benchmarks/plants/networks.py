"""Small networks of four families, as a user writes them: factories that a spec names and that are called with classes.

Our own `small_cnn`, which has batch normalisation, is named as it is.
"""

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from shiftprobe.models.names import DEFAULT

NARROW = 2  # channels
SCALE = 0.02  # of a default draw: too small to learn from few images in few epochs


class Convolutions(nn.Module):
    """Four convolutions, normalised over groups of channels or not at all, and a linear head."""

    def __init__(self, classes: int, channels: int, *, width: int = 16, groups: int | None = None) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for i, (before, after) in enumerate(pairwise((channels, width, width, 2 * width, 2 * width))):
            layers += [nn.Conv2d(before, after, 3, padding=1, stride=2 if i % 2 else 1)]
            layers += [] if groups is None else [nn.GroupNorm(groups, after)]
            layers += [nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(2 * width, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, classes)."""
        logits: Tensor = self.head(self.body(images).mean(dim=(2, 3)))
        return logits


class Vit(nn.Module):
    """A vision transformer of four blocks for images of 32 px."""

    def __init__(self, classes: int, channels: int) -> None:
        super().__init__()
        from torchvision.models import VisionTransformer

        self.trunk = VisionTransformer(
            image_size=32, patch_size=4, num_layers=4, num_heads=4, hidden_dim=64, mlp_dim=128, num_classes=classes
        )
        self.trunk.conv_proj = nn.Conv2d(channels, 64, kernel_size=4, stride=4)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, classes)."""
        logits: Tensor = self.trunk(images)
        return logits


def plain_grey(num_classes: int) -> nn.Module:
    """No normalisation."""
    return Convolutions(num_classes, 1)


def plain_colour(num_classes: int) -> nn.Module:
    """No normalisation."""
    return Convolutions(num_classes, 3)


def grouped_grey(num_classes: int) -> nn.Module:
    """Group normalisation."""
    return Convolutions(num_classes, 1, groups=4)


def grouped_colour(num_classes: int) -> nn.Module:
    """Group normalisation."""
    return Convolutions(num_classes, 3, groups=4)


def vit_grey(num_classes: int) -> nn.Module:
    """A transformer for grey images."""
    return Vit(num_classes, 1)


def vit_colour(num_classes: int) -> nn.Module:
    """A transformer for images in colour."""
    return Vit(num_classes, 3)


def narrow_grey(num_classes: int, width: int = 1) -> nn.Module:
    """Too few channels for ten classes; `width` makes it so many times as wide."""
    return Convolutions(num_classes, 1, width=NARROW * width, groups=1)


def narrow_colour(num_classes: int, width: int = 1) -> nn.Module:
    """Too few channels; `width` makes it so many times as wide."""
    return Convolutions(num_classes, 3, width=NARROW * width, groups=1)


def wider_grey(num_classes: int) -> nn.Module:
    """What undoes the narrow one."""
    return narrow_grey(num_classes, width=2)


def wider_colour(num_classes: int) -> nn.Module:
    """What undoes the narrow one."""
    return narrow_colour(num_classes, width=2)


def badly_scaled_grey(num_classes: int) -> nn.Module:
    """Weights drawn far too small: from random weights it stays on its first plateau."""
    model = Convolutions(num_classes, 1)
    with torch.no_grad():
        for parameter in model.body.parameters():
            parameter.mul_(SCALE)
    return model


def badly_scaled_colour(num_classes: int) -> nn.Module:
    """Weights drawn far too small."""
    model = Convolutions(num_classes, 3)
    with torch.no_grad():
        for parameter in model.body.parameters():
            parameter.mul_(SCALE)
    return model


def arch(network: str, channels: int) -> str:
    """What a spec calls a network."""
    return network if network == DEFAULT else f"plants.networks:{network}_{'grey' if channels == 1 else 'colour'}"


SIZES: Mapping[str, int] = {"vit": 32}
"""Sides in px of networks that do not take images as they are."""
