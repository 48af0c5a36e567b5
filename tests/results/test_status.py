"""How far a run is: states that add up, a pace by hand, errors by number, machines by cell; and nothing is touched."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.results.made_folders import BEGAN, MACHINE, STARTED, fail, keys, plan, put, put_whole

from shiftprobe.core.errors import RunError
from shiftprobe.core.files import lock
from shiftprobe.results import status as counting
from shiftprobe.results.status import RunStatus, read_status


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch, *, answer: bool | None = True) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(counting, "is_held", lambda _: answer)
        yield


def states(found: RunStatus) -> tuple[int, int, int, int]:
    assert found.done + found.failed + found.running + found.waiting == found.planned
    return found.done, found.failed, found.running, found.waiting


def test_a_cell_is_running_when_a_part_of_this_start_lies_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plan(tmp_path / "run")
    done, failed, now, before, failed_before, *_ = keys()
    put_whole(path, done)
    fail(path, failed, "ValueError: no")
    put(path, now, "scratch")
    put(path, before, "scratch", at=BEGAN - 60)
    fail(path, failed_before, "ValueError: before", at=BEGAN - 60)
    with held(monkeypatch):
        found = read_status(path, BEGAN + 120)
        assert states(found) == (1, 1, 1, 5)
        assert [one.error for one in found.failures] == ["ValueError: no"]  # the other one is tried again
        put(path, failed_before, "transfer")
        assert states(read_status(path, BEGAN + 120)) == (1, 1, 2, 4)
    with held(monkeypatch, answer=False):
        assert states(read_status(path, BEGAN + 120)) == (1, 2, 0, 5)


def test_pace_and_time_left_are_those_of_this_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = plan(tmp_path / "run")
    first, second, third, *_ = keys()
    put_whole(path, first, at=BEGAN - 500)
    put_whole(path, second, at=BEGAN + 30)
    put_whole(path, third, at=BEGAN + 60)
    with held(monkeypatch):
        found = read_status(path, BEGAN + 120)
    assert found.per_minute == pytest.approx(1.0)  # two cells in two minutes
    assert found.seconds_left == pytest.approx(5 * 60)
    assert found.started == STARTED
    assert found.last_written == pytest.approx(60)
    with held(monkeypatch, answer=False):
        found = read_status(path, BEGAN + 9999)
    assert found.per_minute == pytest.approx(2.0)  # two in the minute until the last one
    assert found.seconds_left is None


def test_the_pace_is_of_the_newest_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seeds = plan(tmp_path / "run", seeds=40), 40
    for i, key in enumerate(keys(seeds)[:61]):  # the first 31 a second each, then 30 that take ten
        put_whole(path, key, at=BEGAN + (i if i <= 30 else 30 + 10 * (i - 30)))
    with held(monkeypatch):
        assert read_status(path, BEGAN + 330).per_minute == pytest.approx(6.0)


def test_a_run_of_another_machine_goes_on_while_it_is_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = plan(tmp_path / "run", host="another")
    put_whole(path, keys()[0])
    put(path, keys()[1], "zero_shot")
    with held(monkeypatch, answer=False):
        found = read_status(path, BEGAN + 120)
        assert found.held is None
        assert found.running == 1
        assert found.seconds_left == pytest.approx(7 * 120)
        later = read_status(path, BEGAN + 3600)
        assert (later.running, later.seconds_left) == (0, None)


def test_failures_are_counted_by_the_first_line_of_their_error(tmp_path: Path) -> None:
    path = plan(tmp_path / "run")
    one, *others = keys()[2:6]
    fail(path, one, "RuntimeError: \x1b[31monce")
    for key in others:
        fail(path, key, "ValueError: wanted this\n  got that\nand a note")
    (path / "cells" / "identity~0.0.error.txt").write_text("")
    found = read_status(path).failures
    assert [(one.cells, one.error, one.example) for one in found] == [
        (3, "ValueError: wanted this", others[0]),
        (1, "RuntimeError: \\x1b[31monce", one),
        (1, "its traceback cannot be read", "identity~0.0"),
    ]


def test_machines_are_counted_by_cell_and_failed_arms_told(tmp_path: Path) -> None:
    path = plan(tmp_path / "run")
    for key in keys()[:3]:
        put_whole(path, key)
    put_whole(path, keys()[3], about={"machine": {**MACHINE, "cpu": "AVX512"}, "failed": "the loss is no number"})
    put(path, keys()[4], "scratch", about={"machine": {**MACHINE, "cpu": "unfinished"}})
    found = read_status(path)
    assert [(one.machine.cpu, one.cells) for one in found.machines if one.machine] == [("AVX2", 3), ("AVX512", 1)]
    assert [(one.error, one.cells) for one in found.failed_arms] == [
        ("scratch: the loss is no number", 1),
        ("transfer: the loss is no number", 1),
    ]
    assert found.done == 4  # an arm that cannot be trained is not tried again


def test_reading_is_all_it_does(tmp_path: Path) -> None:
    path = plan(tmp_path / "run")
    put_whole(path, keys()[0])
    before = {file: (file.stat().st_mtime_ns, file.read_bytes() if file.is_file() else b"") for file in path.rglob("*")}
    with lock(tmp_path):  # of somebody's
        read_status(path)
    after = {file: (file.stat().st_mtime_ns, file.read_bytes() if file.is_file() else b"") for file in path.rglob("*")}
    assert after == before
    os.chmod(path, 0o500)  # noqa: PTH101 - nobody may write there
    try:
        assert read_status(path).done == 1
    finally:
        os.chmod(path, 0o700)  # noqa: PTH101


def test_a_folder_that_is_no_run_is_refused_with_one_that_is_near(tmp_path: Path) -> None:
    plan(tmp_path / "runs" / "tiny")
    with pytest.raises(RunError, match=r"wanted a run folder .*did you mean .*runs/tiny"):
        read_status(tmp_path / "runs")
    (tmp_path / "runs" / "tiny" / "spec.json").write_text("{")
    with pytest.raises(RunError, match=r"spec.json: wanted JSON"):
        read_status(tmp_path / "runs" / "tiny")


def test_an_environment_that_is_gone_leaves_the_pace_unsaid(tmp_path: Path) -> None:
    path = plan(tmp_path / "run")
    put_whole(path, keys()[0])
    (path / "environment.json").unlink()
    found = read_status(path)
    assert (found.done, found.per_minute, found.started) == (1, None, None)
