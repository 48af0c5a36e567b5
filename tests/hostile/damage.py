"""Folders of results that are damaged between two commands, or whose command is killed at a write: who notices?"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.specs import DIGITS
from typer.testing import CliRunner

from shiftprobe.cli import app

SPEC: dict[str, Any] = {**DIGITS, "probes": ["accuracy", "distance", "null_band"], "why": {"trainings": 12}}
POLICY: dict[str, Any] = {
    "name": "small",
    "shifts": ["rotation", "contrast"],
    "severities": [0.5, 1.0],
    "severity": {"at": 0.5, "at_least": 0.3},
    "attribution": {"level": "off"},
    "images": 200,
}
TABLES = ("results.csv", "results.json", "summary.json", "curves.json", "table1.csv", "flips.json", "flips.csv")
RESULTS = {
    "sweep": (*TABLES, "diagnosis.json", "report.html"),
    "audit": ("verdicts.json", "answers.json", "junit.xml", "card.md", "report.html"),
}
REFUSED = 2
ASIDE = {"lock", "report.html", "predictions.csv"}  # never read back
KILLER = """
import fcntl, os, signal
_replace = os.replace
def replace(*names, **more):
    with open(os.environ["KILL_COUNT"], "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        left = int(file.read()) - 1
        file.seek(0), file.truncate(), file.write(str(left)), file.flush()
    if left == 0:
        os.killpg(0, signal.SIGKILL)
    return _replace(*names, **more)
os.replace = replace
"""


def flip(path: Path, _other: Path, draw: int) -> None:
    """One bit of one byte."""
    content = bytearray(path.read_bytes() or b"\0")
    content[draw % len(content)] ^= 1 << (draw % 8)
    path.write_bytes(content)


def cut(path: Path, _other: Path, draw: int) -> None:
    """Less than was written, perhaps nothing."""
    content = path.read_bytes()
    path.write_bytes(content[: draw % max(1, len(content))])


def gone(path: Path, _other: Path, _draw: int) -> None:
    """No file."""
    path.unlink()


def replaced(path: Path, other: Path, _draw: int) -> None:
    """Another valid file of the folder, or of another one."""
    shutil.copyfile(other, path)


def folder_replaced(path: Path, other: Path, _draw: int) -> None:
    """The whole folder of another file of that name: its checksums agree with it."""
    shutil.rmtree(path.parent)
    shutil.copytree(other.parent, path.parent)


DAMAGE: dict[str, Callable[[Path, Path, int], None]] = {
    "flipped": flip,
    "cut": cut,
    "gone": gone,
    "replaced": replaced,
    "folder replaced": folder_replaced,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a command ended on a folder: same, refused (exit code 2 and one line), or something that must not be."""

    word: str
    code: int
    said: str  # the last line of stderr

    @property
    def allowed(self) -> bool:
        """Whether nobody was told another number."""
        return self.word in {"same", "refused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A command with everything it needs, and what it says when nobody meddles."""

    kind: str
    place: Path  # of specs, checkpoint and reference
    reference: dict[str, bytes]
    code: int

    def command(self, out: Path, workers: int) -> list[str]:
        """The command that writes below a folder."""
        return _command(self.kind, self.place, out, workers)

    def folder(self, out: Path) -> Path:
        """The folder of results below an --out."""
        return out if self.kind == "audit" else next(one.parent for one in out.glob("*/about.json"))

    def run(self, out: Path, workers: int = 1, command: Sequence[str] = (), code: int | None = None) -> Outcome:
        """Run the command, or another one that ends with its own code, and compare what is left with the reference."""
        done = CliRunner().invoke(app, list(command) or self.command(out, workers))
        said = (done.stderr.strip().splitlines() or [""])[-1]
        lines = len(done.stderr.strip().splitlines())
        if done.exit_code == REFUSED:
            return Outcome(word="refused" if lines == 1 else "refused in many lines", code=REFUSED, said=said)
        if done.exit_code != (self.code if code is None else code):
            return Outcome(word="another exit code", code=done.exit_code, said=said)
        other = [name for name, content in self.reference.items() if read(self.folder(out) / name) != content]
        return Outcome(word=f"other bytes: {', '.join(other)}" if other else "same", code=done.exit_code, said=said)

    def killed(self, out: Path, at: int, workers: int = 1) -> bool:
        """Run the command in a process group that is killed at its n-th rename; False where it ended before."""
        hook = self.place / "hook"
        hook.mkdir(exist_ok=True)
        (hook / "sitecustomize.py").write_text(KILLER)
        count = hook / f"count-{out.name}"
        count.write_text(str(at))
        path = os.pathsep.join([str(hook), *filter(None, [os.environ.get("PYTHONPATH", "")])])
        done = subprocess.run(
            [sys.executable, "-m", "shiftprobe", *self.command(out, workers)],
            env={**os.environ, "PYTHONPATH": path, "KILL_COUNT": str(count)},
            start_new_session=True,
            capture_output=True,
            check=False,
        )
        time.sleep(0.05)
        return done.returncode < 0


def _command(kind: str, place: Path, out: Path, workers: int) -> list[str]:
    more = ["--out", str(out), "--workers", str(workers)]
    if kind == "sweep":
        return ["sweep", str(place / "spec.yaml"), *more]
    asked = [str(place / "model.safetensors"), "--data", "digits:uci", "--classes", "data", "--mean", "0.5"]
    return ["audit", *asked, "--std", "0.5", "--target", "digits:mnist", "--policy", str(place / "policy.yaml"), *more]


def read(path: Path) -> bytes:
    """A file's bytes; nothing where it is not there."""
    return path.read_bytes() if path.is_file() else b""


def files(folder: Path) -> list[Path]:
    """Every file of a folder that may be read back, relative to it."""
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in found if path.name not in ASIDE]


def bench(kind: str, place: Path) -> Bench:
    """The command made ready in an empty folder, and run once for its reference in `place/whole`."""
    import safetensors.torch

    from shiftprobe.models.build import build

    (place / "spec.yaml").write_text(yaml.safe_dump(SPEC))
    (place / "policy.yaml").write_text(yaml.safe_dump(POLICY))
    model = build("small_cnn", classes=10, channels=1, size=8, seed=0)
    safetensors.torch.save_file(model.state_dict(), place / "model.safetensors")
    out = place / "whole"
    done = CliRunner().invoke(app, _command(kind, place, out, 1))
    empty = Bench(kind=kind, place=place, reference={}, code=done.exit_code)
    if done.exit_code not in {0, 1, 3}:
        raise ValueError(done.stderr)
    folder = empty.folder(out)
    whole = {name: (folder / name).read_bytes() for name in RESULTS[kind]}
    return Bench(kind=kind, place=place, reference=whole, code=done.exit_code)
