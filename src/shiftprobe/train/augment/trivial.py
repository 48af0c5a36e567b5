"""TrivialAugment in batches: one random operation per image, each with a strength of its own.

The operations, their strengths and their order are those of torchvision's `TrivialAugmentWide`; Reference: Müller and
Hutter, 2021, arXiv:2103.10158. Moves look up the nearest pixel and leave black behind. Colours are blended as in
Pillow, and on grey images the operation "colour" changes nothing, as there. Below 32 px, where the published moves of
up to 32 px would push most images out of the frame, the furthest move is the side.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from shiftprobe.train.augment.draws import LEVELS, Draws
from shiftprobe.train.augment.to_device import to_device

Strengths: TypeAlias = NDArray[np.float64]
FURTHEST = 32  # px
GEOMETRIC = (1, 2, 3, 4, 5)  # shear x, shear y, translate x, translate y, rotate


def trivial(images: Tensor, draws: Draws) -> Tensor:
    """Each image after its row's operation.

    Args:
        images: (B, C, H, W), C 1 or 3: uint8 grey levels, or floats in [0, 1].
        draws: B rows.

    Returns:
        Images of the same shape and type.
    """
    out = images.clone()
    for operations, operation in _GROUPS.items():
        rows = np.flatnonzero(np.isin(draws.operation, operations))
        if len(rows):
            where = to_device(rows, images.device)
            out[where] = operation(images[where], draws.rows(rows))
    return out


def _strengths(draws: Draws, most: float, *, signed: bool = True) -> Strengths:
    """From 0 to `most` in 31 equal steps, as torchvision rounds them."""
    found = _steps(0.0, most)[draws.level]
    return np.where(draws.negative, -found, found) if signed else found


def _steps(first: float, last: float) -> Strengths:
    steps: Strengths = torch.linspace(first, last, LEVELS).double().numpy()
    return steps


def _on(values: NDArray[Any], images: Tensor, kind: type[np.generic] = np.float32) -> Tensor:
    """A number per image, on its device, ready to meet its pixels."""
    return to_device(values.astype(kind), images.device).view(-1, 1, 1, 1)


def _full(images: Tensor) -> float:
    return 1.0 if images.is_floating_point() else 255.0


def _moved(images: Tensor, draws: Draws) -> Tensor:
    """Sheared, shifted or turned: every pixel is looked up at the nearest place of the image, black outside."""
    height, width = images.shape[2:]
    x = torch.arange(width, device=images.device) - (width - 1) / 2
    y = (torch.arange(height, device=images.device) - (height - 1) / 2).view(-1, 1)
    parts = [_on(part, images).squeeze(1) for part in _inverse(draws, height, width)]
    across = torch.round(parts[0] * x + parts[1] * y + parts[2] + (width - 1) / 2).long()
    down = torch.round(parts[3] * x + parts[4] * y + parts[5] + (height - 1) / 2).long()
    inside = (across >= 0) & (across < width) & (down >= 0) & (down < height)
    place = down.clamp(0, height - 1) * width + across.clamp(0, width - 1)
    found = images.flatten(2).gather(2, place.flatten(1).unsqueeze(1).expand(-1, images.shape[1], -1))
    return found.view(images.shape).masked_fill(~inside.unsqueeze(1), 0)


def _inverse(draws: Draws, height: int, width: int) -> NDArray[np.float64]:
    """Where a pixel (x, y), counted from the image's centre, is looked up: six numbers per image, (6, B)."""
    is_shear_x, is_shear_y, is_move_x, is_move_y, is_turn = (draws.operation == one for one in GEOMETRIC)
    shear = _strengths(draws, 0.99)
    move_x, move_y = (np.trunc(_strengths(draws, min(FURTHEST, side))) for side in (width, height))
    angle = np.radians(_strengths(draws, 135.0)) * is_turn
    sin, cos = np.sin(angle), np.cos(angle)
    across, down = shear * is_shear_x, shear * is_shear_y
    return np.stack(
        [
            cos,
            across - sin,
            across * height / 2 - move_x * is_move_x,
            down + sin,
            cos,
            down * width / 2 - move_y * is_move_y,
        ]
    )


