"""The library in one process: objects in memory stand in for names, failures stay in their cell."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.specs import TINY
from torch import nn
from torch.utils.data import TensorDataset

import shiftprobe
from shiftprobe.core.types import Evidence, Finding
from shiftprobe.probes.cka import CkaProbe


class Flat(nn.Module):
    """A user's own network, by no name that we know."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU())
        self.top = nn.Linear(32, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.top(self.body(images))
        return result


def two_digits(first: int) -> TensorDataset:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    chosen = np.flatnonzero(np.isin(labels, [0, 1]))[first : first + 180]
    pixels = torch.from_numpy((images[chosen].reshape(-1, 1, 8, 8) * 15).astype(np.uint8))
    return TensorDataset(pixels, torch.from_numpy(labels[chosen]))


def test_a_module_and_datasets_in_memory_stand_in_for_names(tmp_path: Path) -> None:
    spec = {**TINY, "target": {"data": "memory:mine", "budgets": [40]}, "source": {}, "model": {}}
    run = shiftprobe.sweep(spec, out=tmp_path, source=two_digits(0), target=two_digits(180), model=Flat())
    assert run.report.is_file()
    assert {point.arm for point in run.summary.points} == {"zero_shot", "scratch", "transfer"}
    assert not run.failed


def test_a_failing_cell_keeps_its_traceback_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = CkaProbe()

    class Broken:
        name, scope = "cka", "checkpoint"

        def __call__(self, evidence: Evidence) -> Finding:
            if evidence.cell.severity > 0:
                raise RuntimeError("planted fault")
            return real(evidence)

    monkeypatch.setitem(shiftprobe.PROBES._items, "cka", Broken())
    run = shiftprobe.sweep(TINY, out=tmp_path, workers=1)
    assert run.failed == ("rotation~0.5",)
    assert "planted fault" in (run.path / "cells" / "rotation~0.5.error.txt").read_text()
    assert [one.b for one in run.summary.contrasts] == ["zero_shot"] * 2 + ["scratch"] * 2 + ["zero_shot"] * 2
    monkeypatch.undo()
    again = shiftprobe.sweep(TINY, out=tmp_path, workers=1)
    assert again.failed == ()
    assert not list(run.path.rglob("*.error.txt"))


def test_iterating_a_registry_gives_names_and_a_shift_changes_an_image() -> None:
    assert {"gaussian_noise", "gaussian_blur", "rotation", "contrast", "jpeg", "pixelate"} <= set(shiftprobe.SHIFTS)
    assert {"accuracy", "cka", "linear"} <= set(shiftprobe.PROBES)
    image = np.full((28, 28, 1), 90, np.uint8)
    image[8:20, 8:20] = 200
    changed = shiftprobe.SHIFTS["gaussian_noise"].at(0.5)(image, np.random.default_rng(0))
    assert changed.shape == image.shape
    assert changed.dtype == np.uint8
    assert not np.array_equal(changed, image)


def test_a_folder_of_colour_images_through_a_torchvision_network(tmp_path: Path) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    for domain, tint in (("source", 40), ("target", 90)):
        for label, level in (("dark", 60), ("light", 190)):
            folder = tmp_path / domain / label
            folder.mkdir(parents=True)
            for i in range(30):
                pixels = np.clip(rng.normal((level, level, tint), 25, (32, 36, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{i}.png")
    spec: dict[str, Any] = {
        "name": "colours",
        "source": {"data": f"folder:{tmp_path / 'source'}"},
        "target": {"data": f"folder:{tmp_path / 'target'}", "budgets": [16]},
        "model": {"arch": "torchvision:mobilenet_v3_small"},
        "shifts": ["gaussian_blur"],
        "severities": [1.0],
        "seeds": 1,
        "train": {"epochs": 1, "device": "cpu"},
        "probes": ["accuracy", "linear"],  # attributions of a large network take minutes
    }
    run = shiftprobe.sweep(spec, out=tmp_path / "runs", workers=1)
    assert not run.failed
    taps = {row.tap for row in run.rows if row.probe == "linear"}
    assert len(taps) >= 5
    assert run.summary.verdict.word == "inconclusive"
    assert "one seed" in run.summary.verdict.sentence
