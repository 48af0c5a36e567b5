"""Batch statistics estimated anew on images without labels."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from shiftprobe.models.batch_norms import batch_norms
from shiftprobe.models.placing import placed
from shiftprobe.models.preprocess import Preprocess

BATCH = 64


def has_batch_norm(model: nn.Module) -> bool:
    """Whether a network holds batch statistics."""
    return bool(batch_norms(model))


def reestimate(model: nn.Module, images: NDArray[np.uint8], preprocess: Preprocess, device: str) -> None:
    """Replace every batch norm's running mean and variance by their average over batches of these images, in place.

    Args:
        model: left in evaluation mode, on `device`; its weights do not move.
        images: (N, S, S, C) bytes, N at least 2, as the network meets them.
        preprocess: bytes to what the network meets.
        device: "cpu", "cuda" or "mps".

    Reference: Schneider et al., 2020, arXiv:2006.16971 (N = 0: the source's statistics are forgotten).
    """
    placed(model, device).eval()
    parts = batch_norms(model)
    momenta = [part.momentum for part in parts]
    for part in parts:
        part.reset_running_stats()
        part.momentum = None  # torch then keeps the plain average over batches
        part.train()
    with torch.inference_mode():
        for some in np.array_split(np.arange(len(images)), max(1, len(images) // BATCH)):
            model(preprocess.normalise(torch.from_numpy(np.array(images[some])).to(device)))
    for part, momentum in zip(parts, momenta, strict=True):
        part.momentum = momentum
    model.eval()
