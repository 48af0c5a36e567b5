"""How often the flip map calls images where only seeds differ, and the share of false calls beside real ones.

    python benchmarks/flip_map_size.py [--draws 400]

Images have a skill; a training has one right where skill + what its seed moves for all images + what it moves for this
one exceeds 0. Rows go to `flip_map_size.csv`, a cell each; cells that stand there are not drawn again.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from shiftprobe.core import seeding
from shiftprobe.stats.image_flips import image_flips

FILE = Path(__file__).with_name("flip_map_size.csv")
COLUMNS = ("seeds", "conditions", "common", "shared", "hurt", "draws", "any_false", "false_share", "found")
IMAGES = 300
CELLS = [
    (seeds, conditions, common, shared, hurt)
    for seeds, conditions in ((4, 1), (5, 1), (5, 3), (8, 1))
    for common, shared in ((0.0, 0.0), (0.4, 0.0), (0.4, 0.8), (1.5, 0.0))
    for hurt in (0, 60)
]


def draw(cell: tuple[int, int, float, float, int], number: int) -> tuple[bool, float, float]:
    """Whether any call is false, the share of false calls, and the share of hurt images that are found."""
    seeds, conditions, common, shared, hurt = cell
    rng = seeding.generator("flip map", number, *map(str, cell))
    skill, harmed = 1.5 * rng.standard_normal(IMAGES), np.arange(IMAGES) < hurt
    together = shared * rng.standard_normal((seeds, 1, IMAGES))  # training images that both arms of a seed share

    def arm(moved: float) -> np.ndarray:
        seed = common * rng.standard_normal((seeds, 1, 1)) + 0.8 * rng.standard_normal((seeds, 1, IMAGES)) + together
        return skill + moved * harmed + seed + 0.4 * rng.standard_normal((seeds, conditions, IMAGES)) > 0

    called = image_flips(arm(-3.0), arm(3.0)).called()
    false = int((called & ~harmed).sum())
    return false > 0, false / max(1, int(called.sum())), float((called & harmed).sum() / max(1, hurt))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=400)
    draws = parser.parse_args().draws
    rows = list(csv.DictReader(FILE.open())) if FILE.exists() else []
    done = {tuple(row[name] for name in COLUMNS[:5]) for row in rows}
    for cell in CELLS:
        if tuple(map(str, cell)) in done:
            continue
        found = np.array([draw(cell, number) for number in range(draws)], float).mean(axis=0)
        rows.append(dict(zip(COLUMNS, (*cell, draws, *(f"{one:.4f}" for one in found)), strict=True)))
        with FILE.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
