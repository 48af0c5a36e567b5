"""Files that pretend: each is refused in one line, and nothing in them runs."""

import ast
import io
import os
import pickle
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.models.formats.checkpoint import load_state, save_state

SOURCE = Path(__file__).parents[3] / "src"
BUDGET = 10**6
STATE = {"weight": torch.arange(64.0), "bias": torch.ones(2)}


def torch_bytes(content: Any, *, new: bool = True) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=new)
    return buffer.getvalue()


def repacked(content: bytes, extra: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """The same archive with more members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for member in old.infolist():
            new.writestr(member.filename, old.read(member))
        for name, value in extra.items():
            new.writestr(name, value)
    return buffer.getvalue()


def refused(path: Path, message: str) -> None:
    with pytest.raises(CheckpointError, match=message) as caught:
        load_state(path, budget_bytes=BUDGET)
    text = str(caught.value)
    assert "\n" not in text
    assert "weights_only" not in text
    assert len(text) < 400


class Payload:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return (os.system, (f"touch {self.marker}",))


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize(
    "hide", [lambda p: p, lambda p: {"state_dict": STATE, "args": p}, lambda p: {**STATE, "x": [p]}]
)
def test_a_payload_is_refused_and_does_not_run(tmp_path: Path, new: bool, hide: Any) -> None:
    path, marker = tmp_path / "w.pt", tmp_path / "marker"
    path.write_bytes(torch_bytes(hide(Payload(marker)), new=new))
    refused(path, r"wanted weights alone, but it asks for posix.system, which is refused")
    assert not marker.exists()


def test_a_bare_pickle_does_not_run_either(tmp_path: Path) -> None:
    path, marker = tmp_path / "w.pt", tmp_path / "marker"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path.write_bytes(pickle.dumps(Payload(marker), protocol=protocol))
        refused(path, "w.pt")
    assert not marker.exists()


def test_a_whole_model_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(torch_bytes(nn.Sequential(nn.Linear(2, 2))))
    refused(path, r"a whole model \(torch.nn.modules.container.Sequential\) and no weights by name; save model.state")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html><html>Sign in</html>", "an HTML or XML page"),
        (b"\n  <html>", "an HTML or XML page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "git lfs pull"),
        (b'{"error": "not found"}', "JSON text"),
        (b"\x1f\x8b\x08\x00abc", "a gzip file"),
        (b"\x89HDF\r\n\x1a\nabc", "a Keras or HDF5 file"),
        (b"\x93NUMPY\x01\x00abc", "a NumPy array"),
        (b"BZh91AY&SY", "a bzip2 file"),
        (b"\xfd7zXZ\x00", "an xz file"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z file"),
        (b"\x28\xb5\x2f\xfd\x00", "a Zstandard file"),
        (b"GGUF\x03\x00\x00\x00", "a GGUF file"),
        (b"\x1c\x00\x00\x00TFL3\x00", "a TensorFlow Lite model"),
        (b"model.pt" + bytes(249) + b"ustar\x0000", "a tar archive; unpack it first"),
        (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:", "audits alone look at ONNX: `shiftprobe audit FILE`; runs train"),
        (b"\x08\x01\x12\xfa\x12\x0a", "an ONNX or TensorFlow model"),
        (b"hello world, not weights", "neither a PyTorch state dict nor safetensors"),
        (b"\x00", "neither a PyTorch state dict nor safetensors"),
        (b"\x80\x02", "not readable as a PyTorch state dict"),
        (b"PK\x03\x04 and no more", "a damaged archive"),
    ],
)
def test_says_what_a_file_seems_to_be(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(content)
    refused(path, message)


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
@pytest.mark.parametrize("form", ["zip", "pickle", "safetensors"])
def test_a_cut_off_file_is_refused(tmp_path: Path, form: str, keep: float) -> None:
    whole = save_state(STATE) if form == "safetensors" else torch_bytes(STATE, new=form == "zip")
    path = tmp_path / "w.pt"
    path.write_bytes(whole[: int(len(whole) * keep)])
    refused(path, "damaged|cut off|is it whole|which is refused")


def test_a_flipped_bit_in_the_weights_is_noticed(tmp_path: Path) -> None:
    content = bytearray(torch_bytes(STATE))
    content[content.index(torch.arange(64.0).numpy().tobytes()) + 9] ^= 1
    path = tmp_path / "w.pt"
    path.write_bytes(content)
    refused(path, "data/0 does not match its checksum|damaged archive")


def test_an_archive_that_unpacks_to_more_than_the_budget_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(repacked(torch_bytes({"w": torch.zeros(10**6)}), {}, zipfile.ZIP_DEFLATED))
    assert path.stat().st_size < 10**5
    refused(path, "wanted at most 1,000,000 bytes, it unpacks to 4,")


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    content = bytearray(repacked(torch_bytes({"w": torch.zeros(10**6)}), {}, zipfile.ZIP_DEFLATED))
    true, false = (4 * 10**6).to_bytes(4, "little"), (4 * 10**3).to_bytes(4, "little")
    path = tmp_path / "w.pt"
    path.write_bytes(bytes(content).replace(true, false))
    refused(path, "checksum|damaged|unpacks")


@pytest.mark.parametrize("module", [b"builtins", b"__builtin__"])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_fills_memory_with_a_number_is_refused(tmp_path: Path, module: bytes, zipped: bool) -> None:
    pickled = b"\x80\x02c" + module + b"\nbytearray\nJ\x00\x00\x00\x70\x85R."
    path = tmp_path / "w.pt"
    path.write_bytes(pickled)
    if zipped:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickled)
            archive.writestr("archive/version", b"3")
    refused(path, "asks for a bytearray")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_two_members_of_one_name_is_refused(tmp_path: Path) -> None:
    content = torch_bytes(STATE)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        pickled = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
    path = tmp_path / "w.pt"
    path.write_bytes(repacked(content, {pickled: b"other"}))
    refused(path, "holds .*data.pkl twice")


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("a/readme.txt", "no PyTorch state dict"),
        ("a/constants.pkl", r"a TorchScript program; .*torch.save\(torch.jit.load\(FILE\).state_dict\(\)"),
        ("a/archive_format", r"a torch.export program \(.pt2\), whose loading can run code; .*torch.export.load"),
        ("serialized_exported_program.json", "a torch.export program"),
        ("model.weights.h5", "a Keras model"),
        ("arr_0.npy", r"NumPy arrays \(.npz\)"),
        ("../../etc/data.pkl", "which leads out of it"),
        ("/etc/data.pkl", "which leads out of it"),
        ("a\\..\\..\\data.pkl", "which leads out of it"),
        ("a/\x1b[2J/../data.pkl", "which leads out of it"),
    ],
)
def test_other_archives_are_named(tmp_path: Path, member: str, message: str) -> None:
    path = tmp_path / "w.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, b"x")
    refused(path, message)


def test_a_safetensors_header_that_points_beyond_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes((10**9).to_bytes(8, "little") + b'{"w": 1}')
    refused(path, "a damaged safetensors file")


def test_a_legacy_file_that_claims_huge_storages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    content = torch_bytes({"w": torch.zeros(1000)}, new=False)
    path.write_bytes(content.replace(b"M\xe8\x03", b"M\xff\xff"))
    refused(path, "not readable|view")


def test_only_regular_files_of_a_fair_size_are_opened(tmp_path: Path) -> None:
    refused(tmp_path / "none.pt", "no such file")
    refused(tmp_path, "got a folder or device")
    os.mkfifo(tmp_path / "pipe.pt")
    refused(tmp_path / "pipe.pt", "got a folder or device")
    (tmp_path / "big.pt").write_bytes(bytes(BUDGET + 1))
    refused(tmp_path / "big.pt", "wanted at most 1,000,000 bytes")
    refused(tmp_path / "a\0b.pt", "cannot be read|no such file")


def test_a_name_cannot_move_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "w\x1b[2J.pt"
    path.write_bytes(b"")
    with pytest.raises(CheckpointError, match="empty") as caught:
        load_state(path, budget_bytes=BUDGET)
    assert "\x1b" not in str(caught.value)


def test_there_is_one_place_that_loads_and_it_is_safe() -> None:
    loaders = {"torch.load", "torch.jit.load", "torch.hub.load"}
    calls = [
        (file.name, {word.arg: ast.unparse(word.value) for word in node.keywords})
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in loaders
    ]
    assert calls == [("checkpoint.py", {"weights_only": "True", "map_location": "'cpu'"})]


def test_nobody_unpickles_or_widens_what_may_be_unpickled() -> None:
    words = (
        "import pickle",
        "add_safe_globals",
        "safe_globals(",
        "weights_only=False",
        "torch.serialization",
        "import dill",
        "joblib.load",
        "allow_pickle=True",
    )
    texts = {file.name: file.read_text() for file in SOURCE.rglob("*.py")}
    found = [(name, word) for name, text in texts.items() for word in words if word in text]
    assert found == [("tasks.py", "import pickle")]  # of a cluster: bytes that the command itself handed to its workers


class Asks:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit",)


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize(
    ("value", "told"),
    [(Asks(), "asks for "), ({"a": [1, 2]}, "holds plain values of Python"), (Fraction(1, 3), "asks for ")],
    ids=["code", "plain", "object"],
)
def test_a_pickle_of_another_program_says_what_it_is_and_what_leads_on(
    tmp_path: Path, value: object, told: str, protocol: int
) -> None:
    path = tmp_path / "model.ckpt"
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    refused(path, f"(pickle that torch.save did not write|wanted weights alone).*{told}")


def test_a_cut_file_of_torch_is_asked_whether_it_is_whole(tmp_path: Path) -> None:
    whole = io.BytesIO()
    torch.save({"a": torch.zeros(2)}, whole, _use_new_zipfile_serialization=False)
    (tmp_path / "model.pt").write_bytes(whole.getvalue()[:-30])
    refused(tmp_path / "model.pt", "damaged|cut off|is it whole")
