"""Interventions in a run folder that anybody may have made: what is read, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from shiftprobe.core.errors import RunError
from shiftprobe.core.files import json_bytes, npz_bytes, write_folder
from shiftprobe.core.types import Cell, Row
from shiftprobe.results.interventions import (
    INTERVENTION,
    TrainedArms,
    of_the_run,
    read_interventions,
    why_failed,
)
from shiftprobe.results.run_folder import RunDir

CELL, ARM = Cell("rotation", 0.5, 40, 0), "transfer~steps3"
PLACE = {"shift": "rotation", "severity": 0.5, "budget": 40, "seed": 0}


def left(run: RunDir, *, about: object = None, arrays: bytes | None = None, **row: object) -> Path:
    whole = {"cell": PLACE, "probe": INTERVENTION, "metric": "top1", "value": 0.5, "arm": ARM, **row}
    answers = {"labels": np.array([0, 1], np.uint16), ARM: np.array([0, 2], np.uint16)}
    files = {
        "rows.json": json_bytes([whole]),
        "about.json": json_bytes(about or {"pairing": {"split": "a"}, "failed": ""}),
        "arrays.npz": npz_bytes(answers) if arrays is None else arrays,
    }
    write_folder(run.intervention(CELL, ARM), files, {})
    return run.intervention(CELL, ARM)


def test_rows_hashes_and_answers_come_back(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    assert read_interventions(run).rows == ()
    left(run)
    (tmp_path / "interventions" / "rotation~0.5~b40~s0~other.error.txt").write_text("Traceback")
    found = read_interventions(run)
    row = Row(cell=CELL, probe=INTERVENTION, metric="top1", value=0.5, arm=ARM)
    assert found.rows == (row,)
    assert found.pairing[CELL, ARM] == {"split": "a"}
    assert of_the_run((row, Row(cell=CELL, probe="accuracy", metric="top1", value=0.5))) == (
        Row(cell=CELL, probe="accuracy", metric="top1", value=0.5),
    )
    one = TrainedArms(run).find(CELL, ARM)
    assert one is not None
    assert (one.right.tolist(), one.accuracy) == ([True, False], 0.5)
    assert TrainedArms(run).find(CELL, "scratch") is None
    assert why_failed(run, CELL, ARM) == why_failed(run, CELL, "scratch") == ""


@pytest.mark.parametrize(
    "odd",
    [
        {"arm": "transfer"},  # one of the run's own
        {"probe": "accuracy"},  # would be taken for the run's own
        {"cell": {**PLACE, "seed": 1}},
        {"value": None},
        {"value": "much"},
        {"about": {"pairing": 3}},
        {"about": [3]},
    ],
)
def test_what_belongs_elsewhere_or_is_no_row_is_refused(tmp_path: Path, odd: dict[str, object]) -> None:
    left(RunDir(tmp_path), **odd)  # type: ignore[arg-type]
    with pytest.raises(RunError, match=r"nterventions/.*\.json"):
        read_interventions(RunDir(tmp_path))


def test_what_is_damaged_is_refused_with_what_makes_it_anew(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    (left(run) / "rows.json").write_bytes(b"[]")
    for read in (lambda: read_interventions(run), lambda: TrainedArms(run).find(CELL, ARM)):
        with pytest.raises(RunError, match="wanted the files that were written"):
            read()
    left(run, arrays=npz_bytes({"labels": np.array([0, 1], np.uint16), ARM: np.array([0], np.uint16)}))
    with pytest.raises(RunError, match="wanted a class number"):
        TrainedArms(run).find(CELL, ARM)


def test_answers_about_other_test_images_are_refused(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    left(run)
    own = {"labels": np.array([1, 1], np.uint16), "transfer": np.array([1, 0], np.uint16)}
    write_folder(run.finding("accuracy", CELL), {"arrays.npz": npz_bytes(own)}, {})
    arms = TrainedArms(run)
    assert arms.right([CELL], "transfer") is not None
    with pytest.raises(RunError, match="wanted the test images of the run"):
        arms.find(CELL, ARM)
