"""Files that carry no class names: told of files that the loader reads without names, and of no other."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch import nn

from shiftprobe.models.formats.checkpoint import load_checkpoint
from shiftprobe.models.formats.unnamed import names_nothing

STATE = {"head.weight": torch.zeros(3, 4), "head.bias": torch.zeros(3)}
NAMES = ["ant", "bee", "cat"]


def saved(value: Any) -> bytes:
    out = io.BytesIO()
    torch.save(value, out)
    return out.getvalue()


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


NAMELESS = {
    "bare": saved(STATE),
    "wrapped": saved({"state_dict": STATE, "epoch": 4, "lr": 0.1, "note": "ants"}),
    "safetensors": save(STATE),
    "beside": save(STATE, metadata={"format": "pt"}),
}
NAMED = {
    "list": saved({"model": STATE, "classes": NAMES}),
    "capital": saved({"model": STATE, "Class_Names": NAMES}),
    "deep": saved({"state_dict": STATE, "hyper_parameters": {"id2label": dict(enumerate(NAMES))}}),
    "header": save(STATE, metadata={"classes": '["ant", "bee", "cat"]'}),
}
OTHERS = {
    "module": saved(nn.Linear(2, 2)),
    "legacy": b"\x80\x02}q\x00.",
    "empty": b"",
    "text": b"{} no weights",
    "cut": saved(STATE)[:-40],
    "header too long": (2**60).to_bytes(8, "little") + b"{}",
    "no JSON": (3).to_bytes(8, "little") + b"{]}",
    "a list": (12).to_bytes(8, "little") + b'{"a": [1, 2}',
    "junk in an archive": archive(**{"a/data.pkl": b"\xff\xff"}),
    "two pickles": archive(**{"a/data.pkl": b"}.", "b/data.pkl": b"}."}),
    "no pickle": archive(a=b"}."),
}


@pytest.mark.parametrize("name", [*NAMELESS, *NAMED])
def test_it_agrees_with_the_loader(tmp_path: Path, name: str) -> None:
    content = {**NAMELESS, **NAMED}[name]
    (tmp_path / "model.pt").write_bytes(content)
    assert names_nothing(tmp_path / "model.pt") == (name in NAMELESS)
    assert (load_checkpoint(tmp_path / "model.pt").classes is None) == (name in NAMELESS)


@pytest.mark.parametrize("name", OTHERS)
def test_of_what_is_no_file_of_weights_its_loader_says_what_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "model.pt").write_bytes(OTHERS[name])
    assert not names_nothing(tmp_path / "model.pt")


def test_a_folder_and_nothing_are_left_to_whoever_reads_them(tmp_path: Path) -> None:
    assert not names_nothing(tmp_path)
    assert not names_nothing(tmp_path / "none.pt")
    assert not names_nothing(Path("torchvision:resnet18@DEFAULT"))


def test_an_onnx_file_names_no_outputs(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08\x08\x12\x07pytorch" + b"\0" * 80)
    assert names_nothing(tmp_path / "model.onnx")
    (tmp_path / "page.onnx").write_bytes(b"<html>")
    assert not names_nothing(tmp_path / "page.onnx")


def test_an_audit_without_names_is_refused_before_torch_is_there(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(NAMELESS["bare"])
    code = (
        "import sys\nfrom shiftprobe.auditing.check_request import check_request\n"
        "from shiftprobe.auditing.request import request\n"
        f"try:\n    check_request(request({str(tmp_path / 'model.pt')!r}, 'digits:uci'))\n"
        "except Exception as error:\n    print('torch' in sys.modules, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("False ")
    assert "nobody says what the checkpoint's outputs mean; wanted --classes FILE" in done.stdout
