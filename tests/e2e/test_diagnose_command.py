"""A run is diagnosed: what is found stands in its folder and on its page, and a second call finds the same."""

import json
from pathlib import Path

from tests.conftest import Command
from tests.e2e.test_sweep_command import ONE


def test_a_run_is_diagnosed_and_the_same_command_finds_the_same(shiftprobe_command: Command, tiny_copy: Path) -> None:
    run, few = tiny_copy, ("--trainings", "4", "--at", "identity~0.0", *ONE)
    done = shiftprobe_command("diagnose", run, *few)
    assert done.returncode == 0, done.stderr
    assert "Diagnosis: " in done.stdout
    assert f"Report: {run}/report.html" in done.stdout
    first = (run / "diagnosis.json").read_bytes()
    found = json.loads(first)
    assert {one["stage"] for one in found["path"]} >= {"file", "worth"}
    assert found["units"] <= 4
    assert '<section id="diagnosis"' in (run / "report.html").read_text()
    trained = {file: file.stat().st_mtime_ns for file in run.glob("interventions/*/*/*")}

    again = shiftprobe_command("diagnose", run, *few, "--json")

    assert json.loads(again.stdout)["path"]
    assert (run / "diagnosis.json").read_bytes() == first
    assert {file: file.stat().st_mtime_ns for file in run.glob("interventions/*/*/*")} == trained
    assert not (run / "sets").exists()


def test_the_bill_comes_before_anything_is_done(shiftprobe_command: Command, tiny_copy: Path) -> None:
    done = shiftprobe_command("diagnose", tiny_copy, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "Budget: 24 units." in done.stdout
    assert not (tiny_copy / "diagnosis.json").exists()
    assert not (tiny_copy / "interventions").exists()


WHY = ("--set", "why.trainings=0", "--set", "why.at=identity~0.0")


def test_a_sweep_ends_with_the_diagnosis_that_its_spec_asks_for(
    shiftprobe_command: Command, tiny: Path, tiny_copy: Path
) -> None:
    sweep = ("sweep", tiny, "--out", tiny_copy.parent, *ONE)
    priced = shiftprobe_command(*sweep, *WHY, "--dry-run")
    assert "Then a diagnosis: at most 0 trainings" in priced.stdout, priced.stderr
    assert not (tiny_copy / "diagnosis.json").exists()

    done = shiftprobe_command(*sweep, *WHY)

    assert done.returncode == 0, done.stderr
    assert done.stdout.index("Verdict: ") < done.stdout.index("Diagnosis: ")
    assert json.loads((tiny_copy / "diagnosis.json").read_bytes())["condition"] == "identity~0.0"
    assert [path.name for path in tiny_copy.parent.iterdir()] == [tiny_copy.name]  # the same run, which it ends
    assert "Diagnose it again" not in (tiny_copy / "report.html").read_text()
    refused = shiftprobe_command(*sweep, "--set", "why.at=rotation~0.4")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "wanted a condition of this run" in refused.stderr


def test_a_run_that_grew_since_says_so_with_the_command(
    shiftprobe_command: Command, tiny: Path, tiny_copy: Path
) -> None:
    assert shiftprobe_command("diagnose", tiny_copy, "--trainings", "0", *ONE).returncode == 0
    grown = shiftprobe_command("sweep", tiny, "--out", tiny_copy.parent, *ONE, "--seeds", "3")
    assert grown.returncode == 0, grown.stderr
    page = (tiny_copy / "report.html").read_text()
    assert "Diagnose it again with: <code>shiftprobe diagnose" in page.replace("\n", "")


REFUSED = {
    "no run": (["nowhere"], "wanted a run folder"),
    "no such condition": (["RUN", "--at", "rotation~0.4"], "wanted a condition of this run"),
    "less than nothing": (["RUN", "--trainings", "inf"], "--trainings: wanted a number from 0 up"),
}


def test_what_cannot_be_diagnosed_is_one_line_and_exit_code_2(shiftprobe_command: Command, tiny_copy: Path) -> None:
    for arguments, words in REFUSED.values():
        done = shiftprobe_command("diagnose", *(str(tiny_copy) if one == "RUN" else one for one in arguments))
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert words in done.stderr
