"""`diagnosis.json`: what is written is read back; what somebody changed is refused with the key."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.results.made_diagnoses import DIAGNOSES, STATISTICS, STRONG

from shiftprobe.core.errors import RunError
from shiftprobe.results.diagnosis import Diagnosis, Effect
from shiftprobe.results.diagnosis_file import read_diagnosis, to_diagnosis, write_diagnosis
from shiftprobe.results.run_folder import RunDir


@pytest.mark.parametrize("name", DIAGNOSES)
def test_what_is_written_is_read_back(tmp_path: Path, name: str) -> None:
    run = RunDir(tmp_path)
    assert write_diagnosis(run, DIAGNOSES[name]) == run.diagnosis
    first = run.diagnosis.read_bytes()
    assert read_diagnosis(run) == DIAGNOSES[name]
    write_diagnosis(run, DIAGNOSES[name])
    assert run.diagnosis.read_bytes() == first


def test_a_folder_without_the_file_has_no_diagnosis(tmp_path: Path) -> None:
    assert read_diagnosis(RunDir(tmp_path)) is None


def test_numbers_of_numpy_are_written_as_numbers(tmp_path: Path) -> None:
    given: Any = np.float64(0.25)
    write_diagnosis(RunDir(tmp_path), replace(STRONG, units=given))
    assert json.loads(RunDir(tmp_path).diagnosis.read_text())["units"] == 0.25


def test_bytes_that_were_changed_are_refused(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    write_diagnosis(run, STRONG)
    run.diagnosis.write_bytes(run.diagnosis.read_bytes().replace(b"0.789", b"0.999"))
    with pytest.raises(RunError, match=r"diagnosis\.json: wanted the bytes that were written.*shiftprobe diagnose"):
        read_diagnosis(run)


def test_foreign_text_moves_no_cursor(tmp_path: Path) -> None:
    odd = replace(STRONG, path=(*STRONG.path[:8], replace(STATISTICS, title="\x1b[2J\u202enorm")))
    write_diagnosis(RunDir(tmp_path), odd)
    found = read_diagnosis(RunDir(tmp_path))
    assert found is not None
    assert found.path[8].title == "\\x1b[2J\\u202enorm"


def changed(where: list[str | int], value: object) -> bytes:
    data: Any = json.loads(json.dumps({"schema": "shiftprobe-diagnosis", "version": 1, **plain(STRONG)}))
    inner = data
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    return json.dumps(data).encode()


def plain(found: Diagnosis) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(found)


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (["answer"], "certain", "answer"),
        (["path", 8, "outcome"], "proved", r"path\.8\.outcome"),
        (["path", 8, "after"], 7.5, r"path\.8\.after: wanted -2 to 2, got 7\.5"),
        (["path", 8, "p"], -0.1, r"path\.8\.p: wanted 0 to 1"),
        (["path", 8, "effect", "low"], 0.9, r"path\.8\.effect: wanted low <= value <= high"),
        (["path", 8, "effect", "n"], -3, r"path\.8\.effect\.n"),
        (["causes", 0, "experiment"], 11, r"causes\.0\.experiment: wanted a place in the path \(0 to 10\), got 11"),
        (["causes", 0, "grade"], "sure", r"causes\.0\.grade"),
        (["left", 0, "units"], 1e9, r"left\.0\.units"),
        (["units"], -1, r"units: wanted 0"),
        (["path"], "many", "path"),
        (["version"], 2, "version: wanted 1, got 2"),
        (["schema"], "shiftprobe-verdicts", "wanted a diagnosis, got something else"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_key(where: list[str | int], value: object, said: str) -> None:
    with pytest.raises(RunError, match=said):
        to_diagnosis(changed(where, value), Path("diagnosis.json"))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"schema": NaN}', b"\xff\xfe"])
def test_what_is_no_diagnosis_is_refused(content: bytes) -> None:
    with pytest.raises(RunError, match=r"diagnosis\.json"):
        to_diagnosis(content, Path("diagnosis.json"))


def test_a_number_that_is_none_is_not_written(tmp_path: Path) -> None:
    nan = float("nan")
    odd = replace(STATISTICS, effect=Effect(value=nan, low=nan, high=nan, n=10))
    with pytest.raises(RunError, match=r"path\.8\.effect\.value"):
        write_diagnosis(RunDir(tmp_path), replace(STRONG, path=(*STRONG.path[:8], odd)))
    assert not RunDir(tmp_path).diagnosis.exists()
