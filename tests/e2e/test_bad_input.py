"""Each fault is one line that names the key or file, what was wanted, what was found; exit code 2; nothing written."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shiftprobe.cli import app


def sweep(*arguments: str | Path) -> Result:
    """The command in this process, which has its libraries loaded already."""
    return CliRunner().invoke(app, ["sweep", *map(str, arguments)])


FAULTS = {
    "unknown shift": (["--shift", "gausian_blur"], "did you mean 'gaussian_blur'"),
    "unknown arm": (["--arms", "scrach"], "did you mean 'scratch'"),
    "unknown probe": (["--probes", "ckaa"], "did you mean 'cka'"),
    "unknown key": (["--set", "train.epoch=3"], "did you mean 'epochs'"),
    "unknown model": (["--set", "model.arch=torchvision:resnet81"], "did you mean"),
    "unknown data": (["--set", "target.data=digits:mnst"], "digits:mnist"),
    "severity out of range": (["--severity", "1.5"], "severities: wanted fractions from 0 to 1"),
    "severity not a number": (["--severity", "strong"], "severities.0"),
    "budget beyond the pool": (["--budget", "100000"], "target.budgets"),
    "no such folder": (["--set", "target.data=folder:/nowhere/at/all"], "/nowhere/at/all"),
    "no such checkpoint": (["--set", "model.weights=/nowhere/model.pt"], "/nowhere/model.pt"),
    "budget below the classes": (["--budget", "5"], "one of each class"),
    "no epochs": (["--set", "train.epochs=0"], "train.epochs"),
    "nothing to set": (["--set", "train.epochs"], "KEY=VALUE"),
    "code without leave": (["--set", "model.arch=os.path:join"], "--allow-code"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_line_and_exit_code_2(fault: str, tiny: Path, tmp_path: Path) -> None:
    flags, words = FAULTS[fault]
    done = sweep(tiny, "--out", tmp_path / "runs", *flags)
    assert done.exit_code == 2, done.stderr
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_unknown_spec_names_the_presets() -> None:
    done = sweep("digit")
    assert done.exit_code == 2
    assert "did you mean 'digits'" in done.stderr
