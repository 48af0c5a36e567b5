"""How often the interval off the line holds 0, and how often any checkpoint is named, where all lie on one line.

    python benchmarks/line_coverage.py [--draws 1000]

Prints a line per cell: checkpoints, scatter in normal quantiles, draws with a line, coverage, share with a name.
"""

import argparse
import sys

import numpy as np
from scipy.special import ndtr

from shiftprobe.stats.probit_line import NoLine, each_off_the_others

CELLS = ((6, 0.1), (6, 0.3), (8, 0.15), (12, 0.15))
IMAGES = (2000, 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000)
    draws, rng = parser.parse_args().draws, np.random.default_rng(7)
    for count, scatter in CELLS:
        asked = held = named = 0
        for _ in range(draws):
            x = rng.uniform(-0.5, 1.5, count)
            y = -0.3 + 0.9 * x + scatter * rng.standard_normal(count)
            first, second = (rng.binomial(n, ndtr(one)) / n for one, n in zip((x, y), IMAGES, strict=True))
            found = each_off_the_others(first.tolist(), second.tolist(), IMAGES)
            if isinstance(found, NoLine):
                continue
            asked += 1
            held += found[0].low <= 0 <= found[0].high
            named += any(one.named for one in found)
        sys.stdout.write(f"{count} {scatter} {asked} {held / asked:.3f} {named / asked:.3f}\n")


if __name__ == "__main__":
    main()
