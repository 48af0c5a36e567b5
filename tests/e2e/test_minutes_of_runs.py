"""--minutes of sweep and compare: what fits settles the headline first, and the same command goes on."""

import json
from pathlib import Path

import pytest
from tests.engine.made_minutes import count_cells
from typer.testing import CliRunner

import shiftprobe
from shiftprobe import cli
from shiftprobe.core.errors import SpecError
from shiftprobe.engine import priced
from shiftprobe.engine.disk import disk_of
from shiftprobe.engine.plan import Given, plan
from shiftprobe.spec.loading import load_spec

FILES = ("results.csv", "report.html", "results.json", "summary.json", "about.json")
TOLD = CliRunner()


def files(run: Path) -> dict[str, bytes]:
    return {name: (run / name).read_bytes() for name in FILES}


def done(run: Path) -> set[str]:
    return {path.parent.name for path in run.glob("probes/accuracy/*/manifest.json")}


def test_minutes_leave_cells_say_so_and_the_same_command_goes_on_to_the_same_bytes(
    tiny: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two looks and two trained cells of 100 s fit into 7.5 minutes: the first seed in both conditions."""
    count_cells(monkeypatch, tmp_path)
    words = ["sweep", str(tiny), "--out", str(tmp_path), "--workers", "1"]
    cut = TOLD.invoke(cli.app, [*words, "--minutes", "7.5", "--markdown", str(tmp_path / "pr.md")])
    assert cut.exit_code == 0, cut.output
    (run,) = (path for path in tmp_path.iterdir() if path.is_dir())
    first = {"identity~0.0", "rotation~0.5", "identity~0.0~b40~s0", "rotation~0.5~b40~s0"}
    assert done(run) == first
    told = "the headline has 1 of 2 seeds, and the same command without "
    assert "cut by --minutes: 4 of 6 cells: All that is said rests on the cells that are done" in cut.stdout
    assert told in cut.stdout
    assert told in (run / "report.html").read_text()
    assert "cut by --minutes: 4 of 6 cells" in (tmp_path / "pr.md").read_text()
    summary = json.loads((run / "summary.json").read_text())
    assert summary["marks"][0]["label"] == "cut by --minutes: 4 of 6 cells"
    assert summary["unfinished"]["cut"] == {"seeds": 1, "planned": 2}
    assert summary["verdict"]["sentence"].startswith("So far (4 of 6 cells): ")
    assert {one["reason"] for one in summary["contrasts"]} == {"n = 1 of 2 seeds; the others are left for later"}
    assert json.loads((run / "about.json").read_text())["left"] == ["identity~0.0~b40~s1", "rotation~0.5~b40~s1"]
    before = files(run)
    assert TOLD.invoke(cli.app, [*words, "--minutes", "1"]).exit_code == 0  # not one cell more fits
    assert files(run) == before
    assert TOLD.invoke(cli.app, words).exit_code == 0
    assert files(run) == files(tiny_run)  # as if nobody had cut it


def test_a_dry_run_says_what_it_costs_and_what_fits(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(priced, "prices_of", lambda _: (0.5, 0.01))
    words = ["sweep", str(tiny), "--out", str(tmp_path / "runs"), "--workers", "1", "--seeds", "5", "--dry-run"]
    said = TOLD.invoke(cli.app, [*words, "--minutes", "9"]).stdout
    assert "Trainings: scratch 10, transfer 10." in said
    assert "The run folder grows by " in said
    assert "Settles, where transfer and zero_shot are truly equal: 5 seeds certify ±1.0 points at best; for ±1 " in said
    assert "4 seeds: 87 % of the cost, certifies ±1.2 points instead of ±1.0 (assumed: a seed's difference " in said
    plain = json.loads(TOLD.invoke(cli.app, [*words, "--minutes", "9", "--json"]).stdout)
    assert plain["trainings"] == {"scratch": 10, "transfer": 10}
    assert plain["within"][:4] == ["identity~0.0", "rotation~0.5", "identity~0.0~b40~s0", "rotation~0.5~b40~s0"]
    assert f"--minutes 9: {len(plain['within'])} of 12 cells fit by this estimate" in said
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        ("0", "wanted a number above 0, got 0; leave it out to do every cell"),
        ("-3", "wanted a number above 0, got -3"),
        ("nan", "wanted a number above 0, got nan"),
        ("2", "wanted time for one seed in 2 conditions, about "),
    ],
)
def test_minutes_in_which_nothing_can_be_settled_are_refused(
    minutes: str, told: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(priced, "prices_of", lambda _: (0.5, 0.01))
    asked = TOLD.invoke(cli.app, ["sweep", str(tiny), "--out", str(tmp_path), "--workers", "1", f"--minutes={minutes}"])
    assert asked.exit_code == 2
    (line,) = asked.stderr.strip().splitlines()
    assert line.startswith(f"shiftprobe: --minutes: {told}")
    assert not list(tmp_path.iterdir())


def test_what_a_folder_grows_by_is_told_within_a_third(tiny: Path, tiny_run: Path, tmp_path: Path) -> None:
    """Weights are told at most; the rest of a real folder is held against its estimate."""
    ready = plan(load_spec(tiny), Given(out=tmp_path))
    told = disk_of(ready.setup, ready.cells, ready.cells)
    written = {path: path.stat().st_size for path in tiny_run.rglob("*") if path.is_file()}
    weights = sum(size for path, size in written.items() if path.match("cells/*~s*/*/*.safetensors"))
    assert 0 < weights <= told.weights
    assert told.rest == pytest.approx(sum(written.values()) - weights, rel=1 / 3)


def test_python_has_the_same_argument(tiny: Path) -> None:
    with pytest.raises(SpecError, match=r"^minutes: wanted a number above 0, got 0"):
        shiftprobe.compare(tiny, minutes=0)
