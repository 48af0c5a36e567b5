"""A small network on real digits of 8 px, trained in half a second, and ways to break it."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.repairs.attempt import Patient, Site

HOW = Preprocess(8, 1, (0.3,), (0.35,))
LAYERS = ("layers.0", "layers.2", "layers.4", "head")
TRAINING, JUDGING = slice(0, 900), slice(900, 1200)


class Layered(nn.Module):
    """Three hidden layers of 32 units, a norm before the head."""

    taps = ("layers.1", "layers.3", "layers.5")

    def __init__(self) -> None:
        super().__init__()
        sizes = ((64, 32), (32, 32), (32, 32))
        self.layers = nn.Sequential(*(part for a, b in sizes for part in (nn.Linear(a, b), nn.ReLU())))
        self.norm = nn.LayerNorm(32)
        self.head = nn.Linear(32, 10)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.norm(self.layers(images.flatten(1))))
        return logits


@cache
def digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    return (images.reshape(-1, 8, 8, 1) * 15.9375).astype(np.uint8)[order], labels.astype(np.int64)[order]


def drawn(seed: int) -> Layered:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Layered().eval()


def draws(count: int = 5) -> list[dict[str, Tensor]]:
    return [drawn(100 + i).state_dict() for i in range(count)]


@cache
def trained_state() -> dict[str, Tensor]:
    images, labels = (part[TRAINING] for part in digits())
    model, x, y = drawn(1), HOW.normalise(torch.from_numpy(images)), torch.from_numpy(labels)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(120):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()  # type: ignore[no-untyped-call] # torch's own
        optimizer.step()
    return {name: value.detach() for name, value in model.state_dict().items()}


def patient(fresh: Sequence[str] = (), **changed: Tensor) -> Patient:
    """The trained network, some layers drawn anew and some tensors (`layers__0__bias`) put in their place."""
    model, other = Layered(), drawn(8).state_dict()
    state = {
        name: other[name] if name.rpartition(".")[0] in fresh else value for name, value in trained_state().items()
    }
    model.load_state_dict({**state, **{name.replace("__", "."): value for name, value in changed.items()}})
    return Patient(model=model.eval(), head="head", preprocess=HOW)


def site(images: NDArray[np.uint8] | None = None, *, at: str = "home") -> Site:
    pixels, labels = digits()[0][JUDGING], digits()[1][JUDGING]
    found = pixels if images is None else images
    names = tuple(map(str, range(10)))
    return Site(at=at, pixels=lambda _: found, labels=labels, classes=names, columns=tuple(range(10)))
