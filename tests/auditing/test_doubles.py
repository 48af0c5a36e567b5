"""An audit tells doubles of an architecture apart by its labelled images, says so, and keeps what somebody named."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.models.solved import MEAN, STD, solve, textured

from shiftprobe.auditing.doubles import told_apart
from shiftprobe.auditing.evidence import Side, Subject
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.ready import _identity
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.sides import How, labelled
from shiftprobe.auditing.subject import subject
from shiftprobe.core.types import IDENTITY
from shiftprobe.engine.shifted_sets import Dose
from shiftprobe.models import timm_
from shiftprobe.models.build import build
from shiftprobe.models.guess import trained_side
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.shifts import find

IMAGES = textured(16)
RIGHT, PLAIN = "torchvision:resnet18+maxpool", "torchvision:resnet18"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a resnet18 for small images that keeps its max pool."""
    network = build(RIGHT, classes=3, channels=3, size=16, seed=0)
    assert solve(network, IMAGES, Preprocess(16, 3, MEAN, STD)) == 1.0
    path = tmp_path_factory.mktemp("doubles") / "model.pt"
    torch.save(network.state_dict(), path)
    return path


def told(file: Path, arch: str | None, *, labels: bool = True) -> tuple[Subject, Side]:
    wanted = CheckpointRequest(checkpoint=str(file), arch=arch, classes="data")
    found = subject(wanted, IMAGES)
    side, _ = labelled(IMAGES, found.classes, How(most=1000))
    side = side if labels else replace(side, labels=None)
    return told_apart(found, wanted, IMAGES, side, 0), side


def accuracy(found: Subject, side: Side) -> float:
    assert side.labels is not None
    answers = predict(found, side, range(len(side)), Dose(find(IDENTITY), 0.0, 0))
    return float(answers.right(side.labels).mean())


def said(found: Subject) -> str:
    return next(note.text for note in reversed(found.notes) if note.about == "arch")


def test_a_guess_is_mended_by_labels_and_belongs_to_what_the_audit_is(file: Path) -> None:
    found, side = told(file, None)
    assert (found.facts.arch, accuracy(found, side)) == (RIGHT, 1.0)
    assert said(found) == (
        f"{RIGHT} has the names and shapes of {PLAIN} too and is right on 100.0 % of 36 labelled images, that on "
        "33.3 %: it was taken"
    )
    assert found.facts.arch_from.startswith("guessed from the weights' names: ")
    assert found.facts.arch_from.endswith(said(found))
    assert tuple(note.text for note in found.notes) == found.facts.notes
    named, _ = told(file, RIGHT)
    assert _identity(found, side, None) == _identity(named, side, None)
    assert found.answered == named.answered


def test_what_somebody_named_is_kept_and_the_advice_leads_on(file: Path) -> None:
    found, side = told(file, PLAIN)
    assert (found.facts.arch, found.facts.arch_from) == (PLAIN, "given")
    assert accuracy(found, side) == pytest.approx(1 / 3)
    assert said(found).endswith(f": --arch {RIGHT} says it")
    again, _ = told(file, said(found).partition("--arch ")[2].split()[0])
    assert accuracy(again, side) == 1.0
    assert "none is shown to be better" in said(again)


def test_without_labels_doubles_are_named(file: Path) -> None:
    found, _ = told(file, None, labels=False)
    assert found.facts.arch == PLAIN
    assert said(found).startswith(f"no weight tells {PLAIN} from {RIGHT}, and no labels at hand do")


@pytest.mark.skipif(not timm_.installed(), reason="timm is not installed: its transformers are not built")
def test_a_transformer_meets_images_of_the_side_that_its_weights_tell(tmp_path: Path) -> None:
    arch, path = "timm:vit_tiny_patch16_224", tmp_path / "vit.pt"
    network = build(arch, classes=3, channels=3, size=96, seed=0)
    torch.save(network.state_dict(), path)
    assert trained_side(arch, network.state_dict()) == 96
    for named in (None, arch):
        found = subject(CheckpointRequest(checkpoint=str(path), arch=named, classes="data"), IMAGES)
        assert (found.facts.arch, found.preprocess.size) == (arch, 96)
