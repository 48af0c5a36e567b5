"""Gradient steps on a stream of images without labels: the entropy of answers goes down, the norm layers learn."""

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.models.batch_norms import batch_norms
from shiftprobe.models.placing import placed
from shiftprobe.models.preprocess import Preprocess

Steps: TypeAlias = Literal["tent", "sar"]

BATCH = 64
LARGE = 96  # px from which the papers' rate for ImageNet is taken
RHO = 0.05  # how far sharpness is looked for
RELIABLE = 0.4  # of the largest entropy, below which an image is learnt from
COLLAPSED = 0.2  # nats: a moving average of entropy below which the network begins anew
KEPT = 0.9  # of that average, at each batch
LEFT_OUT = 4  # one in so many norm layers, the last ones, is left out by SAR

_NORMS = (nn.modules.batchnorm._BatchNorm, nn.GroupNorm, nn.LayerNorm)  # noqa: SLF001 - torch has no public base


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapting:
    """A network that learns from what it is shown, batch by batch."""

    model: nn.Module  # a copy
    optimizer: torch.optim.Optimizer
    parameters: tuple[nn.Parameter, ...]
    begun: tuple[Tensor, ...]  # their values before the first step
    steps: Steps
    preprocess: Preprocess
    device: str


def adapting(model: nn.Module, steps: Steps, preprocess: Preprocess, device: str) -> Adapting:
    """A copy of a network that is ready to learn: batch norms use each batch's own statistics.

    The rate is the papers': SGD of 0.00025 with momentum for images of 96 px and more, Adam of 0.001 for smaller ones.

    Args:
        model: stays as it is.
        steps: "tent" or "sar".
        preprocess: bytes to what the network meets.
        device: "cpu", "cuda" or "mps".

    Raises:
        NotAvailableError: when no norm layer has weights that could learn.

    Reference: Wang et al., 2021, arXiv:2006.10726; Niu et al., 2023, arXiv:2302.12400.
    """
    twin = placed(copy.deepcopy(model), device).eval().requires_grad_(False)
    for part in batch_norms(twin):
        part.track_running_stats, part.running_mean, part.running_var = False, None, None
    norms = [part for part in twin.modules() if isinstance(part, _NORMS)]
    norms = norms[: len(norms) - len(norms) // LEFT_OUT] if steps == "sar" else norms
    found = [value for part in norms for value in part.parameters(recurse=False)]
    if not found:
        raise NotAvailableError("no norm layer has weights: there is nothing that gradient steps may move")
    for value in found:
        value.requires_grad = True
    large = preprocess.size >= LARGE
    optimizer = torch.optim.SGD(found, lr=2.5e-4, momentum=0.9) if large else torch.optim.Adam(found, lr=1e-3)
    return Adapting(
        model=twin,
        optimizer=optimizer,
        parameters=tuple(found),
        begun=tuple(value.detach().clone() for value in found),
        steps=steps,
        preprocess=preprocess,
        device=device,
    )


def stream(state: Adapting, images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """What the network answers to a stream while it learns from it: each batch before the step that it leads to.

    Args:
        state: its network is left as the last step leaves it.
        images: (N, S, S, C) bytes in the order of the stream, N at least 2.

    Returns:
        (N,) classes.

    Raises:
        NotAvailableError: when answers are not finite.
    """
    learn: Callable[[Adapting, Tensor, float], tuple[Tensor, float]] = _sar if state.steps == "sar" else _tent
    answers, average = [], math.nan
    with torch.enable_grad():
        for batch in _batches(state, images):
            logits, average = learn(state, batch, average)
            answers.append(_finite(logits))
    return np.concatenate(answers)


def frozen(state: Adapting, images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(N,) what the network answers as it stands, batch by batch with each batch's statistics, without a step.

    Args:
        state: stays as it is.
        images: (N, S, S, C) bytes, N at least 2.

    Raises:
        NotAvailableError: when answers are not finite.
    """
    with torch.inference_mode():
        return np.concatenate([_finite(state.model(batch)) for batch in _batches(state, images)])


def _batches(state: Adapting, images: NDArray[np.uint8]) -> Iterator[Tensor]:
    for some in np.array_split(np.arange(len(images)), max(1, len(images) // BATCH)):
        yield state.preprocess.normalise(torch.from_numpy(np.array(images[some])).to(state.device))


def _finite(logits: Tensor) -> NDArray[np.int64]:
    values = logits.detach().float().cpu().numpy()
    if not np.isfinite(values).all():
        raise NotAvailableError("its answers became NaN or infinite on the way")
    return np.asarray(values.argmax(axis=1), np.int64)


def _entropy(logits: Tensor) -> Tensor:
    """(n,) nats."""
    return -(logits.softmax(1) * logits.log_softmax(1)).sum(1)


def _tent(state: Adapting, batch: Tensor, average: float) -> tuple[Tensor, float]:
    logits: Tensor = state.model(batch)
    state.optimizer.zero_grad()
    torch.autograd.backward(_entropy(logits).mean())
    state.optimizer.step()
    return logits, average


def _sar(state: Adapting, batch: Tensor, average: float) -> tuple[Tensor, float]:
    """A step against the sharpest near place, from images whose entropy is low before and there."""
    logits: Tensor = state.model(batch)
    entropy = _entropy(logits)
    most = RELIABLE * math.log(logits.shape[1])
    reliable = entropy < most
    if not reliable.any():
        return logits, average
    state.optimizer.zero_grad()
    torch.autograd.backward(entropy[reliable].mean())
    moved = _climb(state)
    there = _entropy(state.model(batch))[reliable]
    still = there[there < most]
    state.optimizer.zero_grad()
    if len(still):
        torch.autograd.backward(still.mean())
    for value, step in moved:
        value.data.sub_(step)
    if not len(still):
        return logits, average
    state.optimizer.step()
    now = float(there.mean().detach())
    average = now if math.isnan(average) else KEPT * average + (1 - KEPT) * now
    if average < COLLAPSED:
        _begin_anew(state)
        return logits, math.nan
    return logits, average


def _climb(state: Adapting) -> list[tuple[nn.Parameter, Tensor]]:
    """Move to where the loss is highest nearby; what was added to each parameter."""
    known = [(value, value.grad) for value in state.parameters if value.grad is not None]
    norm = torch.stack([grad.norm() for _, grad in known]).norm()
    moved = [(value, grad * (RHO / (norm + 1e-12))) for value, grad in known]
    for value, step in moved:
        value.data.add_(step)
    return moved


def _begin_anew(state: Adapting) -> None:
    for value, begun in zip(state.parameters, state.begun, strict=True):
        value.data.copy_(begun)
    state.optimizer.state.clear()
