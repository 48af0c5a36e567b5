"""The flag `--trained-on` of sweeps and comparisons."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from shiftprobe.cli import app
from shiftprobe.cli.options import placed


def test_a_path_starts_here_and_a_name_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train.csv").write_text("path\n")
    monkeypatch.chdir(tmp_path)
    given = ["train.csv", "digits:uci", "all", "nowhere.csv", "a" * 5000]
    assert placed(given) == [str(tmp_path / "train.csv"), *given[1:]]


@pytest.mark.parametrize("command", ["sweep", "compare"])
def test_it_is_refused_where_the_run_trains_the_source_itself(command: str, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, [command, "digits", "--trained-on", "all", "--out", str(tmp_path)])
    assert told.exit_code == 2
    assert "source.trained: wanted a checkpoint that is brought (model.weights)" in " ".join(told.stderr.split())
    assert not list(tmp_path.iterdir())
