"""Memory that a training takes beside its network: 50,000 images of 224 px (7.5 GB on disk), 200 steps.

The training is a process of its own; what counts is its anonymous memory (RssAnon of Linux, summed over the process and
its children) above what it held with network and libraries before the first step, sampled every 10 ms. Pages of the set
are the system's to drop. A row of `training_memory.csv` per training; rows that are there are not measured again.

Result (29 November 2026, torch 2.15, 2 shared cores): 574 MiB for 500 images, 629 for 50,000 (one convolution, batch
64); the limit is 4 GiB.
"""

import csv
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

ROWS = Path(__file__).with_name("training_memory.csv")
COLUMNS = ("network", "images", "px", "batch", "steps", "recipe", "before_mib", "added_mib", "seconds")
LIMIT = 4 * 1024  # MiB
BLOCK = 500  # images written at a time
RECIPES = ("plain", "crop_flip", "mixup")


def anonymous(process: int) -> int:
    """MiB that no file stands behind, of a process and all below it."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")), 0)
    return own // 1024 + sum(anonymous(int(child)) for child in children)


def write(path: Path, images: int, px: int) -> None:
    """A set as a run writes it; blocks of noise, each rolled by a row so that no two images are the same."""
    out = np.lib.format.open_memmap(path, "w+", np.uint8, (images, px, px, 3))
    block = np.random.default_rng(0).integers(0, 256, (BLOCK, px, px, 3), dtype=np.uint8)
    for start in range(0, images, BLOCK):
        part = out[start : start + BLOCK]
        part[:] = np.roll(block, start // BLOCK, axis=1)[: len(part)]
    out.flush()


def train(args: Namespace) -> None:
    """The training itself, in a process of its own; says when the network is there and when it is done."""
    import torch

    from shiftprobe.core.rows import Rows
    from shiftprobe.models.build import build
    from shiftprobe.models.preprocess import Preprocess
    from shiftprobe.spec.recipe import Recipe
    from shiftprobe.train.loop import fit
    from shiftprobe.train.pixels import Labelled

    torch.set_num_threads(1)
    if args.network == "strided":
        layers = [torch.nn.Conv2d(3, 16, 8, stride=8), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1)]
        model: torch.nn.Module = torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(16, 10))
    else:
        model = build(args.network, classes=10, channels=3, size=args.px, seed=0)
    parts = {"crop_flip": {"scale": 0.5, "flip": True}, "mixup": {"scale": 0.5, "flip": True, "mixup": 0.2}}
    recipe = Recipe(
        steps=args.steps, batch=args.batch, aug="none" if args.recipe == "plain" else "crop_flip", lr=1e-4,
        **parts.get(args.recipe, {}),  # type: ignore[arg-type]
    )  # fmt: skip
    images = np.load(args.set, mmap_mode="r")
    index = np.random.default_rng(1).permutation(len(images))
    data = Labelled(Rows(images, index), index % 10)
    judges = Labelled(Rows(images, index[:64]), index[:64] % 10)
    preprocess = Preprocess(args.px, 3, (0.5,) * 3, (0.25,) * 3)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    fit(model.to(args.device), data, preprocess, recipe, seed=0, device=args.device, validation=judges)
    sys.stdout.write("done\n")


def measured(args: Namespace, images: int, path: Path) -> dict[str, object]:
    """One row."""
    flags = ["--network", args.network, "--px", args.px, "--batch", args.batch, "--steps", args.steps]
    flags += ["--device", args.device]
    command = [sys.executable, __file__, "--train", "--set", path, "--recipe", args.recipe, *flags]
    pipe = subprocess.PIPE
    with subprocess.Popen(list(map(str, command)), stdout=pipe, stdin=pipe, text=True) as process:  # noqa: S603 - ours
        if process.stdout is None or process.stdin is None or process.stdout.readline() != "ready\n":
            raise SystemExit("the training did not begin; see above")
        before, began, most = anonymous(process.pid), time.perf_counter(), 0
        process.stdin.write("go\n")
        process.stdin.flush()
        while process.poll() is None:
            most = max(most, anonymous(process.pid))
            time.sleep(0.01)
        if process.returncode or process.stdout.read() != "done\n":
            raise SystemExit("the training failed; see above")
    seconds = round(time.perf_counter() - began)
    values = (args.network, images, args.px, args.batch, args.steps, args.recipe, before, most - before, seconds)
    return dict(zip(COLUMNS, values, strict=True))


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[500, 50_000])
    parser.add_argument("--px", type=int, default=224)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument(
        "--network", default="strided", help="strided (one convolution, so that little time goes), or as model.arch"
    )
    parser.add_argument("--recipe", choices=RECIPES, default="plain")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the set lies meanwhile")
    parser.add_argument("--out", type=Path, default=ROWS)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--train", action="store_true", help="for the process that is measured")
    parser.add_argument("--set", type=Path)
    args = parser.parse_args()
    if args.train:
        return train(args)
    there = list(csv.DictReader(args.out.open())) if args.out.exists() else []
    key = ("network", "images", "px", "batch", "steps", "recipe")
    done = {tuple(row[name] for name in key) for row in there}
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        for images in args.images:
            if tuple(map(str, (args.network, images, args.px, args.batch, args.steps, args.recipe))) in done:
                continue
            path = Path(folder, "set.npy")
            write(path, images, args.px)
            row = measured(args, images, path)
            there.append({name: str(value) for name, value in row.items()})
            with args.out.open("w", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(there)
            sys.stdout.write(f"{row}\n")
            if int(str(row["added_mib"])) > LIMIT:
                raise SystemExit(f"wanted at most {LIMIT} MiB beside the network")
    return None


if __name__ == "__main__":
    main()
