"""Finished runs of many cells, made by code: every file as a run writes it, with nothing trained but the source."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import numpy as np
from tests.specs import DIGITS

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.files import json_bytes, write_folder
from shiftprobe.core.monitor import Silent
from shiftprobe.core.types import UNSHIFTED, Cell, View
from shiftprobe.engine.cell import ABOUT, about_arm, arm_folder, finished
from shiftprobe.engine.machine import kind_here
from shiftprobe.engine.perform import perform
from shiftprobe.engine.plan import Given, Plan, plan
from shiftprobe.engine.run_probes import _about, _keep, found
from shiftprobe.engine.setup import Setup
from shiftprobe.probes import PROBES
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.schema import Spec

EPOCHS, TEST = 20, 0.06  # of the target, about 50 images
SKILL: Mapping[str, float] = MappingProxyType({"zero_shot": 0.95, "transfer": 0.9, "scratch": 0.7})  # unshifted
SHIFTS = (
    "brightness", "contrast", "defocus", "elastic", "fog", "gaussian_blur", "gaussian_noise", "jpeg", "pixelate",
    "posterize", "rotation", "shot_noise",
)  # fmt: skip
SIZES: Mapping[int, Mapping[str, int]] = MappingProxyType(
    {
        30: {"shifts": 2, "severities": 1, "budgets": 2, "seeds": 5},
        100: {"shifts": 2, "severities": 2, "budgets": 2, "seeds": 10},
        300: {"shifts": 7, "severities": 2, "budgets": 2, "seeds": 10},
        1000: {"shifts": 4, "severities": 5, "budgets": 4, "seeds": 12},
        10_000: {"shifts": 12, "severities": 5, "budgets": 4, "seeds": 41},
    }
)
"""Axes whose cells are about so many."""


def many_spec(size: int, **other: Any) -> Spec:
    """A spec of three arms and about so many cells."""
    axes = SIZES[size]
    keys = {
        "name": f"many{size}",
        "source.images": 200,
        "target.test": TEST,
        "target.budgets": [40 * (1 + i) for i in range(axes["budgets"])],
        "shifts": list(SHIFTS[: axes["shifts"]]),
        "severities": [(1 + i) / axes["severities"] for i in range(axes["severities"])],
        "seeds": axes["seeds"],
        "probes": ["accuracy"],
        "keep": "none",
    }
    return load_spec(DIGITS, {**keys, **other})


def made(spec: Spec, out: Path) -> Plan:
    """The plan of a spec whose run folder holds all cells, so that the same sweep finds nothing to do."""
    alone = {"shifts": (), "severities": (), "arms": ("zero_shot",)}
    perform(plan(spec.model_copy(update=alone), Given(out=out)), Silent(), workers=1)
    ready = plan(spec, Given(out=out))
    with patch("os.fsync"):  # no disk has to keep what a test made
        for cell in ready.cells:
            _fill(ready.setup, cell)
        perform(ready, Silent(), workers=1)  # what it says of itself, and a few images of every condition
    return ready


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Evidence whose models answer by chance, as well as their skill says."""

    setup: Setup
    cell: Cell

    @property
    def arms(self) -> tuple[str, ...]:
        return self.setup.arms_of(self.cell)

    @property
    def failed(self) -> Mapping[str, str]:
        return {}

    @property
    def classes(self) -> tuple[str, ...]:
        return self.setup.classes

    def view(self, model: str, images: str) -> View:
        """Right in a share of the images that falls with severity and rises with labels; images differ in how hard."""
        if images != "target":
            raise NotAvailableError("only the target is drawn")
        labels, arm = self.setup.labels[self.setup.pool :], model.removesuffix("@best")
        rng = np.random.default_rng(_number(self.cell.key, model))
        hard = np.random.default_rng(0).permutation(len(labels)) / len(labels)
        skill = SKILL[arm] - 0.4 * self.cell.severity + 0.0005 * (self.cell.budget or 0)
        right = hard + 0.1 * rng.standard_normal(len(labels)) < skill
        logits = rng.standard_normal((len(labels), len(self.classes)))
        logits[np.arange(len(labels)), np.where(right, labels, (labels + 1) % len(self.classes))] += 6.0
        return View(labels=labels, logits=logits.astype(np.float32), features={})


def _fill(setup: Setup, cell: Cell) -> None:
    """Arms and findings of one cell."""
    for arm in setup.arms_of(cell):
        if not finished(setup, cell, arm):
            about = json_bytes(_told(setup, cell, arm))
            write_folder(arm_folder(setup, cell, arm), {ABOUT: about}, about_arm(setup, cell, arm))
    for probe in setup.probes_of(cell):
        if not found(setup, probe, cell) or cell.condition == UNSHIFTED:  # there the source itself has looked
            drawn: Any = _Drawn(setup, cell)
            look: Any = PROBES[probe]
            _keep(setup.run.finding(probe, cell), look(drawn), _about(setup, probe, cell))


def _told(setup: Setup, cell: Cell, arm: str) -> dict[str, object]:
    """What an arm's folder says: curves that level off, and hashes that all arms of a seed share."""
    machine = _machine(setup.device)
    if cell.seed is None:
        return {"pairing": {}, "failed": "", "machine": machine}
    images = (cell.budget or 0) * 4 // 5
    recipe = setup.recipe(arm, images)
    luck = np.random.default_rng(_number(cell.key, arm)).standard_normal(EPOCHS)
    falls = np.exp(-(np.arange(EPOCHS) + 1) / 4)
    drawn = hashlib.sha256(f"{cell.budget} {cell.seed}".encode()).hexdigest()
    return {
        "pairing": {"split": drawn, "order": drawn, "head": drawn},
        "failed": "",
        "machine": machine,
        "loss": [float(one) for one in 2.3 * falls + 0.01 * np.abs(luck)],
        "validation": [round(8 * float(one)) / 8 for one in SKILL[arm] * (1 - falls)],
        "best_epoch": 10,
        "lr": recipe.lr,
        "recipe": asdict(recipe),
        "train_accuracy": 0.98,
        "images": images,
        "validation_images": (cell.budget or 0) - images,
    }


@cache
def _machine(device: str) -> dict[str, object]:
    return asdict(kind_here(1, device))


def _number(*names: str) -> int:
    return int.from_bytes(hashlib.sha256(" ".join(names).encode()).digest()[:8], "big")
