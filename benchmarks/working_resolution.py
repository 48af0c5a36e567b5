"""How far accuracy under a shift at the working resolution differs from that on all pixels, shift by shift.

    python benchmarks/working_resolution.py PHOTOGRAPHS WEIGHTS out.csv [--images 20] [--severity 0.5]

PHOTOGRAPHS is a folder per class of large pictures, WEIGHTS a state dict of torchvision's ResNet-18 with an output for
each class, in the order of their names. Each shift falls on all pixels of each picture, and on the picture brought to
twice what the network sees. Told are both accuracies, how many images get the same answer, how far what the network is
given is moved by the shift on all pixels, and how far it lies from that at the working resolution (mean grey levels).
"""

import argparse
import csv
import time
from pathlib import Path

import numpy as np
import torch
import torchvision

from shiftprobe import data
from shiftprobe.engine.shifted_sets import Dose, prepared
from shiftprobe.models.extract import extract
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.shifts import SHIFTS, find

COLUMNS = ("shift", "severity", "n", "native", "working", "same", "moved", "apart", "cpu_native", "cpu_working")
PREPROCESS = Preprocess(224, 3, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), resize=256)


def main() -> None:
    """Write a row per shift as soon as it is measured; rows that are there are kept."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("photographs", type=Path)
    asked.add_argument("weights", type=Path)
    asked.add_argument("out", type=Path)
    asked.add_argument("--images", type=int, default=20)
    asked.add_argument("--severity", type=float, default=0.5)
    given = asked.parse_args()
    torch.set_num_threads(1)
    bundle = data.load(f"folder:{given.photographs}", Path())
    places = np.linspace(0, len(bundle) - 1, given.images).round().astype(int).tolist()
    labels = bundle.labels[places]
    model = torchvision.models.resnet18(num_classes=len(bundle.classes))
    model.load_state_dict(torch.load(given.weights, weights_only=True))
    clean = prepared(bundle.images, places, Dose(find("brightness"), 0.0, 0, PREPROCESS.working_side), PREPROCESS)
    done = {row["shift"] for row in csv.DictReader(given.out.open())} if given.out.exists() else set()
    with given.out.open("a", newline="") as file:
        rows = csv.writer(file)
        if not done:
            rows.writerow(
                ["shift", "severity", "n", "native", "working", "same", "moved", "apart", "cpu_native", "cpu_working"]
            )
        for name in (name for name in SHIFTS if name not in done):
            found, given_to, seconds = [], [], []
            for side in (None, PREPROCESS.working_side):
                began = time.process_time()
                pixels = prepared(bundle.images, places, Dose(find(name), given.severity, 0, side), PREPROCESS)
                seconds.append((time.process_time() - began) / len(places))
                view = extract(model.eval(), pixels, labels, PREPROCESS, taps=(), head="fc")
                given_to.append(pixels.astype(np.int16))
                found.append(view.logits.argmax(axis=1))
            right = [f"{(answers == labels).mean():.3f}" for answers in found]
            same = f"{(found[0] == found[1]).mean():.3f}"
            moved, apart = (np.abs(given_to[0] - other).mean() for other in (clean.astype(np.int16), given_to[1]))
            right += [same, f"{moved:.1f}", f"{apart:.1f}"]
            rows.writerow([name, given.severity, len(places), *right, *(f"{one:.3f}" for one in seconds)])
            file.flush()


if __name__ == "__main__":
    main()