def _blended(images: Tensor, other: Tensor, draws: Draws) -> Tensor:
    """`other` at a strength of -1, the image at 0, past it above; bytes are cut off as Pillow does."""
    levels = images.float()
    kept = _on(1 + _strengths(draws, 0.99), images)
    return (other + kept * (levels - other)).clamp_(0, _full(images)).to(images.dtype)


def _grey(images: Tensor) -> Tensor:
    """Luma (ITU-R 601), (B, 1, H, W) float32; whole grey levels where the images hold bytes."""
    levels = images.float()
    if images.shape[1] == 1:
        return levels
    red, green, blue = levels.unbind(1)
    luma = (red * 0.2989 + green * 0.587 + blue * 0.114).unsqueeze(1)
    return luma if images.is_floating_point() else luma.floor_()


def _brightness(images: Tensor, draws: Draws) -> Tensor:
    return _blended(images, torch.zeros((), device=images.device), draws)


def _colour(images: Tensor, draws: Draws) -> Tensor:
    return images if images.shape[1] == 1 else _blended(images, _grey(images), draws)


def _contrast(images: Tensor, draws: Draws) -> Tensor:
    """Whole numbers are summed, so that no sum depends on the order in which a device adds."""
    units = 1.0 if not images.is_floating_point() else 2.0**24
    grey = (_grey(images) * units).round().long()
    mean = grey.sum((1, 2, 3), keepdim=True).float() / (units * grey[0].numel())
    return _blended(images, mean, draws)


def _sharpness(images: Tensor, draws: Draws) -> Tensor:
    """Blended with the mean of nine pixels, the middle one weighing five times; the frame's own pixels stay."""
    height, width = images.shape[2:]
    if min(height, width) <= 2:  # noqa: PLR2004 - all of it is frame
        return images
    levels = images.float()
    total = 4 * levels[..., 1:-1, 1:-1]
    for down in range(3):
        for across in range(3):
            total = total + levels[..., down : height - 2 + down, across : width - 2 + across]
    smooth = levels.clone()
    smooth[..., 1:-1, 1:-1] = total / 13 if images.is_floating_point() else (total / 13).round()
    return _blended(images, smooth, draws)


def _posterised(images: Tensor, draws: Draws) -> Tensor:
    """From all 8 bits of a grey level at strength 0 down to the highest 2."""
    bits = _bits()[draws.level]
    if images.is_floating_point():
        steps = _on(2.0**bits, images)
        return (images * steps).floor().clamp_(min=0).minimum(steps - 1) / steps
    return images & _on(256 - 2 ** (8 - bits), images, np.uint8)


def _bits() -> NDArray[Any]:
    """From 8 to 2, as torchvision rounds them."""
    bits: NDArray[Any] = (8 - torch.arange(LEVELS) / ((LEVELS - 1) / 6)).round().long().numpy()
    return bits


def _solarised(images: Tensor, draws: Draws) -> Tensor:
    """Negative from a grey level on that falls with the strength: from none (but white) to all."""
    thresholds = _steps(1.0, 0.0)[draws.level] * _full(images)
    return torch.where(images >= _on(thresholds, images), _full(images) - images, images).to(images.dtype)


def _autocontrast(images: Tensor, _: Draws) -> Tensor:
    from torchvision.transforms.v2 import functional

    found: Tensor = functional.autocontrast(images)
    return found


def _equalised(images: Tensor, _: Draws) -> Tensor:
    from torchvision.transforms.v2 import functional

    found: Tensor = functional.equalize(images)
    return found


_GROUPS: dict[tuple[int, ...], Callable[[Tensor, Draws], Tensor]] = {
    GEOMETRIC: _moved,
    (6,): _brightness,
    (7,): _colour,
    (8,): _contrast,
    (9,): _sharpness,
    (10,): _posterised,
    (11,): _solarised,
    (12,): _autocontrast,
    (13,): _equalised,
}
