"""A run folder of which only the markers are there, as a run that goes on leaves them."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.specs import DIGITS

BEGAN = 1_800_000_000.0  # when the run began, in seconds since 1970
STARTED = "2027-01-15T08:00:00+00:00"  # the same
ARMS = ("scratch", "transfer")
PROBES = ("accuracy", "cka")
MACHINE = {"cpu": "AVX2", "torch": "2", "shiftprobe": "1 (abc)", "threads": 1, "gpu": ""}


def plan(path: Path, *, seeds: int = 3, parts: bool = True, run: Sequence[str] = (), **environment: Any) -> Path:
    """What a run writes as it begins: two conditions, one budget; zero_shot where no seed is, two arms elsewhere."""
    asked = {**DIGITS, "seeds": list(range(seeds)), "probes": [*PROBES, *run], "arms": ["zero_shot", *ARMS]}
    path.mkdir(parents=True)
    (path / "spec.json").write_text(json.dumps(asked))
    every = {
        "checkpoint": {"arms": ["zero_shot"], "probes": list(PROBES)},
        "arms": {"arms": list(ARMS), "probes": list(PROBES)},
        "run": list(run),
    }
    (path / "about.json").write_text(json.dumps({"cell_parts": every} if parts else {}))
    (path / "environment.json").write_text(json.dumps({"started": STARTED, **environment}))
    return path


def keys(seeds: int = 3) -> list[str]:
    """The folders' names of every cell of such a run."""
    places = ("identity~0.0", "rotation~0.5")
    return [*places, *(f"{place}~b40~s{seed}" for place in places for seed in range(seeds))]


def put(path: Path, key: str, part: str, at: float = BEGAN + 60, about: Mapping[str, Any] | None = None) -> None:
    """One part of a cell, an arm or a probe by name, written at a time."""
    folder = path / "probes" / part / key if part in PROBES else path / "cells" / key / part
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "about.json").write_text(json.dumps({"failed": "", "machine": MACHINE, **(about or {})}))
    (folder / "manifest.json").write_text("{}")
    os.utime(folder / "manifest.json", (at, at))


def put_whole(path: Path, key: str, at: float = BEGAN + 60, about: Mapping[str, Any] | None = None) -> None:
    """All that belongs into a cell."""
    for part in (*(ARMS if "~s" in key else ("zero_shot",)), *PROBES):
        put(path, key, part, at, about)


def fail(path: Path, key: str, said: str, at: float = BEGAN + 60) -> None:
    """The traceback of a cell that failed."""
    file = path / "cells" / f"{key}.error.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    g(\n    )\n{said}\n')
    os.utime(file, (at, at))
