"""Every answer by name, from a run folder written by hand."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from shiftprobe.core.errors import RunError, UnknownNameError
from shiftprobe.core.files import json_bytes, npz_bytes, write_folder
from shiftprobe.core.types import Cell
from shiftprobe.results import predictions as module
from shiftprobe.results.images import ListedImage, csv_bytes
from shiftprobe.results.predictions import PredictionFilter, predictions, write_predictions
from shiftprobe.results.run_folder import RunDir
from shiftprobe.spec.schema import Spec

CLASSES = ["cat", "=dog,1"]
PATHS = ["cat/a.png", "-b, or not.png", "dog/c.png"]
LABELS = [0, 1, 1]
SPEC = Spec.model_validate(
    {
        "target": {"data": "folder:x", "budgets": [40]}, "shifts": ["rotation"], "severities": [0.5], "seeds": 2,
        "arms": ["zero_shot", "scratch"],
    }
)  # fmt: skip
UNTRAINED, TRAINED = Cell("identity", 0.0), Cell("rotation", 0.5, 40, 1)


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    (tmp_path / "spec.json").write_bytes(json_bytes(SPEC.resolved()))
    data = {"target": {"name": "folder:x", "classes": CLASSES, "test": 3}}
    about = {"command": "", "digest": "", "skipped_arms": {}, "data": data, "device": "cpu"}
    (tmp_path / "about.json").write_bytes(json_bytes(about))
    test = [ListedImage(side="target", role="test", image=i, path=path, label="cat") for i, path in enumerate(PATHS)]
    (tmp_path / "images.csv").write_bytes(csv_bytes(test))
    found = RunDir(tmp_path)
    answered(found, UNTRAINED, zero_shot=([0, 1, 0], [0.5, 0.99996, 0.25]))
    answered(found, TRAINED, **{"scratch": ([1, 1, 1], None), "scratch@best": ([0, 0, 1], [1.0, 0.75, 0.625])})
    return found


def answered(run: RunDir, cell: Cell, **models: tuple[list[int], list[float] | None]) -> None:
    arrays = {"labels": np.array(LABELS, np.uint16)}
    for name, (said, sure) in models.items():
        arrays[name] = np.array(said, np.uint16)
        arrays |= {} if sure is None else {f"confidence:{name}": np.array(sure, np.float32)}
    write_folder(run.finding("accuracy", cell), {"rows.json": json_bytes([]), "arrays.npz": npz_bytes(arrays)}, {})


def rows(pieces: Iterator[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(pieces), newline="")))


def test_each_answer_is_a_line_with_its_address_name_and_confidence(run: RunDir) -> None:
    found = rows(predictions(run, PredictionFilter()))
    assert len(found) == 9
    assert found[1] == {
        "shift": "identity", "severity": "0.0", "budget": "", "seed": "", "arm": "zero_shot", "epoch": "", "image": "1",
        "path": "'-b, or not.png", "label": "'=dog,1", "answer": "'=dog,1", "confidence": "1.0000",
    }  # fmt: skip
    last, best = found[3:6], found[6:]
    assert [one["epoch"] for one in (*last, *best)] == ["last"] * 3 + ["best"] * 3
    assert {(one["shift"], one["severity"], one["budget"], one["seed"]) for one in last} == {
        ("rotation", "0.5", "40", "1")
    }
    assert [one["answer"] for one in best] == ["cat", "cat", "'=dog,1"]
    assert [one["confidence"] for one in best] == ["1.0000", "0.7500", "0.6250"]
    assert {one["confidence"] for one in last} == {""}  # as older folders have it


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        (PredictionFilter(shifts=("rotation",)), 6),
        (PredictionFilter(severities=(0.0,)), 3),
        (PredictionFilter(seeds=(1,)), 6),
        (PredictionFilter(seeds=(0,)), 0),
        (PredictionFilter(arms=("zero_shot",)), 3),
        (PredictionFilter(shifts=("identity",), arms=("scratch",)), 0),
    ],
)
def test_a_choice_leaves_its_rows_as_they_are(choice: PredictionFilter, count: int, run: RunDir) -> None:
    whole, some = rows(predictions(run, PredictionFilter())), rows(predictions(run, choice))
    assert len(some) == count
    assert all(one in whole for one in some)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (PredictionFilter(shifts=("rotaton",)), "no shift rotaton; did you mean 'rotation'"),
        (PredictionFilter(severities=(0.4,)), "no severity 0.4"),
        (PredictionFilter(seeds=(7,)), r"no seed 7 \(it holds: 0, 1\)"),
        (PredictionFilter(arms=("transfer",)), r"no arm transfer \(it holds: zero_shot, scratch\)"),
    ],
)
def test_what_the_run_does_not_hold_is_refused_before_the_first_line(
    choice: PredictionFilter, words: str, run: RunDir
) -> None:
    with pytest.raises(UnknownNameError, match=words):
        next(predictions(run, choice))


def test_the_file_holds_the_stream_and_ends_where_it_would_be_too_long(
    run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = "".join(predictions(run, PredictionFilter())).encode()
    monkeypatch.setattr(module, "MAX_BYTES", len(whole))
    assert write_predictions(run) == run.path / "predictions.csv"
    assert (run.path / "predictions.csv").read_bytes() == whole
    monkeypatch.setattr(module, "MAX_BYTES", len(whole) - 1)
    assert write_predictions(run) is None
    assert not (run.path / "predictions.csv").exists()


def test_an_older_folder_has_no_paths_and_a_wrong_table_is_refused(run: RunDir) -> None:
    table = run.path / "images.csv"
    kept = table.read_bytes()
    table.write_bytes(kept.replace(b"target,test,2,dog/c.png,cat,,\n", b""))
    with pytest.raises(RunError, match=r"images\.csv: wanted the 3 test images that the arms answered on, got 2"):
        list(predictions(run, PredictionFilter()))
    table.unlink()
    assert {one["path"] for one in rows(predictions(run, PredictionFilter()))} == {""}
