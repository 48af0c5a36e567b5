import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shiftprobe.core.errors import BusyError, ResourceError, RunError
from shiftprobe.core.files import (
    MANIFEST,
    exhaustion,
    file_digest,
    intact,
    json_bytes,
    lock,
    npz_bytes,
    write_bytes,
    write_folder,
)
from shiftprobe.core.reading import read_json
from shiftprobe.core.types import Cell, Condition
from shiftprobe.results.run_folder import RunDir, check_run

FILES = {"rows.json": b"[1]", "arrays.npz": b"\x00\x01"}


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def failing(number: int, after: int = 0) -> Callable[..., None]:
    """A system call that works some times, then fails."""
    calls = iter(range(after))

    def call(*_: object) -> None:
        if next(calls, None) is None:
            raise OSError(number, os.strerror(number))

    return call


def test_names_tell_cells_apart(tmp_path: Path) -> None:
    run, cell = RunDir(tmp_path), Cell("rotation", 0.5, 40, 1)
    assert run.cell(cell) == tmp_path / "cells" / "rotation~0.5~b40~s1"
    assert run.error(cell) == tmp_path / "cells" / "rotation~0.5~b40~s1.error.txt"
    assert run.finding("cka", cell) == tmp_path / "probes" / "cka" / "rotation~0.5~b40~s1"
    assert run.images(Condition("rotation", 0.1 + 0.2)).name == "rotation~0.30000000000000004.npy"
    assert run.samples(Condition("rotation", 1.0)).name == "rotation~1.0.npz"


def test_a_file_is_written_with_its_parents_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "x.json"
    write_bytes(path, b"a long first text")
    write_bytes(path, b"short")
    assert everything(tmp_path) == {"a/b/x.json": b"short"}


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.json"
    write_bytes(path, b"old")
    monkeypatch.setattr(call, failing(errno.ENOSPC))
    with pytest.raises(ResourceError, match=r"x.json: No space left on device; free some space .*--out") as told:
        write_bytes(path, b"new")
    assert told.value.exit_code == 5
    assert everything(tmp_path) == {"x.json": b"old"}


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_full_disk_leaves_the_old_folder_and_nothing_else(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "cell", FILES, {"run": 1})
    before = everything(tmp_path)
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC, after))
    with pytest.raises(ResourceError, match="No space left"):
        write_folder(tmp_path / "cell", dict.fromkeys(FILES, b"new"), {"run": 2})
    assert everything(tmp_path) == before
    assert intact(tmp_path / "cell")


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    write_folder(tmp_path / "cell", FILES, {"run": 1})
    write_folder(tmp_path / "cell", {"other.txt": b"2"}, {"run": 2})
    assert set(everything(tmp_path)) == {"cell/other.txt", f"cell/{MANIFEST}"}
    assert read_json(tmp_path / "cell" / MANIFEST)["about"] == {"run": 2}
    assert intact(tmp_path / "cell")


@pytest.mark.parametrize("number", [errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ENOMEM])
def test_what_the_machine_refuses_is_a_resource_error(number: int) -> None:
    with pytest.raises(ResourceError, match=os.strerror(number)), exhaustion("writing"):
        raise OSError(number, os.strerror(number))


def test_memory_is_a_resource_and_our_own_fault_is_not() -> None:
    with (
        pytest.raises(ResourceError, match="out of memory while planning; use fewer --workers"),
        exhaustion("planning"),
    ):
        raise MemoryError
    with pytest.raises(OSError, match="Input/output"), exhaustion("reading"):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    with pytest.raises(KeyError), exhaustion("reading"):
        raise KeyError


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "a changed byte": lambda folder: (folder / "rows.json").write_bytes(b"[2]"),
    "a lost tail": lambda folder: (folder / "arrays.npz").write_bytes(b"\x00"),
    "a missing file": lambda folder: (folder / "rows.json").unlink(),
    "no manifest": lambda folder: (folder / MANIFEST).unlink(),
    "half a manifest": lambda folder: (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes()[:-9]),
    "another manifest": lambda folder: (folder / MANIFEST).write_bytes(b"[]"),
    "a manifest of nothing known": lambda folder: (folder / MANIFEST).write_bytes(b'{"files": 3}'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_seen(damage: str, tmp_path: Path) -> None:
    write_folder(tmp_path / "cell", FILES, {})
    assert intact(tmp_path / "cell")
    DAMAGES[damage](tmp_path / "cell")
    assert not intact(tmp_path / "cell")


def test_what_is_not_there_is_not_intact(tmp_path: Path) -> None:
    assert not intact(tmp_path / "nowhere")


def test_equal_data_give_equal_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    assert (
        json_bytes({"b": 1, "a": [0.1]}) == json_bytes({"a": [0.1], "b": 1}) == b'{\n "a": [\n  0.1\n ],\n "b": 1\n}\n'
    )
    arrays = {"x": np.arange(5), "a": np.eye(2)}
    first = npz_bytes(arrays)
    monkeypatch.setattr(time, "time", lambda: 2e9)
    assert npz_bytes(dict(reversed(arrays.items()))) == first


def test_json_refuses_what_no_other_program_reads() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"value": float("nan")})


