from pathlib import Path

import numpy as np
import pytest

from shiftprobe.core.errors import RunError
from shiftprobe.core.files import json_bytes, npz_bytes, write_folder
from shiftprobe.core.types import Cell, Row
from shiftprobe.metrics import InputError
from shiftprobe.metrics.scores import find
from shiftprobe.results.findings import read_accuracy, read_answers, read_rows
from shiftprobe.results.run_folder import RunDir

CELL = Cell("rotation", 0.5, 40, 0)


def left(run: RunDir, **arrays: list[int]) -> Path:
    row = {"probe": "accuracy", "metric": "top1", "value": 0.5, "arm": "scratch"}
    packed = npz_bytes({name: np.array(values, np.uint16) for name, values in arrays.items()})
    write_folder(run.finding("accuracy", CELL), {"rows.json": json_bytes([row]), "arrays.npz": packed}, {})
    return run.finding("accuracy", CELL)


def test_what_a_probe_left_comes_back(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    left(run, labels=[0, 1, 2], scratch=[0, 2, 2])
    assert read_rows(run, CELL, "accuracy") == [
        Row(cell=CELL, probe="accuracy", metric="top1", value=0.5, arm="scratch")
    ]
    answers = read_answers(run, CELL)
    assert answers is not None
    right = answers.right("scratch")
    assert right is not None
    assert right.tolist() == [True, False, True]
    assert answers.right("transfer") is None


def test_rows_and_answers_of_a_cell_come_back_together_as_they_do_apart(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    assert read_accuracy(run, CELL) == ([], None)
    folder = left(run, labels=[0, 1, 2], scratch=[0, 2, 2])
    rows, answers = read_accuracy(run, CELL)
    assert rows == read_rows(run, CELL, "accuracy")
    assert answers is not None
    assert answers.predicted["scratch"].tolist() == [0, 2, 2]
    (folder / "rows.json").write_text("[]")
    with pytest.raises(RunError, match="their checksums"):
        read_accuracy(run, CELL)


def test_ranks_come_back_beside_the_answers_and_older_folders_have_none(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    left(run, labels=[0, 1, 7], scratch=[0, 2, 2], **{"rank:scratch": [0, 4, 5]}, transfer=[0, 1, 7])
    answers = read_answers(run, CELL)
    assert answers is not None
    assert set(answers.predicted) == {"scratch", "transfer"}
    found, older = (answers.outputs(arm) for arm in ("scratch", "transfer"))
    assert found is not None
    assert older is not None
    assert find("top5").value(found) == 2 / 3
    with pytest.raises(InputError, match="make the run again"):
        find("top5").value(older)


def test_what_is_missing_is_not_read_and_what_is_damaged_is_refused(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    assert read_answers(run, CELL) is None
    assert read_rows(run, CELL, "accuracy") == []
    (left(run, labels=[0], scratch=[0]) / "arrays.npz").write_bytes(b"half")
    with pytest.raises(RunError, match=r"wanted the files that were written .* run its command again"):
        read_answers(run, CELL)
    with pytest.raises(RunError, match="wanted the files that were written"):
        read_rows(run, CELL, "accuracy")
