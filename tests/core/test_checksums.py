"""Files that are read back one by one: those that were written, or a refusal."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shiftprobe.core import checksums, files
from shiftprobe.core.checksums import (
    CHECKSUMS,
    check_file,
    check_own,
    is_kept,
    is_whole,
    sha256_of,
    with_own,
    write_with_checksums,
)
from shiftprobe.core.errors import RunError
from shiftprobe.core.files import write_folder

FILES = {"a.json": b'{"a": 1}\n', "b.csv": b"x,y\n1,2\n"}


def _freed(path: Path) -> Path:
    path.unlink()
    return path


DAMAGE: dict[str, Callable[[Path], object]] = {
    "flipped": lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "replaced": lambda path: path.write_bytes(FILES["b.csv"]),
    "a link": lambda path: _freed(path).symlink_to("b.csv"),
    "a pipe": lambda path: os.mkfifo(_freed(path)),
    "a folder": lambda path: _freed(path).mkdir(),
}


def test_what_was_written_is_read_and_its_sums_are_those_of_sha256(tmp_path: Path) -> None:
    write_with_checksums(tmp_path / "run", FILES)
    for name, content in FILES.items():
        assert (tmp_path / "run" / name).read_bytes() == content
        check_file(tmp_path / "run" / name)
        assert is_whole(tmp_path / "run" / name)
    said = json.loads((tmp_path / "run" / CHECKSUMS).read_bytes())
    assert said == {name: [hashlib.sha256(content).hexdigest()] for name, content in FILES.items()}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_file_that_is_not_as_it_was_written_is_refused(how: str, tmp_path: Path) -> None:
    write_with_checksums(tmp_path, FILES)
    DAMAGE[how](tmp_path / "a.json")
    got = {"gone": "no such file", "a link": "something else", "a pipe": "something else"}
    got["a folder"] = "something else"
    with pytest.raises(RunError, match=rf"a\.json: wanted the bytes .* got {got.get(how, 'other bytes')}; do this"):
        check_file(tmp_path / "a.json", "do this")
    assert not is_whole(tmp_path / "a.json")
    check_file(tmp_path / "b.csv")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"a.json": 5}', b"\xff", b"[" * 100_000])
def test_damaged_sums_are_refused_and_written_anew(content: bytes, tmp_path: Path) -> None:
    write_with_checksums(tmp_path, FILES)
    (tmp_path / CHECKSUMS).write_bytes(content)
    with pytest.raises(RunError, match=r"checksums\.json: wanted the checksums of a folder"):
        check_file(tmp_path / "a.json")
    assert not is_whole(tmp_path / "a.json")
    write_with_checksums(tmp_path, FILES)
    check_file(tmp_path / "a.json")


def test_a_file_of_an_earlier_version_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"old")
    check_file(tmp_path / "a.json")
    write_with_checksums(tmp_path, {"b.csv": b"new"})
    check_file(tmp_path / "a.json")
    assert not is_whole(tmp_path / "a.json")  # nobody vouches for it


class Killed(BaseException):
    """A process that ends between two writes."""


@pytest.mark.parametrize("before", [{}, FILES, {"a.json": b"older"}], ids=["nothing", "the same", "older"])
@pytest.mark.parametrize("sealed", [True, False], ids=["with sums", "of an earlier version"])
def test_killed_at_any_write_it_leaves_nothing_that_is_refused(
    before: dict[str, bytes], sealed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, new = files.write_bytes, {"a.json": b"new a", "b.csv": b"new b"}
    for at in range(6):
        folder = tmp_path / str(at)
        folder.mkdir()
        if sealed:
            write_with_checksums(folder, before)
        else:
            for name, content in before.items():
                (folder / name).write_bytes(content)
        left = [at]

        def dying(path: Path, content: bytes, left: list[int] = left) -> None:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            real(path, content)

        with monkeypatch.context() as patched:
            patched.setattr(checksums, "write_bytes", dying)
            try:
                write_with_checksums(folder, new)
            except Killed:
                assert at < 4
            else:
                assert at >= 3
        for name in (*before, *new):
            if (folder / name).exists():
                check_file(folder / name)


def test_a_folder_with_a_manifest_is_whole_absent_or_refused(tmp_path: Path) -> None:
    place = tmp_path / "cell"
    assert not is_kept(place)
    write_folder(place, FILES, {})
    assert is_kept(place)
    check_file(place / "a.json")
    (place / "a.json").write_bytes(b"{}")
    with pytest.raises(RunError, match="cell: wanted the files that were written"):
        is_kept(place)
    with pytest.raises(RunError, match=r"a\.json: wanted the bytes"):
        check_file(place / "a.json")
    check_file(place / "b.csv")  # whatever became of the others
    (place / "manifest.json").write_bytes(b"[]")
    with pytest.raises(RunError, match=r"manifest\.json: wanted the checksums of a folder"):
        check_file(place / "b.csv")


def test_data_that_carries_its_own_checksum(tmp_path: Path) -> None:
    data = {"a": 1, "b": ["x"]}
    check_own(with_own(data), tmp_path)
    check_own(data, tmp_path)  # of an earlier version
    for other in ({**with_own(data), "a": 2}, {**with_own(data), "c": 0}, {"checksum": with_own(data)["checksum"]}):
        with pytest.raises(RunError, match="wanted the values that were written"):
            check_own(other, tmp_path)


def test_a_file_over_the_bound_has_no_sum(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert sha256_of(tmp_path / "x", 5) == hashlib.sha256(b"12345").hexdigest()
    assert sha256_of(tmp_path / "x", 4) == ""
