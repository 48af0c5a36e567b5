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
    parts = batch_norms(model)
    source = {part: (_known(part.running_mean).clone(), _known(part.running_var).clone()) for part in parts}
    sums = {part: (torch.zeros_like(mean), torch.zeros_like(var)) for part, (mean, var) in source.items()}

    def mixed(part: nn.Module, given: tuple[Tensor, ...]) -> None:
        whole = given[0].float()
        var, mean = torch.var_mean(whole, [axis for axis in range(whole.ndim) if axis != 1], correction=0)
        n = whole.numel() / whole.shape[1]
        kept = (mean, var * n / (n - 1))  # as torch keeps variances
        for total, one, now, own, used in zip(
            sums[part], kept, _statistics(part), source[part], (mean, var), strict=True
        ):
            total.add_(one)
            now.copy_(torch.lerp(own, used.to(own.dtype), share))

    hooks = [part.register_forward_pre_hook(mixed) for part in parts]
    count = 0
    try:
        with torch.inference_mode():
            for batch in _batches(images, preprocess, device):
                model(batch)
                count += 1
    finally:
        for hook in hooks:
            hook.remove()
    for part in parts:
        for total, own, now in zip(sums[part], source[part], _statistics(part), strict=True):
            now.copy_(torch.lerp(own, total / count, share))


def _batches(images: NDArray[np.uint8], preprocess: Preprocess, device: str) -> Iterator[Tensor]:
    for some in np.array_split(np.arange(len(images)), max(1, len(images) // BATCH)):
        yield preprocess.normalise(torch.from_numpy(np.array(images[some])).to(device))


def _statistics(part: nn.Module) -> tuple[Tensor, Tensor]:
    return _known(part.running_mean), _known(part.running_var)


def _known(value: Tensor | nn.Module | None) -> Tensor:
    if not isinstance(value, Tensor):  # `batch_norms` takes only those that keep statistics
        raise TypeError("a batch norm without running statistics")
    return value
