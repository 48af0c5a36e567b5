"""Cells of a tiny run on real digits, trained when asked for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tests.tiny import tiny_plan, write_images
from torch import nn

from shiftprobe.core.reading import read_json
from shiftprobe.core.types import Cell, Condition
from shiftprobe.engine import networks
from shiftprobe.engine.cell import arm_folder, make_arm
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.source_model import make_source
from shiftprobe.models.extract import extract
from shiftprobe.results.run_folder import RunDir

CELL = Cell("rotation", 0.5, 40, 0)


def with_source(out: Path) -> Setup:
    """A run folder with shifted sets and a source model."""
    ready = tiny_plan(out, target__budgets=[20, 40])
    write_images(ready)
    make_source(ready.setup)
    return ready.setup


def untrained(made: Setup, path: Path) -> Setup:
    """The same in a folder of its own, with no arm trained yet."""
    path.mkdir()
    for shared in ("sets", "source"):
        (path / shared).symlink_to(made.run.path / shared)
    return replace(made, run=RunDir(path))


def arm(setup: Setup, cell: Cell, name: str) -> nn.Module:
    made = make_arm(setup, cell, name, networks.source(setup))
    assert made.model is not None
    return made.model


def about(setup: Setup, cell: Cell, name: str) -> dict[str, Any]:
    read: dict[str, Any] = read_json(arm_folder(setup, cell, name) / "about.json")
    return read


def logits(setup: Setup, model: nn.Module | None) -> bytes:
    assert model is not None
    images = np.load(setup.run.images(Condition("rotation", 0.5)))[setup.pool :]
    labels = setup.labels[setup.pool :]
    return extract(model, images, labels, setup.preprocess, taps=(), head="head", device="cpu").logits.tobytes()
