"""Memory that probes take beside features that lie on disk: 50,000 images, 20 taps of 512 features, two views.

Each probe runs in a process of its own; what counts is the largest anonymous memory (RssAnon of Linux) above what the
process held before it looked, sampled every 10 ms. The features' own pages are the system's to drop.
"""

import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import PENULTIMATE, Cell, Taps, View
from shiftprobe.probes import PROBES

IMAGES, FEATURES, CLASSES = 50_000, 512, 10
TAPS = (*(f"layer{i}" for i in range(19)), PENULTIMATE)
NAMES = ("cka", "similarity", "linear", "domain", "transferability", "null_band")
LIMIT = 2**31
LOOK, SEEDS = Cell("noise", 0.5), tuple(Cell("noise", 0.5, IMAGES, seed) for seed in range(2))

Mapped = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Stored:
    """Evidence whose every view is one of two sets of features on disk."""

    views: Mapping[str, View]
    cell: Cell = LOOK
    arms: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = tuple(map(str, range(CLASSES)))
    taps: Taps = "all"

    def view(self, model: str, images: str) -> View:  # noqa: ARG002 - as evidence is asked
        """One of the two sets."""
        return self.views["clean" if images in {"clean", "train"} or self.cell.seed == 0 else "target"]


def write(folder: Path, taps: int) -> None:
    """The taps of both sides; with a memory limit on the measuring side they would be read again and again."""
    rng = np.random.default_rng(0)
    for tap in TAPS[-taps:]:
        x = rng.standard_normal((IMAGES, FEATURES), np.float32)
        for side in ("clean", "target"):
            x += 0.5 * rng.standard_normal((IMAGES, FEATURES), np.float32)
            np.save(folder / f"{tap}.{side}.npy", x)


def stored(folder: Path, taps: int) -> dict[str, View]:
    labels = np.arange(IMAGES) % CLASSES
    found = {}
    for side in ("clean", "target"):
        mapped: Mapped = {tap: np.load(folder / f"{tap}.{side}.npy", mmap_mode="r") for tap in TAPS[-taps:]}
        logits = np.zeros((IMAGES, CLASSES), np.float32)
        found[side] = View(labels=labels, logits=logits, features=mapped)
    return found


def anonymous() -> int:
    """Bytes of this process that no file backs."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("RssAnon:")))


@contextmanager
def watched() -> Iterator[list[int]]:
    seen, done = [anonymous()], threading.Event()

    def sample() -> None:
        while not done.wait(0.01):
            seen.append(anonymous())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def measure(name: str, folder: Path, taps: int) -> None:
    """In a process of its own: bytes above the start, and processor seconds."""
    views = stored(folder, taps)
    cells = {LOOK: Stored(views)} | {cell: Stored(views, cell=cell, arms=("scratch",)) for cell in SEEDS}
    with watched() as seen:
        began = time.process_time()
        PROBES[name](cells if PROBES[name].scope == "run" else cells[LOOK])  # type: ignore[arg-type] # as its scope says
        took = time.process_time() - began
    print(max(seen) - seen[0], took)


def asked() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("probes", nargs="*", default=NAMES, help="which probes; all by default")
    parser.add_argument("--taps", type=int, default=len(TAPS), help="how many taps; only those of cka stand together")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = asked()
    with tempfile.TemporaryDirectory() as kept:
        write(Path(kept), wanted.taps)
        print(f"{IMAGES} images, {wanted.taps} taps of {FEATURES} features on disk: anonymous memory beyond the start")
        for name in wanted.probes:
            code = f"from measure_memory import Path, measure; measure({name!r}, Path({kept!r}), {wanted.taps})"
            command, here = [sys.executable, "-c", code], Path(__file__).parent
            done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=here)  # noqa: S603 - ours
            size, took = map(float, done.stdout.split())
            verdict = "over" if size > LIMIT else "within"
            print(f"  {size / 2**20:7.0f} MiB  {verdict} 2 GiB  {took:6.1f} s  {name}", flush=True)