HOLD = """
import sys, pathlib
from shiftprobe.core.files import lock
with lock(pathlib.Path(sys.argv[1])):
    print(flush=True)
    input()
"""


def test_the_lock_refuses_a_second_process_and_falls_with_its_holder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(BusyError, match=r"another shiftprobe is at work in .*; wait for it, or .*--out") as told:
            lock(tmp_path).__enter__()
        assert told.value.exit_code == 6
        holder.send_signal(signal.SIGKILL)
    with lock(tmp_path):
        pass


def test_a_lock_ends_with_its_block_even_when_that_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), lock(tmp_path / "run"):
        raise KeyError
    with lock(tmp_path / "run"), pytest.raises(BusyError):
        lock(tmp_path / "run").__enter__()


def test_a_place_that_can_hold_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(ResourceError, match=r"wanted a run folder at .*; choose another place with --out"):
            lock(place).__enter__()


def test_a_file_where_a_folder_is_wanted_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ResourceError, match="a file stands where a folder is wanted"):
        write_bytes(tmp_path / "taken" / "table.csv", b"")


@pytest.mark.parametrize("thing", ["link", "dangling", "pipe", "folder"])
def test_nothing_is_written_through_or_in_place_of_what_is_no_file(thing: str, tmp_path: Path) -> None:
    path, outside = tmp_path / "x.json", tmp_path / "outside"
    outside.write_bytes(b"theirs")
    if thing == "pipe":
        os.mkfifo(path)
    elif thing == "folder":
        (path / "inside").mkdir(parents=True)
    else:
        path.symlink_to(outside if thing == "link" else tmp_path / "nowhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ResourceError, match=r"x.json: wanted a file of our own there, got .*; choose another place"):
        write_bytes(path, b"ours")
    assert sorted(tmp_path.rglob("*")) == before
    assert outside.read_bytes() == b"theirs"


@pytest.mark.parametrize("thing", ["link", "pipe", "folder"])
def test_a_lock_is_a_file_of_its_own(thing: str, tmp_path: Path) -> None:
    place = tmp_path / "run"
    place.mkdir()
    if thing == "pipe":
        os.mkfifo(place / "lock")
    elif thing == "folder":
        (place / "lock").mkdir()
    else:
        (place / "lock").symlink_to(tmp_path / "made elsewhere")
    with pytest.raises(ResourceError, match=r"wanted a run folder at .*; choose another place with --out"):
        lock(place).__enter__()
    assert not (tmp_path / "made elsewhere").exists()


def test_what_is_no_run_folder_is_refused_and_one_inside_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="sweep and compare name theirs in their last lines"):
        check_run(tmp_path)
    inside = tmp_path / "digits-ab12cd34"
    inside.mkdir()
    (inside / "about.json").write_text("{}")
    with pytest.raises(RunError, match=r"did you mean .*digits-ab12cd34\?"):
        check_run(tmp_path)
    check_run(inside)


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "x").write_bytes(b"abc")
    assert file_digest(tmp_path / "x") == hashlib.sha256(b"abc").hexdigest()


WRITER = """
import sys
from pathlib import Path
from shiftprobe.core.files import intact, write_folder

for _ in range(200):
    write_folder(Path(sys.argv[1]), {"a.json": b"[1]", "b.json": b"[2]"}, {"arm": "scratch"})
print(intact(Path(sys.argv[1])))
"""


def test_the_same_folder_written_by_several_at_once_is_whole_at_the_end(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "arm")]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    ended = [one.communicate(timeout=120) for one in writers]
    assert [error for _, error in ended] == [b""] * 3
    assert intact(tmp_path / "arm")
    assert (tmp_path / "arm" / "b.json").read_bytes() == b"[2]"
    assert [one.name for one in tmp_path.iterdir()] == ["arm"]
