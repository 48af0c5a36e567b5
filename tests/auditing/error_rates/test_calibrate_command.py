"""The command from flags to folder on real digits, and the page that it leaves."""

import csv
import json
from pathlib import Path

import pytest
import torch
from tests.auditing.trained import Trained
from typer.testing import CliRunner

from shiftprobe import cli
from shiftprobe.auditing.error_rates.files import read, to_bytes
from shiftprobe.core.errors import RunError
from shiftprobe.report.calibrate.page import write_calibration

POLICY = """
shifts: [contrast, darken]
severities: [0.5]
accuracy: {at_least: 0.05}
severity: {at: 0.5, at_least: 0.05}
worst_class: {at_least: 0.1, images: 5, level: "off"}
preprocessing: {level: "off"}
drift: {level: "off"}
break_point: {level: "off"}
overconfidence: {level: "off"}
attribution: {level: "off"}
regression: {level: "off"}
target: {level: "off"}
repairs: false
images: 120
"""
TOLD = CliRunner()


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory, trained_digits: Trained) -> list[str]:
    folder = tmp_path_factory.mktemp("calibrate")
    torch.save(trained_digits.subject.model.state_dict(), folder / "digits.pt")
    (folder / "policy.yaml").write_text(POLICY)
    numbers = ["--size", "28", "--mean", "0.5", "--std", "0.5", "--classes", "data", "--draws", "20", "--workers", "1"]
    return ["calibrate", str(folder / "digits.pt"), "--data", "digits:uci", "--policy", str(folder / "policy.yaml"),
            "--out", str(folder / "out"), *numbers]  # fmt: skip


@pytest.fixture(scope="module")
def made(words: list[str]) -> tuple[Path, str]:
    told = TOLD.invoke(cli.app, words)
    assert told.exit_code == 0, told.output
    return Path(words[words.index("--out") + 1]), told.output


def test_the_folder_holds_page_json_and_csv_and_says_whose_it_is(made: tuple[Path, str]) -> None:
    folder, told = made
    names = {one.name for one in folder.iterdir()}
    assert {"calibrate.html", "calibrate.json", "calibrate.csv", "shiftprobe.json"} <= names
    assert json.loads((folder / "shiftprobe.json").read_text())["kind"] == "calibration"
    assert "calibrate.html" in told
    assert "On 120 images of digits:uci the accuracy gate fails a good checkpoint in" in told


def test_the_csv_has_a_line_for_every_rate_of_the_json(made: tuple[Path, str]) -> None:
    folder, _ = made
    found = read(folder / "calibrate.json")
    lines = list(csv.DictReader((folder / "calibrate.csv").read_text().splitlines()))
    rates = {(row.name, name): one.count for row in found.rows for name, one in row.rates.items()}
    assert {(line["name"], line["rate"]): int(line["count"]) for line in lines if line["rate"]} == rates
    assert found.population == found.images == 120
    assert found.draws == 20


def test_the_page_says_it_first_and_has_one_table_of_rates(made: tuple[Path, str]) -> None:
    folder, _ = made
    page, found = (folder / "calibrate.html").read_text(), read(folder / "calibrate.json")
    assert page.index(found.sentence) < page.index("<table")
    assert page.count("How often each errs</caption>") == 1
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    for row in found.rows:
        assert row.name in page


def test_the_same_command_reads_its_looks_and_gives_the_same_bytes(made: tuple[Path, str], words: list[str]) -> None:
    folder, _ = made
    before = {name: (folder / name).read_bytes() for name in ("calibrate.json", "calibrate.csv", "calibrate.html")}
    times = {path: path.stat().st_mtime_ns for path in (folder / "looks").rglob("*.npy")}
    assert times
    told = TOLD.invoke(cli.app, [*words, "--json"])
    assert told.exit_code == 0
    assert json.loads(told.stdout)["draws"] == 20
    assert {path: path.stat().st_mtime_ns for path in (folder / "looks").rglob("*.npy")} == times
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_what_is_written_is_read_back(made: tuple[Path, str]) -> None:
    found = read(made[0] / "calibrate.json")
    assert to_bytes(found) == (made[0] / "calibrate.json").read_bytes()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--draws", "3"], "--draws: wanted 20 to 100,000, got 3"),
        (["--images", "5"], "--images: wanted 20 to 100,000 of a sample, got 5"),
        (["--policy", "strickt"], "did you mean 'strict'"),
        (["--data", "nowhere"], "no such folder"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(words: list[str], more: list[str], said: str) -> None:
    told = TOLD.invoke(cli.app, [*words, *more])
    assert told.exit_code == 2
    assert said in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1


def test_a_dry_run_says_how_long_and_writes_nothing(words: list[str], tmp_path: Path) -> None:
    told = TOLD.invoke(cli.app, [*words, "--out", str(tmp_path / "other"), "--dry-run"])
    assert told.exit_code == 0
    assert "20 samples of 120 images each; about" in told.stderr
    assert not (tmp_path / "other").exists()


def test_a_folder_that_is_no_calibration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"calibrate\.json"):
        write_calibration(tmp_path)
