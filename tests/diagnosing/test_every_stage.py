"""One planted cause per stage, from a run on real digits to the cause that stands first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import shiftprobe
from shiftprobe.data import load

SIDE = 14  # px
PARTS = {"source": slice(0, 700), "target": slice(700, 1700)}
SPEC: Mapping[str, Any] = {
    "source": {"data": "memory:source", "epochs": 8},
    "target": {"data": "memory:target", "budgets": [40], "test": 0.4},
    "model": {"preprocess": {"size": SIDE, "channels": 1, "mean": [0.13], "std": [0.3]}},
    "shifts": [],
    "severities": [],
    "seeds": 3,
    "train": {"recipe": "plain", "epochs": 12, "batch": 16, "lr": 4e-3, "device": "cpu"},
    "probes": ["accuracy"],
    "report": {"thumbnails": 0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Labelled digits, as a torch data set."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], int]:
        return self.images[index], int(self.labels[index])


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What differs from a healthy run, and what a diagnosis must say first."""

    causes: tuple[str, ...]
    trainings: float = 24  # that the diagnosis may cost
    spec: Mapping[str, Any] = field(default_factory=dict)  # by part
    inverted: bool = False  # the target's images
    shuffled: bool = False  # the source's labels


SCENARIOS = {
    "file": Planted(causes=("inverted",), inverted=True, trainings=0),
    "worth": Planted(causes=("source_learnt_nothing", "untrained_source"), shuffled=True, trainings=0),
    "schedule": Planted(causes=("rate_too_low",), trainings=12, spec={"train": {"lr": 5e-5}}),
    "where": Planted(causes=("reused",)),
    "head": Planted(
        causes=("overfits_body",),
        spec={
            "target": {"budgets": [20]},
            "train": {"epochs": 30, "batch": 8},
            "arms": ["zero_shot", "scratch", "transfer", "linear_probe"],
        },
    ),
    "labels": Planted(
        causes=("labels_plentiful",),
        trainings=0,  # the run did it itself
        spec={"target": {"budgets": [30, 300]}, "train": {"batch": 32}},
    ),
}


@pytest.fixture(scope="module")
def digits() -> Digits:
    mnist = load("digits:mnist", Path())
    order = np.random.default_rng(3).permutation(len(mnist))[: PARTS["target"].stop]
    images = [cv2.resize(mnist.images[i], (SIDE, SIDE), interpolation=cv2.INTER_AREA) for i in order.tolist()]
    return Digits(images=np.stack(images), labels=mnist.labels[order])


def given(digits: Digits, planted: Planted) -> dict[str, Any]:
    """Source and target, with what is planted in them."""
    source, target = (Digits(images=digits.images[one], labels=digits.labels[one]) for one in PARTS.values())
    if planted.inverted:
        target = Digits(images=255 - target.images, labels=target.labels)
    if planted.shuffled:
        source = Digits(images=source.images, labels=np.random.default_rng(0).permutation(source.labels))
    return {"source": source, "target": target}


def spec(planted: Planted) -> dict[str, Any]:
    """The healthy spec, with what is planted in it."""
    found = dict(SPEC)
    for part, value in planted.spec.items():
        found[part] = {**found[part], **value} if isinstance(value, dict) else value
    return found


BY_DEFAULT = ("file", "worth", "head")  # of the file, of the checkpoint, and a stage that trains


@pytest.mark.parametrize(
    "stage", [pytest.param(one, marks=() if one in BY_DEFAULT else pytest.mark.slow) for one in SCENARIOS]
)
def test_the_planted_cause_stands_first(stage: str, digits: Digits, tmp_path: Path) -> None:
    planted = SCENARIOS[stage]
    data = given(digits, planted)
    run = shiftprobe.sweep(spec(planted), out=tmp_path, workers=1, **data)

    found = shiftprobe.diagnose(run.path, trainings=planted.trainings, workers=1, **data)

    assert found.causes, found.sentence
    first = found.causes[0]
    assert first.name in planted.causes, [(one.name, one.grade) for one in found.causes]
    assert found.path[first.experiment].stage == stage
    assert found.units <= planted.trainings
