"""Every refusal of a file without weights leads on: its advice is applied to the file, and what comes of it is read."""

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.models.build import build
from shiftprobe.models.formats.checkpoint import load_checkpoint


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return build("small_cnn", classes=3, channels=3, size=64, seed=0).eval()


def refusal(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    return text


def applied(advice: str, folder: Path, **names: Any) -> Path:
    """What a user does with a line of Python: their file in the place of FILE, in a folder of their own."""
    code = re.search(r"(torch\.(?:save|onnx)\S*\(.*?'(?:weights\.pt|model\.onnx)'.*?\))(?:,|;| )", advice + " ")
    assert code is not None, advice
    line = code[1].replace("'weights.pt'", repr(str(folder / "weights.pt")))
    exec(line.replace("'model.onnx'", repr(str(folder / "model.onnx"))), {"torch": torch, **names})  # noqa: S102
    return folder / ("weights.pt" if "weights.pt" in advice else "model.onnx")


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_torchscript_is_told_by_its_content_and_its_weights_can_be_had(network: nn.Module, tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    torch.jit.save(torch.jit.trace(network, torch.zeros(1, 3, 64, 64)), path)  # type: ignore[no-untyped-call] # torch's
    text = refusal(path)
    assert "a TorchScript program" in text
    found = load_checkpoint(applied(text, tmp_path, FILE=path))
    assert all(torch.equal(found.state[name], value) for name, value in network.state_dict().items())


def test_an_exported_program_is_told_by_its_content_and_its_weights_can_be_had(tmp_path: Path) -> None:
    network = nn.Linear(2, 3)
    path = tmp_path / "weights_of_mine.pt2"
    torch.export.save(torch.export.export(network, (torch.zeros(1, 2),)), path)
    path = path.rename(tmp_path / "model.pth")
    text = refusal(path)
    assert "loading can run code" in text
    found = load_checkpoint(applied(text, tmp_path, FILE=path))
    assert all(torch.equal(found.state[name], value) for name, value in network.state_dict().items())


class Learner:
    """What stands at the top of a file of another program."""

    def __init__(self, model: nn.Module, **more: Any) -> None:
        self.model, self.more = model, more


@pytest.fixture
def written_by() -> Iterator[Any]:
    """Give `Learner` the name of another program's class while a file is written."""
    made: list[str] = []

    def name(module: str, kind: str) -> type:
        twin = type(kind, (Learner,), {"__module__": module})
        parts = module.split(".")
        for place in (".".join(parts[: i + 1]) for i in range(len(parts))):
            sys.modules[place] = types.ModuleType(place)
            made.append(place)
        setattr(sys.modules[module], kind, twin)
        return twin

    yield name
    for place in made:
        sys.modules.pop(place, None)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fastai_export_is_named_and_can_become_onnx(network: nn.Module, tmp_path: Path, written_by: Any) -> None:
    learn = written_by("fastai.learner", "Learner")(network, lr=print)  # functions of builtins stand in one, too
    torch.save(learn, tmp_path / "export.pkl", pickle_protocol=2)
    text = refusal(tmp_path / "export.pkl")
    assert "it is a fastai learner" in text
    assert applied(text, tmp_path, learn=learn).read_bytes()[:1] == b"\x08"  # an ONNX file; audits look at those


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("ultralytics.nn.tasks", "an ultralytics model .* `yolo export model=FILE format=onnx`"),
        ("models.yolo", "a YOLOv5 model .* `python export.py --weights FILE --include onnx`"),
        ("transformers.models.vit.modeling_vit", r"model.save_pretrained\('folder'\), and give that folder"),
        ("theirs", r"a whole model \(theirs.Model\) and no weights by name; save model.state_dict\(\)"),
    ],
)
def test_a_whole_model_is_named_by_its_program(module: str, told: str, tmp_path: Path, written_by: Any) -> None:
    whole = written_by(module, "Model")(nn.Linear(2, 2))
    for content in (whole, {"epoch": -1, "model": whole, "train_args": {"imgsz": 224}}):
        torch.save(content, tmp_path / "best.pt")
        assert re.search(told, refusal(tmp_path / "best.pt"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89HDF\r\n\x1a\nabc", "in Keras: model.export"),
        (b"\x1c\x00\x00\x00TFL3\x00", "tf2onnx"),
    ],
)
def test_files_of_other_frameworks_name_what_an_audit_reads(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "model.h5").write_bytes(content)
    assert f"{told}" in refusal(tmp_path / "model.h5")
    assert "which an audit reads" in refusal(tmp_path / "model.h5")
