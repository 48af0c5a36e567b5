"""Runs on real digits in which the cause of the outcome is known, because it was put there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import shiftprobe
from shiftprobe.data.digits import read_mnist

SPEC: Mapping[str, Any] = {
    "source": {"data": "digits:mnist", "images": 1000, "epochs": 6},
    "target": {"data": "digits:mnist", "budgets": [100], "test": 0.4},
    "arms": ["zero_shot", "scratch", "transfer"],
    "shifts": [],
    "severities": [],
    "seeds": 3,
    "train": {"epochs": 30, "batch": 32, "device": "cpu"},
    "probes": ["accuracy", "cka", "linear", "null_band"],
    "report": {"thumbnails": 0},
}
SCALE = 0.02  # of a default draw: too small to learn from few images in few epochs


@dataclass(frozen=True, slots=True)
class Items:
    """Labelled images in memory, with the names of their classes."""

    images: NDArray[np.uint8]  # (N, H, W)
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], int]:
        return self.images[index], int(self.labels[index])


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A cause, and the run it is put into."""

    spec: Mapping[str, Any] = field(default_factory=dict)  # by dotted key, over SPEC
    source: Callable[[], Items] | None = None
    target: Callable[[], Items] | None = None
    trained: "Planted | None" = None  # its source is this one's, read from a file
    broken: Callable[[Path], Path] | None = None  # the file, and another that is made of it

    def run(self, out: Path) -> shiftprobe.Run:
        """Train it in one process; some seconds to a minute."""
        before = {}
        if self.trained is not None:
            weights = _weights(self.trained.run(out))
            before = {"model.weights": str(self.broken(weights) if self.broken else weights)}
        return shiftprobe.sweep(
            _whole({**self.spec, **before}),
            out=out,
            source=self.source and self.source(),
            target=self.target and self.target(),
            workers=1,
            allow_code=True,
        )


def _whole(changed: Mapping[str, Any]) -> dict[str, Any]:
    whole = {key: dict(value) if isinstance(value, Mapping) else value for key, value in SPEC.items()}
    for place, value in changed.items():
        *parts, last = place.split(".")
        part = whole
        for name in parts:
            part = part.setdefault(name, {})
        part[last] = value
    return whole


def _weights(run: shiftprobe.Run) -> Path:
    return next((run.path / "source").glob("*.safetensors"))


@cache
def mnist() -> Items:
    """5,000 real digits of 28 px."""
    images, labels = read_mnist()
    return Items(images, labels, _names(range(10)))


@cache
def uci() -> Items:
    """1,797 real digits of 8 px."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    pixels = (images.reshape(-1, 8, 8) * 15.9375).astype(np.uint8)
    return Items(pixels, labels.astype(np.int64), _names(range(10)))


def renamed(items: Items) -> Items:
    """The same images, every class under the name of the next: what a head learns here is wrong elsewhere."""
    return Items(items.images, items.labels, (*items.classes[1:], items.classes[0]))


def inverted(items: Items) -> Items:
    """White turned into black: the classes of the target, and nothing else of it."""
    return Items(255 - items.images, items.labels, items.classes)


def half(items: Items, which: int) -> Items:
    """Every other image."""
    return Items(items.images[which::2], items.labels[which::2], items.classes)


def only(items: Items, *labels: int) -> Items:
    """The images of some classes."""
    kept = np.isin(items.labels, labels)
    return Items(items.images[kept], np.searchsorted(labels, items.labels[kept]), _names(labels))


def shuffled(items: Items) -> Items:
    """The same images and as many of each class, every label on an image drawn at random."""
    return Items(items.images, np.random.default_rng(0).permutation(items.labels), items.classes)


def half_dead(weights: Path) -> Path:
    """The same network, three of four channels of its last block switched off for good."""
    from safetensors.numpy import load_file, save_file

    state = load_file(weights)
    last = max(name for name in state if name.endswith("running_var")).removesuffix("running_var")
    off = 3 * len(state[f"{last}weight"]) // 4
    state[f"{last}weight"][:off], state[f"{last}bias"][:off] = 0.0, -1.0
    save_file(state, weights.with_name("half_dead.safetensors"))
    return weights.with_name("half_dead.safetensors")


def _names(labels: Any) -> tuple[str, ...]:
    return tuple(str(label) for label in labels)


class Plain(nn.Module):
    """Four convolutions without normalisation."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for i, (before, after) in enumerate(pairwise((1, 16, 16, 32, 32))):
            layers += [nn.Conv2d(before, after, 3, padding=1, stride=2 if i % 2 else 1), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(32, classes)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.body(images).mean(dim=(2, 3)))
        return logits


