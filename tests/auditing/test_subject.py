"""A checkpoint from a file or from memory becomes one network with one meaning of its outputs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.auditing.made_up import CLASSES, side

from shiftprobe.auditing.evidence import Subject
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.subject import subject
from shiftprobe.models.build import build

BUNDLE = side(20).bundle
NUMBERS = {"size": 8, "mean": [0.5], "std": [0.5]}
BACKWARDS = tuple(reversed(CLASSES))


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    return build("small_cnn", classes=4, channels=1, size=8, seed=0).train()


def read(model: torch.nn.Module, folder: Path, classes: object) -> Subject:
    file = folder / "model.pt"
    torch.save(model.state_dict(), file)
    (folder / "names.txt").write_text("\n".join(BACKWARDS))
    wanted = CheckpointRequest(checkpoint=str(file), arch="small_cnn", classes=classes, preprocess=NUMBERS)  # type: ignore[arg-type] # the cases below
    return subject(wanted, BUNDLE)


def test_a_network_is_the_same_from_memory_and_from_its_file(model: torch.nn.Module, tmp_path: Path) -> None:
    wanted = CheckpointRequest(checkpoint="a model in memory", module=model, classes=CLASSES, preprocess=NUMBERS)
    held, filed = subject(wanted, BUNDLE), read(model, tmp_path, CLASSES)
    assert held.answered == filed.answered
    assert held.preprocess == filed.preprocess
    assert held.head == filed.head
    assert (held.facts.arch, held.facts.path, held.facts.bytes) == ("a model in memory", "a model in memory", None)
    assert (filed.facts.arch, filed.facts.path) == ("small_cnn", str(tmp_path / "model.pt"))
    assert filed.facts.bytes == (tmp_path / "model.pt").stat().st_size
    for one in (held, filed):
        assert not one.model.training
        assert one.facts.parameters == sum(np.prod(value.shape) for value in model.parameters())
    assert held.model is not model
    assert model.training


@pytest.mark.parametrize(("classes", "names"), [("data", CLASSES), ("file", BACKWARDS), (list(BACKWARDS), BACKWARDS)])
def test_outputs_are_called_as_the_data_a_file_or_a_list_says(
    model: torch.nn.Module, tmp_path: Path, classes: object, names: tuple[str, ...]
) -> None:
    found = read(model, tmp_path, str(tmp_path / "names.txt") if classes == "file" else classes)
    assert found.classes == found.facts.classes == names
    assert found.facts.classes_from == "--classes"
