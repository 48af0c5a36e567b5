"""An audit of MNIST digits by the command, for tests of what it says and takes."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from shiftprobe.cli import app

SMALL = {
    "name": "small",
    "shifts": ["gaussian_noise", "contrast", "rotation"],
    "severities": [0.25, 0.5, 1.0],
    "accuracy": {"at_least": 0.6},
    "severity": {"at": 0.25, "at_least": 0.3},
    "attribution": {"level": "off"},
    "images": 200,
}


def audit(folder: Path, *flags: str | Path, checkpoint: str = "model.pt") -> Result:
    asked = [folder / checkpoint, "--data", "digits:mnist", "--classes", "data", "--policy", folder / "policy.yaml"]
    asked += [] if "--mean" in flags else ["--mean", "0.5", "--std", "0.5"]  # as `trained` prepares its images
    return CliRunner().invoke(app, ["audit", *map(str, (*asked, *flags))])


def verdicts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "verdicts.json").read_text())
    return found
