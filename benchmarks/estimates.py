"""How near the time said before a run comes to what it takes: 24 cases, listed before they were measured.

    python benchmarks/estimates.py estimates.csv [--only audit-digits]

Each case is one command as a user types it, with caches cold where it says so; what it announces is read from its own
lines. A case holds where the time lies within a factor of 1.5 of what was said, or of the nearer end of a range. Rows
that are there are kept; a case of under ten seconds says little, and its row has no word.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
import torchvision

from bench_audit import pictures

UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}
SAID = re.compile(r"([\d.]+) (s|min|h)\b")
SPEC = "--set=train.device=cpu"
PHOTOS = ("--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225")
AT_224 = ("--size", "224", "--resize", "256", *PHOTOS)
AT_64 = ("--size", "64", *PHOTOS)
NEVER = 1.5  # factor
BRIEF = 10.0  # seconds
SIZES = (("64", 400, (64, 64)), ("many", 600, (64, 64)), ("512", 60, (683, 512)), ("12mp", 40, (4000, 3000)))


def cases(place: Path) -> dict[str, tuple[str, ...]]:
    """Every command by name; `cold` begins without a cache."""
    nets = {name: weights(place, name) for name in ("resnet18", "resnet50", "vit_b_16")}
    small, middle, large, many = (str(place / name) for name in ("64", "512", "12mp", "many"))

    def audit(net: str, data: str, how: Sequence[str], *more: str) -> tuple[str, ...]:
        return ("audit", nets[net], "--arch", f"torchvision:{net}", "--data", data, "--classes", "data", *how, *more)

    digits = (
        "audit",
        str(place / "digits.pt"),
        "--data",
        "digits:mnist",
        "--classes",
        "data",
        "--mean",
        "0.5",
        "--std",
        "0.5",
    )
    return {
        "audit-digits": digits,
        "audit-digits-500": (*digits, "--images", "500"),
        "audit-digits-to-uci": (*digits, "--target", "digits:uci"),
        "audit-digits-to-uci-unlabelled": (*digits, "--target", "digits:uci", "--unlabelled"),
        "audit-64-resnet18-cold": audit("resnet18", many, AT_64),
        "audit-64-resnet18": audit("resnet18", small, AT_64),
        "audit-64-resnet50": audit("resnet50", small, AT_64),
        "audit-224-resnet18-cold": audit("resnet18", middle, AT_224),
        "audit-224-resnet18": audit("resnet18", middle, AT_224),
        "audit-224-resnet18-bf16": audit("resnet18", middle, AT_224, "--precision", "bf16"),
        "audit-224-resnet50": audit("resnet50", middle, AT_224),
        "audit-224-vit_b_16": audit("vit_b_16", middle, AT_224, "--images", "20"),
        "audit-12mp-resnet18-cold": audit("resnet18", large, AT_224),
        "audit-12mp-resnet18": audit("resnet18", large, AT_224),
        "audit-12mp-resnet50": audit("resnet50", large, AT_224, "--images", "20"),
        "audit-224-one-worker": audit("resnet18", middle, AT_224, "--workers", "1"),
        "sweep-digits-1-seed": ("sweep", "digits", "--seeds", "1", SPEC),
        "sweep-digits-2-doses": ("sweep", "digits", "--seeds", "2", "--severity", "0.5,1", SPEC),
        "sweep-digits-accuracy": ("sweep", "digits", "--seeds", "3", "--probes", "accuracy", SPEC),
        "compare-paper-3-seeds": ("compare", "paper", "--seeds", "3", SPEC),
        "compare-paper-20-epochs": ("compare", "paper", "--seeds", "2", "--set", "train.epochs=20", SPEC),
        "sweep-64-photographs": ("sweep", *photographs(place, many, 64), "--seeds", "1"),
        "compare-64-photographs": ("compare", *photographs(place, many, 64), "--seeds", "2"),
        "compare-224-photographs": ("compare", *photographs(place, middle, 96), "--seeds", "1"),
    }


def photographs(place: Path, folder: str, side: int) -> tuple[str, ...]:
    """A spec that trains a ResNet-18 on half of a folder and goes to the other half."""
    spec = place / f"photographs-{side}-{Path(folder).name}.yaml"
    preprocess = f"{{size: {side}, channels: 3, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}}"
    spec.write_text(
        f"name: photographs\nsource: {{data: 'folder:{folder}'}}\ntarget: {{data: 'folder:{folder}', budgets: [16]}}\n"
        f"model: {{arch: 'torchvision:resnet18', preprocess: {preprocess}}}\n"
        "shifts: [gaussian_blur]\nseverities: [0.5]\ntrain: {epochs: 2, device: cpu}\nprobes: [accuracy, linear]\n"
    )
    return (str(spec),)


def weights(place: Path, name: str) -> str:
    """A network that nobody trained, for two classes."""
    path = place / f"{name}.pt"
    torch.save(getattr(torchvision.models, name)(num_classes=2).state_dict(), path)
    return str(path)


def ran(command: Sequence[str], cache: Path) -> "subprocess.CompletedProcess[str]":
    """A command in a process of its own."""
    env = {**os.environ, "SHIFTPROBE_CACHE": str(cache)}
    whole = [sys.executable, "-m", "shiftprobe", *command]
    return subprocess.run(whole, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own words


def said(lines: str) -> tuple[float, float] | None:
    """Both ends of what a command announces, in seconds; the same twice where it names one time."""
    line = next((one for one in lines.splitlines() if "about" in one and ("thread" in one or "process" in one)), "")
    found = [float(number) * UNITS[unit] for number, unit in SAID.findall(line.partition("about")[2])]
    return (found[0], found[1] if "at most" in line else found[0]) if found else None


def main() -> None:
    """A row per case as soon as it is measured."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("out", type=Path)
    asked.add_argument("--only", action="append")
    given = asked.parse_args()
    done = {row["case"] for row in csv.DictReader(given.out.open())} if given.out.exists() else set()
    with tempfile.TemporaryDirectory() as name, given.out.open("a", newline="") as file:
        place = Path(name)
        for folder, count, size in SIZES:
            pictures(place / folder, count, size)
        from shiftprobe.models.build import build

        torch.save(build("small_cnn", classes=10, channels=1, size=28, seed=0).state_dict(), place / "digits.pt")
        rows = csv.writer(file)
        if not done:
            rows.writerow(["case", "least", "most", "took", "word"])
        for case, command in cases(place).items():
            if case in done or (given.only and case not in given.only):
                continue
            cache = place / (f"cold-{case}" if case.endswith("cold") else "cache")
            if not case.endswith("cold"):
                ran((*command, "--dry-run"), cache)
            began = time.monotonic()
            ended = ran((*command, "--out", str(place / "out" / case)), cache)
            took, ends = time.monotonic() - began, said(ended.stderr)
            if ended.returncode not in {0, 1, 3}:
                raise SystemExit(f"{case}: {ended.stderr}")
            held = ends is not None and ends[0] / NEVER <= took <= ends[1] * NEVER
            word = "" if took < BRIEF else "holds" if held else "silent" if ends is None else "off"
            rows.writerow([case, *(f"{one:.0f}" for one in ends or (0, 0)), f"{took:.1f}", word])
            file.flush()


if __name__ == "__main__":
    main()
