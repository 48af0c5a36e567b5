import errno
import hashlib
import json
import socket
import urllib.error
from pathlib import Path

import pytest

from shiftprobe.core.errors import BusyError, DataError, ResourceError
from shiftprobe.data import cache


def fetch(folder: Path, error: BaseException | None = None) -> None:
    with cache.arriving(folder, "torchvision:MNIST") as place:
        (place / "deep").mkdir()
        (place / "deep" / "file").write_text("half")
        if error:
            raise error
        (place / "deep" / "file").write_text("whole")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_arrives_is_whole_and_alone(tmp_path: Path) -> None:
    left = tmp_path / "place" / ".set.tmp" / "deep"
    left.mkdir(parents=True)  # by a process that was killed
    (left / "stale").write_text("")
    fetch(tmp_path / "place" / "set")
    assert names(tmp_path / "place") == [".lock", "set"]
    assert names(tmp_path / "place" / "set") == ["checksums.json", "deep"]
    assert names(tmp_path / "place" / "set" / "deep") == ["file"]
    assert (tmp_path / "place" / "set" / "deep" / "file").read_text() == "whole"


def test_only_a_whole_set_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "old").write_text("")
    with pytest.raises(ResourceError):
        fetch(tmp_path / "set", TimeoutError("timed out"))
    assert names(tmp_path / "set") == ["old"]
    fetch(tmp_path / "set")
    assert names(tmp_path / "set") == ["checksums.json", "deep"]


def test_a_file_that_is_not_as_it_arrived_is_refused(tmp_path: Path) -> None:
    cache.check_arrived(tmp_path / "set")
    fetch(tmp_path / "set")
    cache.check_arrived(tmp_path / "set")
    said = json.loads((tmp_path / "set" / "checksums.json").read_text())
    assert said == {"deep/file": hashlib.sha256(b"whole").hexdigest()}
    file = tmp_path / "set" / "deep" / "file"
    for content in ("wholf", "whol", ""):
        file.write_text(content)
        with pytest.raises(DataError, match=r"deep/file is not as it arrived"):
            cache.check_arrived(tmp_path / "set")
    file.unlink()
    with pytest.raises(DataError, match=r"deep/file is not as it arrived"):
        cache.check_arrived(tmp_path / "set")
    (tmp_path / "set" / "checksums.json").write_text("{")
    with pytest.raises(DataError, match=r"checksums\.json is damaged"):
        cache.check_arrived(tmp_path / "set")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (urllib.error.URLError(socket.gaierror(-2, "Name or service not known")), "not known.*; check the connection"),
        (TimeoutError("timed out"), "got: timed out; check the connection and run the same command again"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset"), "Connection reset"),
        (RuntimeError("File not found or corrupted."), "wanted to download torchvision:MNIST, got: File not found"),
        (EOFError(), "got: EOFError"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left.*free some space or set SHIFTPROBE_DATA"),
        (RuntimeError("Error:\nTried a\n\x1b[2Jand b"), r"got: Error: Tried a \\x1b\[2Jand b; check"),
    ],
)
def test_a_failure_is_one_line_and_leaves_nothing(tmp_path: Path, error: Exception, message: str) -> None:
    with pytest.raises(ResourceError, match=message) as caught:
        fetch(tmp_path / "set", error)
    assert str(caught.value).isprintable()
    assert names(tmp_path) == [".lock"]


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path / "set", KeyboardInterrupt())
    assert names(tmp_path) == [".lock"]


def test_a_link_that_somebody_made_is_not_followed_to_be_emptied(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine").write_text("")
    (tmp_path / "set").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ResourceError, match="symbolic link"):
        fetch(tmp_path / "set")
    assert names(tmp_path / "elsewhere") == ["mine"]


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    with cache.arriving(tmp_path / "set", "it") as place:
        (place / "file").write_text("")
        with pytest.raises(BusyError, match=r"another shiftprobe downloads to .*; wait for it"):
            fetch(tmp_path / "set")
    assert names(tmp_path / "set") == ["checksums.json", "file"]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError, match="Not a directory"):
        fetch(tmp_path / "file" / "below" / "set")


def test_a_silent_network_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with cache.arriving(tmp_path / "set", "it"):
        assert socket.getdefaulttimeout() == 60
    assert socket.getdefaulttimeout() is None


def test_the_cache_lies_in_the_home_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    for value, expected in {"": "/home/ada/.cache/shiftprobe/data", "~/d": "/home/ada/d", "/x": "/x"}.items():
        monkeypatch.setenv(cache.VARIABLE, value)
        assert str(cache.home()) == expected
    monkeypatch.delenv(cache.VARIABLE)
    assert str(cache.home()) == "/home/ada/.cache/shiftprobe/data"


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv(cache.VARIABLE, raising=False)
    monkeypatch.setattr(Path, "expanduser", homeless)
    with pytest.raises(DataError, match="set SHIFTPROBE_DATA"):
        cache.home()
