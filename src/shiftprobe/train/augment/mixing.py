"""Two images and their labels joined: mixup and cutmix, with partners from the whole training set."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from shiftprobe.train.augment.draws import Draws
from shiftprobe.train.augment.to_device import to_device


def mixed(images: Tensor, partners: Tensor, draws: Draws) -> Tensor:
    """Each image averaged with its partner, or with a box of the partner pasted in, as its row says.

    Args:
        images: (B, C, H, W) float, augmented and normalised.
        partners: those of `draws.partner`, as many, augmented by rows of their own.
        draws: B rows.

    Returns:
        As `images`.
    """
    height, width = images.shape[2:]
    left, top, right, bottom = (_on(side, images) for side in _boxes(draws, height, width))
    x = torch.arange(width, device=images.device).view(1, 1, 1, -1)
    y = torch.arange(height, device=images.device).view(1, 1, -1, 1)
    inside = (x >= left) & (x < right) & (y >= top) & (y < bottom)
    within = _on(np.where(draws.cut, 0.0, draws.weight).astype(np.float32), images)
    kept = torch.where(inside, within, torch.ones_like(within))
    return images * kept + partners * (1 - kept)


def shares(draws: Draws, height: int, width: int) -> NDArray[np.float64]:
    """The share of each image in its mixture, in [0, 1], (B,): its weight, or the area that no box covers."""
    left, top, right, bottom = _boxes(draws, height, width)
    uncovered = 1 - (right - left) * (bottom - top) / (height * width)
    return np.where(draws.cut, uncovered, draws.weight)


def mixed_loss(
    logits: Tensor,
    labels: Tensor,
    *,
    partners: Tensor | None = None,
    share: Tensor | None = None,
    smoothing: float = 0.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of each sample, (B,), in nats, against the mixture of its label and its partner's.

    Args:
        logits: (B, K).
        labels: (B,) whole numbers below K.
        partners: labels of the images mixed in; None where nothing is mixed.
        share: of the image itself in its mixture, (B,) in [0, 1]; needed with partners.
        smoothing: what the label cedes to all K classes alike, in [0, 1), as torch defines it.
        weight: (K,) of each class, or None for 1.

    Raises:
        ValueError: when partners come without their shares.

    Reference: smoothing: Szegedy et al., 2016, arXiv:1512.00567.
    """
    own = functional.cross_entropy(logits, labels, weight, reduction="none", label_smoothing=smoothing)
    if partners is None:
        return own
    if share is None:
        raise ValueError("wanted the share of each image beside the label of its partner, got none")
    other = functional.cross_entropy(logits, partners, weight, reduction="none", label_smoothing=smoothing)
    return share * own + (1 - share) * other


def _boxes(draws: Draws, height: int, width: int) -> tuple[NDArray[np.int64], ...]:
    """Left, top, right and bottom of what is mixed, in px: a pasted box, or all of the image."""
    extent = 0.5 * np.sqrt(1 - draws.weight)
    sides = []
    for centre, side in ((draws.centre_x, width), (draws.centre_y, height)):
        middle, half = np.floor(centre * side), np.floor(extent * side)
        sides.append((np.maximum(middle - half, 0), np.minimum(middle + half, side), side))
    (left, right, _), (top, bottom, _) = sides
    box = (
        np.where(draws.cut, left, 0),
        np.where(draws.cut, top, 0),
        np.where(draws.cut, right, width),
        np.where(draws.cut, bottom, height),
    )
    return tuple(side.astype(np.int64) for side in box)


def _on(values: NDArray[np.int64] | NDArray[np.float32], images: Tensor) -> Tensor:
    return to_device(values, images.device).view(-1, 1, 1, 1)
