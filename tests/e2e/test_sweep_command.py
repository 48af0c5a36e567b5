"""The command as a user meets it, on real digits."""

import csv
import json
import time
from pathlib import Path

import pytest
from tests import forked
from tests.conftest import Command

from shiftprobe.core.folder_kinds import RUN

ONE = ("--workers", "1")  # a second process costs a run this small more than it saves


def only_run(out: Path) -> Path:
    (run,) = (path for path in out.iterdir() if path.is_dir())
    return run


def files(folder: Path) -> dict[str, bytes]:
    return {
        name: (folder / name).read_bytes() for name in ("results.csv", "report.html", "results.json", "summary.json")
    }


def test_a_sweep_ends_with_a_verdict_tables_and_a_report(tiny_run: Path) -> None:
    run, said = tiny_run, (tiny_run.parent / "stdout.txt").read_text()
    assert "Verdict: " in said
    assert str(run / "report.html") in said.splitlines()[-1]
    rows = list(csv.DictReader((run / "results.csv").read_text().splitlines()))
    top1 = [row for row in rows if row["metric"] == "top1"]
    assert len(top1) == 2 * (1 + 2 * 2)  # two doses; zero-shot once, two trained arms by two seeds
    assert all(
        0 <= float(row["value"]) <= 1 and float(row["low"]) <= float(row["value"]) <= float(row["high"]) for row in top1
    )
    assert {row["tap"] for row in rows if row["probe"] == "cka"} == {
        row["tap"] for row in rows if row["probe"] == "linear" and row["metric"] != "random_draws"
    }
    assert not (run / "sets").exists()
    assert {one.name for one in run.iterdir()} <= RUN.names  # what `--out` takes for its own is what it wrote


@pytest.mark.slow  # a run that is killed goes on with two workers in between, and ends with the same bytes
def test_workers_and_place_move_no_byte(
    tiny: Path, tiny_run: Path, tmp_path: Path, shiftprobe_command: Command
) -> None:
    assert shiftprobe_command("sweep", tiny, "--out", tmp_path, "--workers", "2").returncode == 0
    assert files(only_run(tmp_path)) == files(tiny_run)  # one worker


@pytest.mark.slow  # by default `engine/test_execute.py` widens a run's budget
def test_a_wider_spec_extends_the_run_and_trains_nothing_again(
    tiny: Path, tiny_run: Path, tmp_path: Path, shiftprobe_command: Command
) -> None:
    out = tmp_path / "runs"
    assert shiftprobe_command("sweep", tiny, "--out", out, *ONE, "--arms", "scratch").returncode == 0
    run = only_run(out)
    before = {path: path.stat().st_mtime_ns for path in run.glob("cells/*/*/model.safetensors")}
    assert len(before) == 4
    wider = ("--seeds", "3", "--severity", "0.5,1", "--probes", "accuracy")
    assert shiftprobe_command("sweep", tiny, "--out", out, *ONE, *wider).returncode == 0
    assert only_run(out) == run
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(list(run.glob("cells/*~s*/*/model.safetensors"))) == 3 * 3 * 2
    narrow = shiftprobe_command("sweep", tiny, "--out", out, *ONE)
    assert narrow.returncode == 0
    assert files(run) == files(tiny_run)


def test_a_killed_run_goes_on_where_it_was(
    tiny: Path, tiny_run: Path, tmp_path: Path, shiftprobe_command: Command
) -> None:
    command, said = ["sweep", str(tiny), "--out", str(tmp_path / "killed")], (tmp_path / "stdout", tmp_path / "stderr")
    for after, workers in (
        ("source/manifest.json", "1"),
        ("probes/accuracy/*~s*/manifest.json", "2"),
        ("probes/linear/*/manifest.json", "1"),
    ):
        process = forked.started([*command, "--workers", workers], said)
        while process.is_alive() and not list((tmp_path / "killed").glob(f"*/{after}")):
            time.sleep(0.01)
        process.kill()
        process.join()
    whole = list((tmp_path / "killed").glob("*/cells/*/[!.]*/manifest.json"))
    kept = {path: path.stat().st_mtime_ns for path in whole}
    assert kept
    assert shiftprobe_command("sweep", tiny, "--out", tmp_path / "killed", *ONE).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert files(only_run(tmp_path / "killed")) == files(tiny_run)
    assert not list((tmp_path / "killed").rglob(".*.tmp"))


