"""Every ONNX file of the catalogue gets the answer it should, in little time and memory, and nothing is written."""

import resource
import time
from pathlib import Path

import numpy as np
import pytest
from tests.hostile.cases import Case, answered, fault, rows
from tests.hostile.documented import table
from tests.hostile.onnx_files import CASES, FAMILIES, FIELDS

from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.subject import subject
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.onnx import program, protobuf

IMAGES = tuple(np.random.default_rng(0).integers(0, 256, (30, 8, 8, 3)).astype(np.uint8))
BUNDLE = Bundle(name="memory:data", images=IMAGES, labels=np.arange(30) % 3, classes=("blue", "green", "red"))
SECONDS = 5  # of processor time, ours and that of the graph's process
ROOM = 2**28


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds of a user are 40 s, 4 GiB and a million fields."""
    monkeypatch.setattr(program, "LOADING", 1)
    monkeypatch.setattr(program, "EACH", 0)
    monkeypatch.setattr(program, "ROOM", ROOM)
    monkeypatch.setattr(protobuf, "MAX_FIELDS", FIELDS)


def door(path: Path) -> None:
    subject(CheckpointRequest(checkpoint=str(path), classes=BUNDLE.classes), BUNDLE)


def spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_is_answered_in_one_line_as_the_catalogue_says(case: Case, tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    path = case.build(tmp_path / "given")
    before, began = sorted(tmp_path.rglob("*")), spent()
    assert fault(case, answered(door, path)) == ""
    assert spent() - began < SECONDS
    assert sorted(tmp_path.rglob("*")) == before


def test_the_docs_count_them() -> None:
    assert table("ONNX graphs") == rows(FAMILIES)
