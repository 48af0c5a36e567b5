"""A run with something planted in it, made the way a user makes one: a spec, data, and a file of weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

import shiftprobe
from plants.checkpoints import Ground, State, pictures
from plants.domains import DOMAINS, Items
from plants.images import joined
from shiftprobe.models.preprocess import Preprocess

SPEC: Mapping[str, Any] = {
    "source": {"data": "memory:source"},
    "target": {"data": "memory:target", "budgets": [100], "test": 0.4},
    "arms": ["zero_shot", "scratch", "transfer"],
    "shifts": [],
    "severities": [],
    "seeds": 3,
    "train": {"recipe": "plain", "epochs": 20, "batch": 32, "device": "cpu"},
    "probes": ["accuracy", "linear", "null_band"],
    "report": {"thumbnails": 0},
}
RATES = {"vit": 1e-3}
TESTED = {"drawings": 0.6}  # share of the target that judges: two halves of 100 images and more
LIGHT: Mapping[str, Mapping[str, Any]] = {
    "vit": {"train.epochs": 15, "train.batch": 16},
}
"""What large networks get in place of what a plant says, so that 24 trainings take minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Everything that a run is made of; by default nothing is wrong with it."""

    ground: Ground
    state: State | None = None  # the checkpoint's file; None: the run trains its source itself
    told: Preprocess | None = None  # how the spec prepares images; None: rightly
    source: Items | None = None  # None: the domain's origin and home
    trained: Items | None = None  # what the user says trained the checkpoint, where it is not the domain's origin
    target: Items | None = None
    arch: str | None = None
    spec: Mapping[str, Any] = field(default_factory=dict)  # by dotted key

    def run(self, out: Path, *, seeds: int = 3, probes: bool = True, arms: Sequence[str] = ()) -> shiftprobe.Run:
        """Train it in this process, in a folder that holds its checkpoint as well; all of its arms, or some."""
        keys = {**self.keys(out, seeds, probes=probes), **({"arms": list(arms)} if arms else {})}
        return shiftprobe.sweep(keys, out=out, workers=1, **self.given())

    def given(self) -> dict[str, Any]:
        """What diagnose needs again beside the run folder."""
        domain = self.ground.domain
        return {
            "source": self.source or joined(domain.origin, domain.home),
            "target": self.target or domain.target,
            "allow_code": True,
        }

    def keys(self, out: Path, seeds: int, *, probes: bool) -> dict[str, Any]:
        """Its spec."""
        how = self.told or self.ground.preprocess
        keys: dict[str, Any] = {
            "seeds": seeds,
            "target.test": TESTED.get(self.ground.domain.name, 0.4),
            "train.lr": RATES.get(self.ground.network, 2e-3),
            "model.arch": self.arch or self.ground.arch,
            "model.preprocess": {
                "size": how.size, "channels": how.channels, "mean": how.mean, "std": how.std, "order": how.order,
            },
        }  # fmt: skip
        if self.state is not None:
            keys |= {"model.weights": str(_saved(self.state, out)), "source.trained": self._trained()}
        if not probes:
            keys["probes"] = ["accuracy"]
        return whole({**keys, **self.spec, **LIGHT.get(self.ground.network, {})})

    def _trained(self) -> str:
        """What a user who knows names: the images that trained the checkpoint."""
        return str(pictures(self.ground.domain.name, DOMAINS[self.ground.domain.name]))


def whole(changed: Mapping[str, Any]) -> dict[str, Any]:
    """The spec of all, with some keys changed; a dot leads into a part."""
    keys = {key: dict(value) if isinstance(value, Mapping) else value for key, value in SPEC.items()}
    for place, value in changed.items():
        *parts, last = place.split(".")
        part = keys
        for name in parts:
            part = part.setdefault(name, {})
        part[last] = value
    return keys


def _saved(state: State, out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    torch.save(state, out / "checkpoint.pt")
    return (out / "checkpoint.pt").resolve()
