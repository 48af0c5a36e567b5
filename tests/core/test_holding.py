"""Who looks on sees that a folder is held, and neither holds it nor disturbs whoever does."""

import os
from pathlib import Path

import pytest

from shiftprobe.core.files import lock
from shiftprobe.core.holding import LOCKS, host, is_held


@pytest.mark.skipif(not LOCKS.exists(), reason="this system does not list its locks")
def test_a_folder_is_held_for_as_long_as_somebody_has_its_lock(tmp_path: Path) -> None:
    assert is_held(tmp_path) is False  # no lock was ever had there
    with lock(tmp_path):
        assert is_held(tmp_path) is True
        other = tmp_path / "other"
        other.mkdir()
        (other / "lock").touch()
        assert is_held(other) is False
    assert is_held(tmp_path) is False
    with lock(tmp_path):  # looking took nothing
        pass


def test_a_system_that_keeps_no_list_says_nothing(tmp_path: Path) -> None:
    assert is_held(tmp_path, tmp_path / "none") is None


def test_a_lock_that_is_waited_for_or_of_another_kind_or_device_is_not_had(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    place = os.lstat(tmp_path / "lock")
    here = f"{os.major(place.st_dev):02x}:{os.minor(place.st_dev):02x}:{place.st_ino}"
    lines = {
        f"1: FLOCK  ADVISORY  WRITE 7 {here} 0 EOF": True,
        f"1: -> FLOCK  ADVISORY  WRITE 7 {here} 0 EOF": False,
        f"1: POSIX  ADVISORY  WRITE 7 {here} 0 EOF": False,
        f"1: FLOCK  ADVISORY  WRITE 7 {here}9 0 EOF": False,
        "1: FLOCK": False,
    }
    if os.major(place.st_dev):
        lines[f"1: FLOCK  ADVISORY  WRITE 7 ff:ff:{place.st_ino} 0 EOF"] = False
    for line, held in lines.items():
        (tmp_path / "locks").write_text(f"{line}\n")
        assert is_held(tmp_path, tmp_path / "locks") is held, line


def test_a_machine_is_known_again_by_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "atlas-of-anna")
    here = host()
    assert here == host()
    assert "atlas" not in here
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    assert host() != here
