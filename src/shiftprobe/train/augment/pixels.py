"""Pixels of augmented images, made in batches on the device."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from shiftprobe.train.augment.draws import Draws
from shiftprobe.train.augment.to_device import to_device
from shiftprobe.train.augment.trivial import trivial


def augmented(images: Tensor, draws: Draws) -> Tensor:
    """Each image cropped, flipped and varied as its row says; images are mixed later, by `mixed`.

    No image depends on the others of its batch, so any split into batches gives the same bits on one device.

    Args:
        images: (B, C, H, W), C 1 or 3, on any device: uint8 grey levels, or floats in [0, 1].
        draws: B rows, as `Draws.rows` gives them.

    Returns:
        Images of the same shape and type; the very same where nothing is varied.

    Raises:
        ValueError: when there is not one row per image.
    """
    if len(images) != len(draws):
        raise ValueError(f"wanted one row of draws per image, got {len(draws)} rows for {len(images)} images")
    augment = draws.augment
    if augment.scale < 1:
        images = _cropped(images, draws)
    elif augment.flip:
        flipped = to_device(draws.flip, images.device).view(-1, 1, 1, 1)
        images = torch.where(flipped, images.flip(3), images)
    return trivial(images, draws) if augment.kind == "trivial" else images


def _cropped(images: Tensor, draws: Draws) -> Tensor:
    """The crop of each image enlarged to the whole side, bilinear, and mirrored where the row says so."""
    height, width = images.shape[2:]
    mirror = np.where(draws.flip, -1.0, 1.0)
    lines = _lines(draws.left, draws.width, mirror), _lines(draws.top, draws.height, 1.0)
    scales = to_device(np.stack([*lines[0], *lines[1]]).astype(np.float32), images.device)
    grid = torch.empty(len(images), height, width, 2, device=images.device)
    for axis, side, shape in ((0, width, (-1, 1, width)), (1, height, (-1, height, 1))):
        # a product, then a sum: a fused pair may round differently at the end of a batch
        along = scales[2 * axis].view(-1, 1) * _centres(side, images.device) + scales[2 * axis + 1].view(-1, 1)
        grid[..., axis] = along.view(shape)
    levels = images.float()
    found = functional.grid_sample(levels, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return (found if images.is_floating_point() else found.round_()).to(images.dtype)


def _lines(
    start: NDArray[np.float64], extent: NDArray[np.float64], mirror: NDArray[np.float64] | float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope and intercept from a pixel's place in [-1, 1] to its place in the image, of the same range."""
    return mirror * extent, 2 * start + extent - 1


def _centres(side: int, device: torch.device) -> Tensor:
    """Centres of a side's pixels in [-1, 1], symmetric to the last bit."""
    return torch.arange(1 - side, side, 2, device=device, dtype=torch.float32) / side
