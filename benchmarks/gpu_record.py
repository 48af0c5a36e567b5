"""What the stages of measure_gpu.py share: a place to work, rows that are on disk once they are known, a command."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import torch
import torchvision

AT_END, POLL = 15.0, 0.1  # s: what a stage keeps for writing down, how often it looks
MOST_LINES = 6  # quoted of what a command said
DETERMINISTIC = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}  # without it cuBLAS may choose another order of sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stage works, and how large."""

    out: Path  # one JSON file per stage, and the report of gpu-fashion
    work: Path  # run folders and small files
    fashion: Path | None  # the idx files of Fashion-MNIST
    device: str
    tiny: bool
    until: float  # time.monotonic() at which the stage is ended

    @property
    def on_gpu(self) -> bool:
        """Whether there is something new to measure."""
        return self.device == "cuda"


@dataclass(slots=True, kw_only=True)
class Record:
    """The rows of one stage; the file holds all of them after each."""

    path: Path
    head: Mapping[str, object]
    began: float = field(default_factory=time.monotonic)
    rows: list[Mapping[str, object]] = field(default_factory=list)

    def add(self, row: Mapping[str, object]) -> None:
        """Print a row and write the file anew."""
        row = {**row, "at_s": round(time.monotonic() - self.began, 1)}
        self.rows.append(row)
        print(f"  {self.path.stem}: " + "  ".join(f"{key}={_short(value)}" for key, value in row.items()), flush=True)
        beside = self.path.with_suffix(".part")
        beside.write_text(json.dumps({**self.head, "rows": self.rows}, indent=1, default=str) + "\n")
        beside.replace(self.path)


def _short(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def facts(device: str) -> dict[str, object]:
    """What a figure must be read with."""
    gpu = torch.cuda.get_device_properties(0) if device == "cuda" else None
    return {
        "device": gpu.name if gpu else f"{platform.machine()}, {torch.get_num_threads()} threads",
        "memory_gib": round(gpu.total_memory / 2**30, 1) if gpu else None,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version() if gpu else None,  # type: ignore[no-untyped-call]
        "cudnn_allow_tf32": torch.backends.cudnn.allow_tf32,  # of convolutions; on unless somebody turns it off
        "matmul_precision": torch.get_float32_matmul_precision(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def timed(work: Callable[[], object], device: str) -> float:
    """Wall seconds of one call, the device's queue emptied before and after."""
    settle(device)
    began = time.perf_counter()
    work()
    settle(device)
    return time.perf_counter() - began


def settle(device: str) -> None:
    """Wait for what the device still has to do."""
    if device == "cuda":
        torch.cuda.synchronize()


def start(arguments: Sequence[str], log: Path, extra: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """The command line as a user starts it, in a process of its own; both streams go into a file."""
    command = [sys.executable, "-m", "shiftprobe", *arguments]
    with log.open("wb") as file:
        return subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(extra or {})},
        )


def as_they_end(going: Mapping[str, "subprocess.Popen[bytes]"], until: float) -> Iterator[tuple[str, int | None]]:
    """Name and exit code of each process once it has ended; None for one that had to be killed at `until`."""
    left = dict(going)
    while left:
        over = time.monotonic() > until
        for name, process in list(left.items()):
            if process.poll() is None and over:
                process.kill()
                process.wait()
                yield name, None
                del left[name]
            elif process.poll() is not None:
                yield name, process.returncode
                del left[name]
        time.sleep(POLL)


def said(log: Path) -> list[str]:
    """What a command said of failures, with the end of the traceback it points to; else its last line."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    told = [line for line in lines if "memory" in line.lower() or "failed" in line or line.startswith("shiftprobe:")]
    told = [line for line in told if not line.startswith("running code")][:MOST_LINES]
    for line in told:
        traceback = Path(line.rpartition(" ")[2])
        if traceback.suffix == ".log" and traceback.is_file():
            return [*told, *traceback.read_text(errors="replace").splitlines()[-MOST_LINES:]]
    return told or lines[-1:]


def run_folder(out: Path) -> Path | None:
    """The one run below a folder."""
    return next((path.parent for path in sorted(out.glob("*/spec.json"))), None)
