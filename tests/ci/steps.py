"""Steps of `action.yml` as GitHub runs them: expressions resolved, inputs in the environment, bash with its flags."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}
EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")


@dataclass
class Job:
    """A job that uses the action: its folder, its inputs, and what its steps left."""

    folder: Path  # the working folder
    inputs: Mapping[str, str]
    outputs: dict[str, str] = field(default_factory=dict)  # of the audit's step
    printed: str = ""

    def __post_init__(self) -> None:
        known = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
        assert set(self.inputs) <= set(known)
        self.inputs = {**known, **self.inputs}
        self.temp = self.folder.parent / "temp"
        (self.temp / "shiftprobe" / "bin").mkdir(parents=True, exist_ok=True)

    def program(self, text: str) -> None:
        """Put a program in the place of the one that the install step leaves."""
        place = self.temp / "shiftprobe" / "bin" / "shiftprobe"
        place.write_text(text)
        place.chmod(0o755)

    def the_present_one(self) -> None:
        """Let the steps use the interpreter that runs the tests."""
        self.program(f'#!/bin/sh\nexec "{sys.executable}" -m shiftprobe "$@"\n')

    def value(self, name: str) -> str:
        """What an expression stands for."""
        known = {"github.action_path": str(ROOT)}
        known |= {f"inputs.{key}": one for key, one in self.inputs.items()}
        known |= {f"steps.audit.outputs.{key}": one for key, one in self.outputs.items()}
        return known[name]

    def run(self, name: str, **more: str) -> int:
        """Run one step and hand back its exit code; its outputs and what it printed are kept."""
        step = STEPS[name]
        files = {"GITHUB_OUTPUT": self.temp / "output", "GITHUB_STEP_SUMMARY": self.temp / "summary"}
        for file in files.values():
            file.touch()
        given = {key: EXPRESSION.sub(lambda met: self.value(met[1]), one) for key, one in step["env"].items()}
        settled = {"RUNNER_TEMP": str(self.temp), **{key: str(file) for key, file in files.items()}}
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
            cwd=self.folder,
            env={**os.environ, **settled, **given, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        self.printed = done.stdout + done.stderr
        lines = (self.temp / "output").read_text().splitlines()
        self.outputs = {key: value for key, _, value in (line.partition("=") for line in lines)}
        return done.returncode