def test_the_second_process_in_a_folder_says_so_and_stops(
    tiny: Path, tiny_copy: Path, shiftprobe_command: Command
) -> None:
    import fcntl

    with (tiny_copy / "lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = shiftprobe_command("sweep", tiny, "--out", tiny_copy.parent)
    assert second.returncode == 6
    assert len(second.stderr.strip().splitlines()) == 1
    assert "another shiftprobe is at work" in second.stderr


def test_json_stands_alone_on_stdout(tiny: Path, tiny_copy: Path, shiftprobe_command: Command) -> None:
    done = shiftprobe_command("sweep", tiny, "--out", tiny_copy.parent, *ONE, "--json", "--arms", "zero_shot")
    assert json.loads(done.stdout)["verdict"]["word"] == "none"


def test_a_dry_run_shows_the_cells_and_writes_nothing(tiny: Path, tmp_path: Path, shiftprobe_command: Command) -> None:
    done = shiftprobe_command("sweep", tiny, "--out", tmp_path / "runs", "--dry-run")
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines()[:6]] == [
        "identity~0.0", "rotation~0.5",
        "identity~0.0~b40~s0", "identity~0.0~b40~s1", "rotation~0.5~b40~s0", "rotation~0.5~b40~s1",
    ]  # fmt: skip
    assert "6 of 6 cells to do: 8 trainings" in done.stdout
    assert not (tmp_path / "runs").exists()


def test_a_diverged_arm_is_n_a_with_its_reason_and_exit_code_4(
    tiny: Path, tiny_run: Path, tmp_path: Path, shiftprobe_command: Command
) -> None:
    checkpoint = tiny_run / "source" / "model.safetensors"
    diverging = ("--set", "train.lr=1e30", "--set", f"model.weights={checkpoint}", "--seeds", "1")
    done = shiftprobe_command("sweep", tiny, "--out", tmp_path / "runs", *ONE, *diverging)
    assert done.returncode == 4, done.stderr
    rows = list(csv.DictReader((only_run(tmp_path / "runs") / "results.csv").read_text().splitlines()))
    lost = [row for row in rows if row["arm"] == "scratch" and row["probe"] == "accuracy"]
    assert lost
    assert all(row["value"] == "" and "training diverged at epoch 1, lr 1e+30" in row["reason"] for row in lost)


def test_a_place_that_cannot_be_written_is_one_line(tiny: Path, shiftprobe_command: Command) -> None:
    done = shiftprobe_command("sweep", tiny, "--out", "/proc/nowhere")
    assert done.returncode == 5
    assert done.stderr.splitlines()[-1].startswith("shiftprobe: wanted a run folder at /proc/nowhere")
    assert "Traceback" not in done.stderr


def test_report_is_rebuilt_from_the_folder_alone(tiny_copy: Path, shiftprobe_command: Command) -> None:
    run = tiny_copy
    before = files(run)
    for name in before:
        (run / name).unlink()
    assert shiftprobe_command("report", run).returncode == 0
    assert files(run) == before


def test_compare_is_a_sweep_without_a_dial_and_writes_table_1(
    tiny: Path, tmp_path: Path, shiftprobe_command: Command
) -> None:
    done = shiftprobe_command("compare", tiny, "--out", tmp_path, *ONE, "--arms", "scratch,transfer,linear_probe")
    assert done.returncode == 0, done.stderr
    run = only_run(tmp_path)
    lines = (run / "table1.csv").read_text().splitlines()
    assert [line.split(",")[:3] for line in lines[1:]] == [
        [arm, "40", "2"] for arm in ("scratch", "transfer", "linear_probe")
    ]
    assert r"linear\_probe & 40 & 2 & " in (run / "table1.tex").read_text()
    assert {p["shift"] for p in json.loads((run / "summary.json").read_text())["points"]} == {"identity"}
