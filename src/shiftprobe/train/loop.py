"""The one training loop: every arm and the source go through it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from shiftprobe import seeding
from shiftprobe.errors import ShiftprobeError
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec import Train


class DivergedError(ShiftprobeError):
    """A training whose loss is no longer a number."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a training in which one part of the network learns."""

    part: str  # module path; "" is the whole network


WHOLE = Phase("")


@dataclass(frozen=True, slots=True)
class Labelled:
    """Images as the network meets them, uint8 (N, S, S, C), with labels (N,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


def order(n: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The order in which n images are met in one epoch; the same in every arm of a seed."""
    return seeding.generator(seed, "order", epoch).permutation(n)


def batches(n: int, size: int) -> int:
    """How many batches an epoch has; they differ by one image at most, so batch norm never meets a single one."""
    return max(1, min(math.ceil(n / size), n // 2))


def fit(
    model: nn.Module,
    data: Labelled,
    preprocess: Preprocess,
    train: Train,
    *,
    seed: int,
    device: str,
    phases: Sequence[Phase] = (WHOLE,),
) -> list[float]:
    """Train a model in place with Adam: a linear warm-up over the first epoch of a phase, then a constant rate.

    Args:
        model: on `device`; left there, in evaluation mode.
        data: N images; they are kept on the device as bytes and normalised batch by batch.
        preprocess: bytes to what the network meets.
        train: epochs, batch size, rate.
        seed: moves the order and dropout, nothing else.
        device: "cpu", "cuda" or "mps".
        phases: which part learns, one phase after the other; they share the epochs.

    Returns:
        Mean loss of each epoch, in nats.

    Raises:
        DivergedError: when the loss is not finite, after the last step too, with epoch and rate.
    """
    images = torch.from_numpy(np.array(data.images)).to(device)  # a copy: a memory map is read-only
    labels = torch.from_numpy(data.labels).to(device)
    model.to(memory_format=torch.channels_last)  # 1.5 x on a processor
    count = batches(len(labels), train.batch)
    history: list[float] = []
    with torch.random.fork_rng():
        torch.manual_seed(seeding.integer(seed, "dropout"))
        for phase, epochs in zip(phases, np.array_split(np.arange(train.epochs), len(phases)), strict=True):
            optimizer = torch.optim.Adam(_learning(model, phase), lr=train.lr)
            for epoch in epochs.tolist():
                total = torch.zeros((), device=device)
                for step, part in enumerate(np.array_split(order(len(labels), seed, epoch), count)):
                    warm = min(1.0, ((epoch - epochs[0]) * count + step + 1) / count)
                    optimizer.param_groups[0]["lr"] = train.lr * warm
                    index = torch.from_numpy(part).to(device)
                    total += _step(model, optimizer, preprocess.normalise(images[index]), labels[index]) * len(part)
                history.append(_finite(total / len(labels), epoch, train.lr))
    model.requires_grad_(requires_grad=True).eval()
    with torch.inference_mode():  # the losses so far came each before its step; this one sees what the last step left
        last = functional.cross_entropy(model(preprocess.normalise(images[: train.batch])), labels[: train.batch])
    _finite(last, train.epochs - 1, train.lr)
    return history


def _learning(model: nn.Module, phase: Phase) -> list[nn.Parameter]:
    """Set a model to a phase: what does not learn is frozen whole, its batch statistics too."""
    part = model.get_submodule(phase.part)
    model.requires_grad_(requires_grad=False).eval()
    part.requires_grad_(requires_grad=True).train()
    return list(part.parameters())


def _step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> Tensor:
    optimizer.zero_grad(set_to_none=True)
    loss = functional.cross_entropy(model(images), labels)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.detach()


def _finite(loss: Tensor, epoch: int, rate: float) -> float:
    value = float(loss)
    if not math.isfinite(value):
        raise DivergedError(f"training diverged at epoch {epoch + 1}, lr {rate:g}; try a smaller train.lr")
    return value
