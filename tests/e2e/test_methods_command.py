"""The paragraph for a paper, from a run on real digits."""

from pathlib import Path

from tests.paper.told_numbers import unexplained
from typer.testing import CliRunner

from shiftprobe.api import methods
from shiftprobe.cli import app
from shiftprobe.core.reading import read_json
from shiftprobe.paper import FILES


def test_the_paragraph_of_a_run_holds_its_numbers_and_no_others(tiny_run: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["methods", str(tiny_run), "--out", str(tmp_path)])
    assert told.exit_code == 0, told.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*FILES, "shiftprobe.json"])
    text = told.stdout.splitlines()[0]
    files = {name: read_json(tiny_run / f"{name}.json") for name in ("summary", "spec", "environment", "flips")}
    assert unexplained(text, files) == []
    assert files["environment"]["versions"]["torch"] in text
    assert methods(tiny_run, out=tmp_path).text == text


def test_what_is_no_run_is_refused_in_one_line(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["methods", str(tmp_path)])
    assert told.exit_code == 2
    assert len(told.stderr.strip().splitlines()) == 1
