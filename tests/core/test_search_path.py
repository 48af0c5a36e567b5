"""`python -m shiftprobe` looks for no module in the working folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from shiftprobe.core import search_path

OWN = str(Path(search_path.__file__).parents[2])


@pytest.mark.parametrize(
    ("argv", "whole", "taken"),
    [
        (["-m", "list"], ["python", "-m", "shiftprobe", "list"], True),
        (["-m"], ["python", "-W", "ignore", "-mshiftprobe"], True),
        (["-m"], ["python", "-m", "their_tool", "-m", "shiftprobe"], False),  # another program imports the package
        (["/bin/shiftprobe"], ["python", "/bin/shiftprobe"], False),
        (["-c"], ["python", "-c", "import shiftprobe"], False),
        ([""], ["python"], False),
    ],
)
def test_the_working_folder_is_taken_off_for_our_own_program_alone(
    argv: list[str], whole: list[str], taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_path, "_left", [])
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", whole)
    monkeypatch.setattr(sys, "path", [str(tmp_path), "rest"])
    search_path.leave_working_folder()
    assert sys.path == ["rest"] if taken else [str(tmp_path), "rest"]
    assert search_path.left() == ([str(tmp_path)] if taken else [])
    search_path.come_back()
    search_path.come_back()
    assert sys.path == (["rest", str(tmp_path)] if taken else [str(tmp_path), "rest"])  # last of all


def test_a_package_that_lies_there_itself_stays_in_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["-m"])
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "shiftprobe"])
    monkeypatch.setattr(sys, "path", [OWN])
    search_path.leave_working_folder()
    assert sys.path == [OWN]


def test_nothing_beside_the_data_is_imported(tmp_path: Path) -> None:
    """Names that a command imports, and one of Python's own that is not loaded at its start."""
    for name in ("torch", "yaml", "numpy", "typer", "pydantic", "typing", "multiprocessing", "tempfile"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').close()\nraise SystemExit(9)\n")
    command = [sys.executable, "-m", "shiftprobe", "sweep", "digits", "--dry-run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
def test_processes_that_are_started_do_not_look_there_either(tiny: Path, tmp_path: Path) -> None:
    for name in ("torch", "multiprocessing", "random", "numpy"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').close()\nraise SystemExit(9)\n")
    command = [sys.executable, "-m", "shiftprobe", "sweep", str(tiny), "--out", "runs", "--workers", "2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()