def badly_scaled(num_classes: int) -> nn.Module:
    """A network whose weights are drawn far too small: scratch stays on its first plateau."""
    model = Plain(num_classes)
    with torch.no_grad():
        for parameter in model.body.parameters():
            parameter.mul_(SCALE)
    return model


FROM_MEMORY = {"source.data": "memory:source", "target.data": "memory:target"}
FIRST_HALF, OTHER_HALF = (lambda: half(mnist(), 0)), (lambda: half(mnist(), 1))
GOOD_SOURCE = Planted(
    spec={**FROM_MEMORY, "name": "good", "arms": ["zero_shot"], "probes": ["accuracy"], "seeds": 1},
    source=FIRST_HALF,
    target=OTHER_HALF,
)

PLANTED: Mapping[str, Planted] = {
    "not_converged": Planted(spec={"train.epochs": 6, "seeds": 2}),
    "nothing_learnt": Planted(spec=FROM_MEMORY, source=FIRST_HALF, target=lambda: shuffled(half(mnist(), 1))),
    "recipe_decides": Planted(
        spec={"target.budgets": [50], "train.batch": 16, "train.lr": {"transfer": 0.03, "scratch": 2e-3}}
    ),
    "dead_layers": Planted(
        spec={**FROM_MEMORY, "target.budgets": [200], "train.epochs": 60},
        source=FIRST_HALF,
        target=OTHER_HALF,
        trained=GOOD_SOURCE,
        broken=half_dead,
    ),
    "source_like_random": Planted(spec={"source.images": 10, "source.epochs": 1}),
    "low_level_statistics": Planted(
        spec={
            "target.budgets": [200],
            "shifts": ["brightness", "contrast"],
            "severities": [0.8],
            "arms": ["zero_shot", "bn_adapt", "scratch", "transfer"],
        }
    ),
    "head_not_features": Planted(spec=FROM_MEMORY, source=lambda: renamed(mnist()), target=mnist),
    "weight_scales": Planted(
        spec={
            **FROM_MEMORY,
            "model.arch": "tests.why.planting:badly_scaled",
            "source.images": 1600,
            "source.epochs": 30,
            "target.budgets": [300],
            "train.epochs": 40,
            "train.lr": 3e-3,
            "seeds": 4,
            "arms": ["scratch", "transfer", "mean_var"],
        },
        source=lambda: only(mnist(), 0, 1, 2, 3),
        target=lambda: only(uci(), 0, 1, 2, 3),
    ),
    "head_beats_fine_tuning": Planted(
        spec={**FROM_MEMORY, "train.lr": 0.02, "seeds": 5, "arms": ["scratch", "transfer", "linear_probe"]},
        source=FIRST_HALF,
        target=OTHER_HALF,
        trained=GOOD_SOURCE,
    ),
    "random_suffices": Planted(
        spec={**FROM_MEMORY, "target.budgets": [200]},
        source=lambda: only(mnist(), 0, 1),
        target=lambda: only(uci(), 0, 1),
    ),
    "labels_plentiful": Planted(spec={"target.budgets": [60, 1000], "train.epochs": 20, "train.batch": 8}),
    "not_reused": Planted(
        spec={**FROM_MEMORY, "target.budgets": [600], "train.epochs": 20, "train.lr": 5e-3},
        source=lambda: inverted(mnist()),
        target=mnist,
    ),
    "reused": Planted(spec={"target.budgets": [50], "train.batch": 16}),
    "too_little": Planted(spec={"target.budgets": [600], "seeds": 2, "train.epochs": 20}),
}
"""By the explanation that must come first."""
