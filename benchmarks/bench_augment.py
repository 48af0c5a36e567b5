"""What augmentation costs the training loop: steps with it against steps without, in one process, interleaved.

A step lasts from one forward pass to the next: the network's work, and the making of the next batch. Every round trains
once with each augmentation; its rows (median step, processor and wall time) are added to `bench_augment.csv`. The
printed ratio is the speed with augmentation divided by the speed without, the median over all rounds in the table.
`python benchmarks/bench_augment.py --rounds 3 "resnet18, batch 32"` adds 3 rounds of one case, `--device cuda` does so
on a GPU, which is waited for at every step.
"""

import argparse
import csv
import os
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # or threads that wait count as work where cores are shared

import torch
from torch import nn

from shiftprobe.models.build import build
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = ("case", "device", "threads", "augmentation", "round", "processor_ms", "wall_ms", "load")
CROP = {"aug": "crop_flip", "scale": 0.35, "flip": True}
AUGMENTATIONS: dict[str, dict[str, object]] = {
    "none": {},
    "crop_flip": CROP,
    "trivial": CROP | {"aug": "trivial"},
    "crop_flip, mixup": CROP | {"mixup": 0.2},
    "trivial, mixup, cutmix": CROP | {"aug": "trivial", "mixup": 0.2, "cutmix": 1.0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A network at a size, in batches."""

    arch: str
    side: int
    channels: int
    batch: int
    steps: int  # of each training
    threads: int = 2


CASES = {
    "resnet18, batch 32": Case(arch="torchvision:resnet18", side=64, channels=3, batch=32, steps=5),
    "resnet18, batch 64": Case(arch="torchvision:resnet18", side=64, channels=3, batch=64, steps=4),
    "resnet18, batch 64, one thread": Case(
        arch="torchvision:resnet18", side=64, channels=3, batch=64, steps=4, threads=1
    ),
    "small_cnn, batch 64, one thread": Case(arch="small_cnn", side=28, channels=1, batch=64, steps=40, threads=1),
}


class Clock:
    """Notes the processor and the wall time at which a network begins each training step."""

    def __init__(self, network: nn.Module, device: str) -> None:
        self._device = device
        self._began: list[tuple[float, float]] = []
        network.register_forward_pre_hook(self._note)

    def _note(self, network: nn.Module, _: object) -> None:
        if network.training:
            if self._device == "cuda":
                torch.cuda.synchronize()
            self._began.append((time.process_time(), time.perf_counter()))

    def medians(self) -> tuple[float, float]:
        """Processor and wall time of the median step, in ms."""
        processor, wall = np.median(np.diff(self._began, axis=0), axis=0) * 1000
        return float(processor), float(wall)


def measured(case: Case, augmentation: dict[str, object], device: str) -> tuple[float, float]:
    """Processor and wall time of the median step of one training, in ms."""
    rng = np.random.default_rng(0)
    count = case.batch * case.steps
    images = rng.integers(0, 256, (count, case.side, case.side, case.channels), dtype=np.uint8)
    data = Labelled(images, rng.integers(0, 10, count))
    network = build(case.arch, classes=10, channels=case.channels, size=case.side, seed=0).to(device)
    clock = Clock(network, device)
    preprocess = Preprocess(case.side, case.channels, (0.5,) * case.channels, (0.25,) * case.channels)
    recipe = Recipe(opt="sgd", lr=1e-3, batch=case.batch, epochs=1, **augmentation)  # type: ignore[arg-type]
    fit(network, data, preprocess, recipe, seed=0, device=device)
    return clock.medians()


def main(rounds: int, names: list[str], device: str) -> None:
    rows = list(csv.DictReader(TABLE.open())) if TABLE.exists() else []
    for name in names or CASES:
        torch.set_num_threads(CASES[name].threads)
        first = 1 + max((int(row["round"]) for row in rows if of(row, name, device)), default=0)
        for one in range(first, first + rounds):
            for augmentation, keys in AUGMENTATIONS.items():
                processor, wall = measured(CASES[name], keys, device)
                told = (name, device, CASES[name].threads, augmentation, one, f"{processor:.2f}", f"{wall:.2f}")
                rows.append(dict(zip(COLUMNS, (*map(str, told), f"{os.getloadavg()[0]:.1f}"), strict=True)))
            write(rows)
        show(name, [row for row in rows if of(row, name, device)])


def of(row: dict[str, str], name: str, device: str) -> bool:
    return (row["case"], row["device"]) == (name, device)


def write(rows: list[dict[str, str]]) -> None:
    with TABLE.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def show(name: str, rows: list[dict[str, str]]) -> None:
    print(f"{name}: speed of a step, 1.00 without augmentation (processor time, wall time)")
    times: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for row in rows:
        times[row["augmentation"]][row["round"]] = float(row["processor_ms"]), float(row["wall_ms"])
    for augmentation, found in times.items():
        ratios = [np.divide(times["none"][one], found[one]) for one in found]
        processor, wall = (statistics.median(float(ratio[i]) for ratio in ratios) for i in (0, 1))
        print(f"  {processor:5.2f} {wall:5.2f}  {augmentation}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    main(given.rounds, given.cases, given.device)
