"""A small real run, killed midway: its status, its report with the mark, the same while it is held; then finished."""

import json
import os
import shutil
import signal
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml
from tests import forked
from tests.specs import DIGITS
from typer.testing import CliRunner

import shiftprobe
from shiftprobe.api import so_far
from shiftprobe.cli import app
from shiftprobe.core.errors import BusyError
from shiftprobe.core.files import lock

SPEC = {**DIGITS, "seeds": 2, "probes": ["accuracy"]}
MARK = "not finished: "


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was killed when its first training was there."""
    place = tmp_path_factory.mktemp("killed")
    (place / "tiny.yaml").write_text(yaml.safe_dump(SPEC))
    words = ["sweep", str(place / "tiny.yaml"), "--out", str(place / "runs"), "--workers", "1"]
    process = forked.started(words, (place / "stdout", place / "stderr"))
    until = time.monotonic() + 120
    while not list(place.glob("runs/*/probes/accuracy/*~s0/manifest.json")):
        assert process.is_alive(), (place / "stderr").read_text()
        assert time.monotonic() < until
        time.sleep(0.01)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    (run,) = (place / "runs").iterdir()
    return run


def told(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout


def content(run: Path) -> dict[str, bytes]:
    return {str(file.relative_to(run)): file.read_bytes() for file in sorted(run.rglob("*")) if file.is_file()}


def test_from_killed_to_finished(killed: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(killed, tmp_path / "runs" / killed.name))
    before = content(run)
    found = shiftprobe.status(run)
    assert isinstance(found, shiftprobe.RunStatus)
    whole = len(list(run.glob("probes/accuracy/*/manifest.json")))  # its only probe looks last
    assert (found.done, found.planned, found.finished) == (whole, 6, False)
    code, text = told("status", run, "--json")
    assert code == 0
    same = json.loads(json.dumps(asdict(replace(found, last_written=0))))
    assert {**json.loads(text), "last_written": 0} == same
    assert told("status", run)[1].startswith(f"{run.name}: {whole} of 6 cells done")
    assert content(run) == before

    code, text = told("report", run, "--markdown", tmp_path / "pr.md")
    assert code == 0
    assert f"NOT FINISHED: {whole} of 6 cells" in text
    assert f"So far ({whole} of 6 cells): " in text
    assert f"{MARK}{whole} of 6 cells" in (run / "report.html").read_text().partition("<main")[2]
    summary = json.loads((run / "summary.json").read_text())
    assert (summary["unfinished"]["done"], summary["marks"][0]["kind"]) == (whole, "unfinished")
    assert f"{MARK}{whole} of 6 cells" in (tmp_path / "pr.md").read_text()

    made = forked.command(["sweep", str(killed.parents[1] / "tiny.yaml"), "--out", str(run.parent), "--workers", "1"])
    assert made.returncode == 0, made.stderr
    assert shiftprobe.status(run).finished
    assert MARK not in (run / "report.html").read_text()
    assert "unfinished" not in json.loads((run / "summary.json").read_text())
    after = content(run)
    assert told("status", run)[0] == 0
    assert told("report", run)[0] == 0
    assert content(run) == after
    with lock(run), pytest.raises(BusyError, match="cells are done; wait for it"):
        so_far(run)


def test_a_report_while_another_command_is_at_work(killed: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(killed, tmp_path / killed.name))
    before = content(run)
    with lock(run):
        assert shiftprobe.status(run).held is not False
        code, text = told("report", run, "--markdown", tmp_path / "pr.md")
    assert code == 0
    page = run / "unfinished" / "report.html"
    assert str(page) in text.replace("\n", "")
    assert MARK in page.read_text()
    assert "unfinished/report.html" in (tmp_path / "pr.md").read_text()
    after = content(run)
    assert {name: bytes_ for name, bytes_ in after.items() if not name.startswith("unfinished/")} == before


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    done = forked.command(["status", str(tmp_path)])
    (said,) = done.stderr.splitlines()
    assert "wanted a run folder (with about.json), got something else; sweep and compare name theirs" in said
    assert (done.returncode, done.stdout) == (2, "")
