"""How often does a gate pass by mistake where images come in groups? Resumable; rows in `benchmarks/groups/gates.csv`.

`python benchmarks/validate_groups.py --draws 2000` simulates a checkpoint that is truly exactly at the threshold, so
that a pass is a mistake that is promised in .025 at most: as if images were independent, and by groups. A case that
stands in the table is not run again.
"""

import csv
import itertools
from argparse import ArgumentParser
from pathlib import Path

import numpy as np

from shiftprobe.core.seeding import generator
from shiftprobe.stats import gate, grouped_gate

TABLE = Path(__file__).parent / "groups" / "gates.csv"
HEAD = ("threshold", "groups", "images", "alike", "draws", "pass_by_images", "pass_by_groups", "fail_by_groups")
THRESHOLDS, GROUPS, SIZES, ALIKE = (0.7, 0.9, 0.97), (10, 20, 50), ("1-20", "4"), (0.0, 0.3, 0.7, 1.0)
Case = tuple[float, int, str, float]


def shares(threshold: float, groups: int, alike: float, rng: np.random.Generator) -> np.ndarray:
    """Each group's own accuracy: the same in all at 0, each all right or all wrong at 1, a beta law between."""
    if alike == 0.0:
        return np.full(groups, threshold)
    if alike == 1.0:
        return (rng.random(groups) < threshold).astype(float)
    weight = (1.0 - alike) / alike
    return rng.beta(threshold * weight, (1.0 - threshold) * weight, groups)


def rates(case: Case, draws: int) -> tuple[float, float, float]:
    """Shares of draws that pass as if images were independent, pass by groups, and fail by groups."""
    threshold, groups, images, alike = case
    rng = generator(0, "groups", str(case))
    counted = np.zeros(3)
    for _ in range(draws):
        sizes = rng.integers(1, 21, groups) if images == "1-20" else np.full(groups, int(images))
        names = np.repeat(np.arange(groups), sizes)
        right = rng.random(len(names)) < shares(threshold, groups, alike, rng)[names]
        found = grouped_gate(right, names, threshold)
        alone = gate(int(right.sum()), len(right), threshold)
        counted += [alone.word == "pass", found.word == "pass", found.word == "fail"]
    a, b, c = (counted / draws).tolist()
    return a, b, c


def main(draws: int) -> None:
    """Fill in the cases that are not there yet, a row at a time."""
    TABLE.parent.mkdir(exist_ok=True)
    there = list(csv.reader(TABLE.read_text().splitlines())) if TABLE.exists() else [list(HEAD)]
    known = {tuple(row[:4]) for row in there}
    for case in itertools.product(THRESHOLDS, GROUPS, SIZES, ALIKE):
        if tuple(map(str, case)) in known:
            continue
        there.append([*map(str, case), str(draws), *(f"{rate:.4f}" for rate in rates(case, draws))])
        TABLE.write_text("".join(",".join(row) + "\n" for row in there))
        print(*there[-1])
    worst = max(float(row[6]) for row in there[1:])
    print(f"a false pass by groups: at most {worst}; as if independent: up to {max(float(r[5]) for r in there[1:])}")


if __name__ == "__main__":
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=2000)
    main(asked.parse_args().draws)
