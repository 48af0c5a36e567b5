"""What takes a file's place keeps nobody waiting."""

import os
import stat
from pathlib import Path

import pytest

from shiftprobe.core.regular_file import IrregularFileError, open_regular


def test_a_file_is_opened_with_its_size(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"four")
    (tmp_path / "b").symlink_to("a")
    for name, links in (("a", False), ("a", True), ("b", True)):
        file, size = open_regular(tmp_path / name, links=links)
        with file:
            assert (file.read(), size) == (b"four", 4)


def test_a_link_is_an_error_where_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"four")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        open_regular(tmp_path / "b", links=False)


def still_open() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("links", [True, False])
def test_a_pipe_a_device_and_a_folder_are_told_and_leave_nothing_open(tmp_path: Path, links: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = still_open()
    for path, is_kind in ((tmp_path / "pipe", stat.S_ISFIFO), (Path("/dev/zero"), stat.S_ISCHR)):
        with pytest.raises(IrregularFileError, match="no regular file") as caught:
            open_regular(path, links=links)
        assert is_kind(caught.value.mode)
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path, links=links)
    assert still_open() == before


def test_what_is_not_there_and_names_that_no_file_has(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "a", links=True)
    with pytest.raises(ValueError, match="null"):
        open_regular(tmp_path / "a\0", links=True)
