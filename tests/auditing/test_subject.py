"""A checkpoint from a file or from memory becomes one network with one meaning of its outputs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.auditing.made_up import CLASSES, side

from shiftprobe.auditing.evidence import Subject
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.subject import subject
from shiftprobe.core.errors import CheckpointError, SpecError
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


def read_named(model: torch.nn.Module, folder: Path, own: tuple[str, ...], classes: object) -> Subject:
    """The checkpoint with names of its own in the file."""
    file = folder / "model.pt"
    torch.save({"state_dict": model.state_dict(), "class_to_idx": {name: i for i, name in enumerate(own)}}, file)
    wanted = CheckpointRequest(checkpoint=str(file), arch="small_cnn", classes=classes, preprocess=NUMBERS)  # type: ignore[arg-type] # the cases below
    return subject(wanted, BUNDLE)


def test_the_order_of_the_datas_names_is_refused_where_the_file_knows_better(
    model: torch.nn.Module, tmp_path: Path
) -> None:
    with pytest.raises(SpecError) as refused:
        read_named(model, tmp_path, BACKWARDS, "data")
    assert str(refused.value) == (
        f"{tmp_path / 'model.pt'}: --classes data contradicts it: the checkpoint's own list calls output 3 'ant', the "
        "names given call output 0 so, and 3 more differ; leave --classes out to take the checkpoint's own, or write "
        "the names in the order that is right to a file and give --classes FILE"
    )
    assert read_named(model, tmp_path, BACKWARDS, None).classes == BACKWARDS
    assert read_named(model, tmp_path, CLASSES, "data").conflict is None


def test_names_that_somebody_wrote_down_go_before_those_of_the_file_and_are_marked(
    model: torch.nn.Module, tmp_path: Path
) -> None:
    found = read_named(model, tmp_path, BACKWARDS, list(CLASSES))
    assert found.classes == CLASSES
    assert found.conflict is not None
    assert [note.text for note in found.notes if note.about == "classes"] == [
        f"{found.conflict.told}; the names given are used instead of the file's, which disagree"
    ]


def test_other_names_than_those_of_the_file_are_a_note(model: torch.nn.Module, tmp_path: Path) -> None:
    found = read_named(model, tmp_path, ("n1", "n2", "n3", "n4"), list(CLASSES))
    assert found.conflict is None
    (note,) = [note.text for note in found.notes if note.about == "classes"]
    assert note.startswith("the file names its outputs otherwise (output 0 is 'n1' there, 'ant' by --classes)")


@pytest.mark.parametrize(
    ("change", "weight"),
    [
        (lambda state: state.pop("head.bias"), "head.bias"),
        (lambda state: state.update({"extra.weight": torch.zeros(3)}), "extra.weight"),
        (lambda state: state.update({"head.bias": torch.zeros(4, 2)}), "head.bias"),
        (lambda state: state.update({"head.bias": torch.full((4,), torch.nan)}), "head.bias"),
        (lambda state: state.update({"head.bias": torch.zeros(4, dtype=torch.complex64)}), "head.bias"),
        (lambda state: state.update({"head.bias": "four"}), "head.bias"),
    ],
)
@pytest.mark.parametrize("arch", ["small_cnn", None])
def test_a_refusal_names_the_file_and_the_weight(
    model: torch.nn.Module, tmp_path: Path, change: Any, weight: str, arch: str | None
) -> None:
    state: dict[str, Any] = dict(model.state_dict())
    change(state)
    torch.save(state, tmp_path / "model.pt")
    wanted = CheckpointRequest(checkpoint=str(tmp_path / "model.pt"), arch=arch, classes="data", preprocess=NUMBERS)
    with pytest.raises(CheckpointError) as refused:
        subject(wanted, BUNDLE)
    assert str(tmp_path / "model.pt") in str(refused.value)
    assert weight in str(refused.value)


def test_a_single_output_is_refused_with_what_to_make_of_it(tmp_path: Path) -> None:
    """A file's becomes two outputs, which the four classes of the data are not; a network in memory stays as it is."""
    network = build("small_cnn", classes=1, channels=1, size=8, seed=0)
    torch.save(network.state_dict(), tmp_path / "model.pt")
    filed = CheckpointRequest(checkpoint=str(tmp_path / "model.pt"), classes="data", preprocess=NUMBERS)
    with pytest.raises(SpecError, match="the head has 2 outputs, but --classes names 4 classes"):
        subject(filed, BUNDLE)
    held = CheckpointRequest(checkpoint="a model in memory", module=network, classes="data", preprocess=NUMBERS)
    with pytest.raises(SpecError, match=r"the head has a single output \(binary, by a sigmoid\)"):
        subject(held, BUNDLE)
