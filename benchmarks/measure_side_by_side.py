"""Trainings side by side on one device against one by one, and whether each gives the same weights.

    python benchmarks/measure_side_by_side.py --device cuda
    python benchmarks/measure_side_by_side.py --device cpu --tiny     anywhere, to see that it works

Per network and number of processes: every process first does one training, so that libraries and the device are ready;
then 4 trainings per process are timed. A row of `side_by_side.csv` each; rows that are there are not measured again.
The goal on a GPU: at least 6 x one by one for small_cnn, at least 2 x for resnet18 at 64 px. Not measured yet.
"""

import csv
import sys
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROWS = Path(__file__).with_name("side_by_side.csv")
KEY = ("device", "network", "px", "batch", "processes")
COLUMNS = (*KEY, "trainings", "seconds_each", "times_one_by_one", "same_weights")
NETWORKS = {"small_cnn": (28, 1), "torchvision:resnet18": (64, 3)}  # px, channels
EACH = 4  # trainings per process
CLASSES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every process is given."""

    network: str
    px: int
    channels: int
    images: int
    batch: int
    epochs: int
    device: str


def train(work: Work, seed: int) -> tuple[int, str]:
    """The digest of the weights that a seed gives."""
    from shiftprobe.models.build import build
    from shiftprobe.models.formats.checkpoint import state_digest
    from shiftprobe.models.placing import placed
    from shiftprobe.models.preprocess import Preprocess
    from shiftprobe.spec.recipe import Recipe
    from shiftprobe.train.loop import fit
    from shiftprobe.train.pixels import Labelled

    shape = (work.images, work.px, work.px, work.channels)
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    data = Labelled(pixels, np.arange(work.images) % CLASSES)
    model = build(work.network, classes=CLASSES, channels=work.channels, size=work.px, seed=seed)
    preprocess = Preprocess(work.px, work.channels, (0.5,) * work.channels, (0.25,) * work.channels)
    recipe = Recipe(epochs=work.epochs, batch=work.batch, lr=1e-3)
    fit(placed(model, work.device), data, preprocess, recipe, seed=seed, device=work.device)
    return seed, state_digest(model.cpu().state_dict())


def measured(work: Work, processes: int) -> tuple[float, dict[int, str]]:
    """Seconds per training, and the digest of each."""
    from shiftprobe.engine.executors.base import Demand, suited

    demand = Demand(workers=processes, device=work.device, in_memory=False)
    with suited(demand).start(work, 1, processes) as pool:
        digests = dict(pool.map(train, range(processes)))
        began = time.perf_counter()
        digests |= dict(pool.map(train, range(EACH * processes)))
        return (time.perf_counter() - began) / (EACH * processes), digests


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--tiny", action="store_true", help="sizes that measure nothing, to try the command")
    parser.add_argument("--out", type=Path, default=ROWS)
    args = parser.parse_args()
    rows = list(csv.DictReader(args.out.open())) if args.out.exists() else []
    for network in args.networks:
        px, channels = NETWORKS[network]
        images, epochs = (32, 1) if args.tiny else (1000, 10)
        work = Work(
            network=network, px=px, channels=channels, images=images, batch=args.batch, epochs=epochs,
            device=args.device,
        )  # fmt: skip
        alone: tuple[float, dict[int, str]] | None = None
        for processes in [1, *(n for n in args.processes if n > 1)]:
            key = tuple(map(str, (args.device, network, px, args.batch, processes)))
            if processes > 1 and any(tuple(row[name] for name in KEY) == key for row in rows):
                continue
            seconds, digests = measured(work, processes)
            alone = alone or (seconds, digests)
            same = all(digests[seed] == digest for seed, digest in alone[1].items())
            values = (*key, EACH * processes, f"{seconds:.3f}", f"{alone[0] / seconds:.2f}", same)
            rows = [row for row in rows if tuple(row[name] for name in KEY) != key]
            rows.append(dict(zip(COLUMNS, map(str, values), strict=True)))
            with args.out.open("w", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            sys.stdout.write(f"{rows[-1]}\n")


if __name__ == "__main__":
    main()
