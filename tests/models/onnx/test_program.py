"""A graph that runs in a process of its own answers as it should, and takes nobody along when it ends."""

import copy
import os
import signal
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.models.onnx.test_input import exported
from tests.models.onnx_made import BYTES, FIRST, FLOAT, HALF, LAST, helper, model, onnx, truth, written
from torch import nn

from shiftprobe.core.errors import CheckpointError, NotAvailableError, SpecError
from shiftprobe.models.onnx import file, program
from shiftprobe.models.onnx.file import is_onnx, load_onnx

IMAGES = np.random.default_rng(0).random((21, 3, 8, 8)).astype(np.float32)
LEVELS = np.random.default_rng(1).integers(0, 256, (5, 3, 8, 8)).astype(np.float32)


@pytest.mark.parametrize(
    ("made", "images", "right"),
    [
        (model(), IMAGES, truth(IMAGES)),
        (model(shape=(4, *FIRST[1:])), IMAGES, truth(IMAGES)),  # a fixed number at once, filled up
        (
            model(("Cast",), ("Transpose",), ("Div", np.float32(255)), kind=BYTES, shape=LAST),
            LEVELS,
            truth(LEVELS / 255),
        ),
        (model(("Cast",), kind=HALF), IMAGES, truth(IMAGES.astype(np.float16).astype(np.float32))),
    ],
    ids=["any number", "fixed number", "bytes, channels last", "half"],
)
def test_scores_are_those_of_the_graph(tmp_path: Path, made: Any, images: Any, right: Any) -> None:
    found = load_onnx(written(tmp_path / "m.onnx", made))
    assert np.allclose(found.program(images), right, rtol=1e-5, atol=1e-5)


def test_what_torch_writes_answers_as_torch_does(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5))
    exported(network, (1, 3, 8, 8), tmp_path / "m.onnx")
    with torch.no_grad():
        right = network(torch.from_numpy(IMAGES)).numpy()
    assert np.allclose(load_onnx(tmp_path / "m.onnx").program(IMAGES), right, atol=1e-5)


def test_weights_may_lie_beside_it_and_belong_to_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    onnx.save(model(), path, save_as_external_data=True, location="w.bin", size_threshold=0)
    found = load_onnx(path)
    assert found.bytes == path.stat().st_size + (tmp_path / "w.bin").stat().st_size
    assert np.allclose(found.program(IMAGES), truth(IMAGES), atol=1e-5)
    weights = bytearray((tmp_path / "w.bin").read_bytes())
    weights[3] ^= 64
    (tmp_path / "w.bin").write_bytes(weights)
    assert load_onnx(path).sha256 != found.sha256


def test_a_process_that_dies_is_one_line_and_the_next_images_start_another(tmp_path: Path) -> None:
    program = load_onnx(written(tmp_path / "m.onnx", model())).program
    first = program(IMAGES)
    assert program._process is not None
    other = copy.deepcopy(program)
    assert other._process is None
    os.kill(program._process.pid, signal.SIGKILL)
    with pytest.raises(CheckpointError, match=r"m\.onnx: wanted an ONNX graph that answers images of 8 px.*was killed"):
        program(IMAGES)
    assert np.array_equal(program(IMAGES), first)
    process = program._process
    del program
    assert process is not None
    assert process.poll() is not None, "nobody holds it, and it still runs"


def test_only_grey_levels_become_bytes(tmp_path: Path) -> None:
    program = load_onnx(written(tmp_path / "m.onnx", model(("Cast",), kind=BYTES))).program
    with pytest.raises(NotAvailableError, match="it takes grey levels, 0 to 255, alone"):
        program(IMAGES)


def test_another_side_than_the_graphs_is_refused(tmp_path: Path) -> None:
    program = load_onnx(written(tmp_path / "m.onnx", model())).program
    with pytest.raises(CheckpointError, match="takes images of 8 px, got 9; leave --size out"):
        program(np.zeros((1, 3, 9, 9), np.float32))


def test_bytes_tell_what_is_one(tmp_path: Path) -> None:
    assert is_onnx(written(tmp_path / "weights.pt", model()))
    (tmp_path / "other.ONNX").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    assert is_onnx(tmp_path / "other.ONNX")
    (tmp_path / "w.pt").write_bytes(b"\x80\x02}")
    assert not any(is_onnx(tmp_path / name) for name in ("w.pt", "none.onnx", "."))
    with pytest.raises(CheckpointError, match=r"other\.ONNX: a Git LFS pointer"):
        load_onnx(tmp_path / "other.ONNX")


def test_without_onnxruntime_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(file, "version", missing)
    with pytest.raises(SpecError, match=r"pip install 'shiftprobe\[onnx\]'"):
        load_onnx(written(tmp_path / "m.onnx", model()))


def test_a_loop_without_end_ends_whenever_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here with the second batch: the graph turns round as long as its images are bright."""
    monkeypatch.setattr(program, "LOADING", 1)
    monkeypatch.setattr(program, "EACH", 0)
    graph = load_onnx(written(tmp_path / "m.onnx", turning())).program
    assert graph(np.zeros((1, 3, 8, 8), np.float32)).shape == (1, 3)
    with pytest.raises(CheckpointError, match="it took more than 1 s of processor time"):
        graph(np.ones((1, 3, 8, 8), np.float32))


def turning() -> Any:
    """Scores, and a loop while the mean of the image is above a half."""
    boolean = helper.make_tensor_value_info("go", 9, [])
    number = helper.make_tensor_value_info("turn", 7, [])
    held, still = (helper.make_tensor_value_info(name, FLOAT, None) for name in ("before", "later"))
    again = helper.make_tensor_value_info("again", 9, [])
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["again"]), helper.make_node("Identity", ["before"], ["later"])],
        "body", [number, boolean, held], [again, still],
    )  # fmt: skip
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0),
        helper.make_node("Greater", ["mean", "half"], ["bright"]),
        helper.make_node("Loop", ["", "bright", "after"], ["scores"], body=body),
    ]
    return model(answer="after", constants={"half": np.float32(0.5)}, nodes=nodes)


def test_nothing_beside_the_file_or_in_the_working_folder_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("numpy", "onnxruntime", "json", "threading"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').close()\n")
    onnx.save(model(), tmp_path / "m.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f".{os.pathsep}{tmp_path}")
    assert np.allclose(load_onnx(Path("m.onnx")).program(IMAGES), truth(IMAGES), atol=1e-5)
    assert not (tmp_path / "ran").exists()
