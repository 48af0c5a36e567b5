"""The straight line between two networks' weights: what stands on it answers, at home and on the target."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from shiftprobe.core.errors import SpecError
from shiftprobe.core.types import Images
from shiftprobe.models.extract import extract
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.train.adaptation import has_batch_norm, reestimate
from shiftprobe.train.arms.base import State

ALPHAS = tuple(i / 10 for i in range(11))
"""Shares of the way from the first network to the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Images that judge what stands on a path, and images that trained there."""

    at: str  # "home" or "target"
    images: Images  # (N, S, S, C) as the network meets them
    labels: NDArray[np.int64]  # (N,) outputs of the head
    train: NDArray[np.uint8]  # (M, S, S, C) whose batch statistics each point gets; their labels are not needed


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearPath:
    """What stands on a line, point by point."""

    at: str
    alphas: tuple[float, ...]
    wrong: NDArray[np.bool_]  # (A, N)
    loss: NDArray[np.float64]  # (A, N) cross-entropy, nats


def between(start: State, end: State, alpha: float) -> State:
    """The weights at a share of the way: `start` at 0 and `end` at 1, bit for bit; counters are those of `end`.

    Raises:
        SpecError: when the two are of different networks.
    """
    other = [name for name in end if name not in start or start[name].shape != end[name].shape]
    if other or len(start) != len(end):
        raise SpecError(f"a line between weights wanted two of one network, got others: {(other or list(start))[0]}")
    return {
        name: torch.lerp(start[name], value, alpha) if value.is_floating_point() else value
        for name, value in end.items()
    }


def along(
    model: nn.Module,
    ends: tuple[State, State],
    ground: Ground,
    preprocess: Preprocess,
    *,
    head: str,
    device: str,
    alphas: Sequence[float] = ALPHAS,
) -> LinearPath:
    """What each point of a straight line between two states answers; batch statistics are estimated anew at each.

    A network between two others meets features of a variance that neither had, so the statistics of either would
    break it where the weights do not.

    Args:
        model: any network of their architecture; left with the last point's weights, on the processor.
        ends: two states under one head: the one that judges at both ends.
        ground: images.
        preprocess: bytes to what the network meets.
        head: path of the head.
        device: "cpu", "cuda" or "mps".
        alphas: shares of the way.

    Raises:
        NotAvailableError: when a point gives answers that are not finite.
        SpecError: when the two are of different networks.

    Reference: Frankle et al., 2020, arXiv:1912.05671; Neyshabur et al., 2020, arXiv:2008.11687; for the statistics
        Jordan et al., 2022, arXiv:2211.08403.
    """
    logits = []
    for alpha in alphas:
        model.load_state_dict(between(*ends, alpha))
        if has_batch_norm(model):
            reestimate(model, ground.train, preprocess, device)
        view = extract(model, ground.images, ground.labels, preprocess, taps=(), head=head, device=device)
        logits.append(view.logits.astype(np.float64))
    model.cpu().eval()
    whole = np.stack(logits)
    return LinearPath(
        at=ground.at,
        alphas=tuple(alphas),
        wrong=whole.argmax(2) != ground.labels,
        loss=_cross_entropy(whole, ground.labels),
    )


def _cross_entropy(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """(A, N) of (A, N, C)."""
    top = logits.max(axis=2, keepdims=True)
    total = np.log(np.exp(logits - top).sum(axis=2)) + top[..., 0]
    found: NDArray[np.float64] = total - logits[:, np.arange(len(labels)), labels]
    return found
