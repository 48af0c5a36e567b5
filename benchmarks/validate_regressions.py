"""How often does a regression gate pass by mistake where images come in groups? Resumable; rows in `groups/`.

`python benchmarks/validate_regressions.py --draws 1000` simulates a checkpoint that has truly lost exactly the margin,
so that a pass is a mistake that is promised in .025 at most: as if images were independent, and by groups. `alike` is
the share of images that go their group's way. The exact test is asked at the margin alone, without its envelope, which
can only turn a word into "cannot tell": the rates are upper ends. A case that stands in the table is not run again.
"""

import csv
import itertools
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from shiftprobe.core.seeding import generator
from shiftprobe.stats.paired_exact import score, tail
from shiftprobe.stats.paired_groups import grouped_difference

TABLE = Path(__file__).parent / "groups" / "regressions.csv"
HEAD = ("margin", "flips", "groups", "images", "alike", "draws", "pass_by_images", "pass_by_groups", "fail_by_groups")
MARGINS, FLIPS, GROUPS, SIZES, ALIKE = (0.02, 0.1), (0.0, 0.05, 0.3), (10, 20, 50), ("1-20", "4"), (0.0, 0.5, 1.0)
LEVEL = 0.025
Case = tuple[float, float, int, str, float]


def answers(case: Case, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Groups, and which images only the new and only the old checkpoint gets right."""
    margin, flips, groups, images, alike = case
    sizes = rng.integers(1, 21, groups) if images == "1-20" else np.full(groups, int(images))
    names = np.repeat(np.arange(groups), sizes)
    own = rng.random(len(names))
    place = np.where(rng.random(len(names)) < alike, rng.random(groups)[names], own)
    lost = (flips + 2 * margin) / 2
    return names, (place >= lost) & (place < lost + flips / 2), place < lost


def proven(first: int, second: int, n: int, bound: float) -> bool:
    """Whether the exact test at this bound proves a lead of more; the normal tail, never the larger, is asked first."""
    found = float(score(first, second, n, bound))
    return bool(ndtr(-found) <= LEVEL) and tail(found, n, bound) <= LEVEL


def rates(case: Case, draws: int) -> tuple[float, float, float]:
    """Shares of draws that pass as if images were independent, pass by groups, and fail by groups."""
    rng = generator(0, "regressions", str(case))
    counted = np.zeros(3)
    for _ in range(draws):
        names, won, lost = answers(case, rng)
        found = grouped_difference(won, lost, names)
        few = found.spread.few_groups
        passes = proven(int(won.sum()), int(lost.sum()), len(names), -case[0])
        fails = not few and found.falls_short(-case[0]) <= LEVEL
        fails = fails and proven(int(lost.sum()), int(won.sum()), len(names), case[0])
        counted += [passes, passes and not few and found.exceeds(-case[0]) <= LEVEL, fails]
    a, b, c = (counted / draws).tolist()
    return a, b, c


def main(draws: int) -> None:
    """Fill in the cases that are not there yet, a row at a time."""
    TABLE.parent.mkdir(exist_ok=True)
    there = list(csv.reader(TABLE.read_text().splitlines())) if TABLE.exists() else [list(HEAD)]
    known = {tuple(row[:5]) for row in there}
    for case in itertools.product(MARGINS, FLIPS, GROUPS, SIZES, ALIKE):
        if tuple(map(str, case)) in known:
            continue
        there.append([*map(str, case), str(draws), *(f"{rate:.4f}" for rate in rates(case, draws))])
        TABLE.write_text("".join(",".join(row) + "\n" for row in there))
        print(*there[-1], flush=True)
    worst = max(float(row[7]) for row in there[1:])
    print(f"a false pass by groups: at most {worst}; as if independent: up to {max(float(r[6]) for r in there[1:])}")


if __name__ == "__main__":
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=1000)
    main(asked.parse_args().draws)
