"""What `shiftprobe list` tells."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shiftprobe import cli


@pytest.mark.parametrize(
    "what", ["shifts", "probes", "arms", "recipes", "models", "data", "presets", "policies", "executors"]
)
def test_everything_a_spec_can_name_is_listed(what: str) -> None:
    told = CliRunner().invoke(cli.app, ["list", what])
    assert told.exit_code == 0
    assert told.stdout
    assert all(line.strip() for line in told.stdout.splitlines())


PACKAGE = """
from shiftprobe.data import ORIGINS, Origin
from shiftprobe.train.arms import ARMS, Arm
from shiftprobe.train.arms.base import random_draw

ORIGINS.add(Origin(name="stripes", names=("stripes:NAME",), about="stripes, wide or narrow", load=None))
ORIGINS.add(Origin(name="plain", names=("plain:NAME",), load=None))
ARMS.add(Arm(name="lazy", about="learns nothing", begin=random_draw))
"""


def test_what_a_package_brings_is_listed_where_it_may_run(tmp_path: Path) -> None:
    (tmp_path / "brought.py").write_text(PACKAGE)
    info = tmp_path / "brought-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[shiftprobe]\nmine = brought\n")
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    for what, line in (
        ("data", "stripes:NAME                 stripes, wide or narrow"),
        ("data", "plain:NAME                   your own"),
        ("arms", "lazy                         learns nothing"),
    ):
        command = [sys.executable, "-m", "shiftprobe", "list", what, "--allow-code"]
        env = {**os.environ, "PYTHONPATH": paths}
        told = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
        assert line in told.stdout.splitlines()
    told = subprocess.run(command[:-1], capture_output=True, text=True, check=True, env=env)
    assert line not in told.stdout.splitlines()
    assert "plugin mine (brought) is not installed in this environment and was not loaded" in told.stderr


def test_what_cannot_be_listed_is_refused_with_a_guess() -> None:
    told = CliRunner().invoke(cli.app, ["list", "shift"])
    assert told.exit_code == 2
    assert "nothing to list called shift; did you mean 'shifts'?" in told.stderr
