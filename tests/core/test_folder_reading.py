"""The door to folders of results: regular files, bounded, finite; nothing else."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from shiftprobe.core.errors import RunError
from shiftprobe.core.reading import (
    MAX_DEPTH,
    MAX_VALUES,
    check_folder,
    is_there,
    parsed,
    read_bytes,
    read_json,
    read_shown,
    sha256,
)

WHERE = Path("x.json")


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'{"a": [1, 2.5, "\\u00e9", null, true]}')
    assert read_json(path) == {"a": [1, 2.5, "é", None, True]}
    assert sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert is_there(path)
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "y")


def test_a_file_of_the_most_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    assert read_bytes(path, 5) == b"12345"
    with pytest.raises(RunError, match="wanted at most 4 bytes, got 5"):
        read_bytes(path, 4)


@pytest.mark.parametrize("kind", ["a pipe", "a link", "a folder", "a device"])
def test_what_is_no_regular_file_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("{}")
    path = tmp_path / "x"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a link":
        path.symlink_to("file")
    elif kind == "a folder":
        path.mkdir()
    else:
        path = Path("/dev/zero")
    with pytest.raises(RunError, match=f"wanted a regular file, got {kind}"):
        read_bytes(path)
    assert not is_there(path)


def test_a_folder_of_files_and_folders_passes_and_may_itself_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "run" / "cells" / "x").mkdir(parents=True)
    (tmp_path / "run" / "cells" / "x" / "about.json").write_text("{}")
    (tmp_path / "here").symlink_to("run")
    check_folder(tmp_path / "here")
    check_folder(tmp_path / "nowhere")
    (tmp_path / "run" / "cells" / "x" / "y").symlink_to("about.json")
    with pytest.raises(RunError, match=r"cells/x/y: wanted a regular file, got a link"):
        check_folder(tmp_path / "here")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "got: nothing"), (b"{", "Expecting property"), (b"NaN", "the number NaN"),
        (b"-1e999", "the number -1e999"),
        (b"9" * 5000, "the number 999"), (b"9223372036854775809", "the number 9223372036854775809"),
        (nested(MAX_DEPTH + 1), "in each other"), (nested(100_000), "wanted JSON"), (b"\xff", "wanted JSON"),
    ],
)  # fmt: skip
def test_what_is_no_json_of_ours_is_refused_in_one_line(content: bytes, why: str) -> None:
    with pytest.raises(RunError, match=why) as refused:
        parsed(content, WHERE)
    assert str(refused.value).isprintable()


def test_the_ends_of_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parsed(str(2**63).encode(), WHERE) == 2**63
    assert parsed(nested(MAX_DEPTH), WHERE) == json.loads(nested(MAX_DEPTH))
    monkeypatch.setattr("shiftprobe.core.reading.MAX_VALUES", 4)
    assert parsed(b"[1,2,3,4]", WHERE) == [1, 2, 3, 4]
    with pytest.raises(RunError, match="wanted at most 4 values"):
        parsed(b"[1,2,3,4,5]", WHERE)
    assert MAX_VALUES == 20_000_000


def test_text_that_is_only_shown_is_printable(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(json.dumps({"a\x1b": ["\u202eb", "c\nd", "é", "\ud800", 3]}))
    assert read_shown(path) == {"a\\x1b": ["\\u202eb", "c\\nd", "é", "\\ud800", 3]}
    assert read_json(path) == {"a\x1b": ["\u202eb", "c\nd", "é", "\ud800", 3]}
