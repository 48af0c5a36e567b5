"""Batch statistics estimated anew on images without labels."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shiftprobe.models.batch_norms import batch_norms
from shiftprobe.models.placing import placed
from shiftprobe.models.preprocess import Preprocess

BATCH = 64


def has_batch_norm(model: nn.Module) -> bool:
    """Whether a network holds batch statistics."""
    return bool(batch_norms(model))


def reestimate(
    model: nn.Module, images: NDArray[np.uint8], preprocess: Preprocess, device: str, *, share: float = 1.0
) -> None:
    """Replace every batch norm's running mean and variance by their average over batches of these images, in place.

    Args:
        model: left in evaluation mode, on `device`; its weights do not move.
        images: (N, S, S, C) bytes, N at least 2, as the network meets them.
        preprocess: bytes to what the network meets.
        device: "cpu", "cuda" or "mps".
        share: of these images' statistics, the rest are those there were, layer by layer as the network is passed;
            n / (n + N) where the source counts as N images and these are n.

    Reference: Schneider et al., 2020, arXiv:2006.16971 (share 1 is N = 0: the source's statistics are forgotten).
    """
    if share < 1.0:
        _mix(model, images, preprocess, device, share)
        return
    placed(model, device).eval()
    parts = batch_norms(model)
    momenta = [part.momentum for part in parts]
    for part in parts:
        part.reset_running_stats()
        part.momentum = None  # torch then keeps the plain average over batches
        part.train()
    with torch.inference_mode():
        for batch in _batches(images, preprocess, device):
            model(batch)
    for part, momentum in zip(parts, momenta, strict=True):
        part.momentum = momentum
    model.eval()


def _mix(model: nn.Module, images: NDArray[np.uint8], preprocess: Preprocess, device: str, share: float) -> None:
    placed(model, device).eval()
    layers = [_Mixing(part, share) for part in batch_norms(model)]
    hooks = [layer.part.register_forward_pre_hook(layer.look) for layer in layers]
    try:
        with torch.inference_mode():
            for batch in _batches(images, preprocess, device):
                model(batch)
    finally:
        for hook in hooks:
            hook.remove()
    for layer in layers:
        layer.settle()


class _Mixing:
    """A batch norm whose statistics are those it had, mixed with those of what it is given."""

    def __init__(self, part: nn.Module, share: float) -> None:
        self.part, self._share, self._batches = part, share, 0
        self._own = tuple(value.clone() for value in self._now())
        self._sums = tuple(torch.zeros_like(value) for value in self._own)

    def look(self, _: nn.Module, given: tuple[Tensor, ...]) -> None:
        """Take the statistics of a batch, and give it its mixture."""
        whole = given[0].float()
        var, mean = torch.var_mean(whole, [axis for axis in range(whole.ndim) if axis != 1], correction=0)
        n = whole.numel() / whole.shape[1]
        for total, one in zip(self._sums, (mean, var * n / (n - 1)), strict=True):  # as torch keeps variances
            total.add_(one)
        self._batches += 1
        self._set((mean, var))

    def settle(self) -> None:
        """Keep the mixture with the mean over batches."""
        self._set(tuple(total / self._batches for total in self._sums))

    def _set(self, found: tuple[Tensor, ...]) -> None:
        for now, own, one in zip(self._now(), self._own, found, strict=True):
            now.copy_(torch.lerp(own, one.to(own.dtype), self._share))

    def _now(self) -> tuple[Tensor, ...]:
        names = ("running_mean", "running_var")
        return tuple(value for name in names if isinstance(value := getattr(self.part, name), Tensor))


def _batches(images: NDArray[np.uint8], preprocess: Preprocess, device: str) -> Iterator[Tensor]:
    for some in np.array_split(np.arange(len(images)), max(1, len(images) // BATCH)):
        yield preprocess.normalise(torch.from_numpy(np.array(images[some])).to(device))
