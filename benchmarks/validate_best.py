"""How often is the best of several checkpoints kept, as promised in .95? Rows in `best_coverage.csv`, resumable.

`python benchmarks/validate_best.py --draws 1000` simulates checkpoints that are equally good, where each draw may throw
the first one out: four splits of the variance over seeds and images, 150 test images. `dunnett_for_seeds` is the same
rule with Dunnett's critical value for seeds too, which is made for one spread that all pairs share. A row that
stands in the table is not run again.
"""

import csv
import itertools
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.seeding import generator
from shiftprobe.stats.best import best_of, dunnett_critical
from shiftprobe.stats.image_spread import image_spread

TABLE = Path(__file__).parent / "best_coverage.csv"
HEAD = ("checkpoints", "seeds", "spread", "draws", "best_kept", "dunnett_for_seeds", "kept_of_all")
IMAGES = 150
SPREADS = {"alike": (0.3, 0.3), "best_noisiest": (0.6, 0.06), "images_alone": (0.01, 0.01), "seeds_rule": (1.5, 1.5)}
Case = tuple[int, int, str]


def drawn(case: Case, draws: int) -> NDArray[np.bool_]:
    """(draws, K, S, N) right or wrong: a latent normal of checkpoint and seed, image, both, and the rest."""
    count, seeds, spread = case
    rng = generator(0, "best", str(case))
    first, others = SPREADS[spread]
    moved = rng.normal(size=(draws, count, seeds, 1)) * np.array([first] + [others] * (count - 1))[:, None, None]
    images = rng.normal(size=(draws, 1, 1, IMAGES)) + 0.7 * rng.normal(size=(draws, count, 1, IMAGES))
    return np.asarray(0.8 + moved + images + 0.5 * rng.normal(size=(draws, count, seeds, IMAGES)) > 0)


def kept_by_dunnett(table: NDArray[np.bool_]) -> bool:
    """Whether the first is kept where seeds have Dunnett's critical value too."""
    others, seeds = len(table) - 1, table.shape[1]
    for one in table[1:]:
        above = one.astype(float) - table[0]
        spread = image_spread(above.mean(axis=0))
        error = above.mean(axis=1).std(ddof=1) / np.sqrt(seeds)
        over_images = spread.difference - spread.centre + dunnett_critical(others, spread.df) * spread.error
        if error > 0 and above.mean() > np.hypot(dunnett_critical(others, seeds - 1) * error, over_images):
            return False
    return True


def main() -> None:
    """Run every case that is missing."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000)
    draws = parser.parse_args().draws
    known = list(csv.DictReader(TABLE.open())) if TABLE.exists() else []
    done = {tuple(row[key] for key in HEAD[:3]) for row in known}
    for case in itertools.product((2, 3, 6), (2, 3, 5), SPREADS):
        if tuple(map(str, case)) in done:
            continue
        tables = drawn(case, draws)
        kept = [best_of(table).kept for table in tables]
        shares = (np.mean([0 in one for one in kept]), np.mean([kept_by_dunnett(one) for one in tables]))
        rest = np.mean([len(one) / case[0] for one in kept])
        known.append(dict(zip(HEAD, (*case, draws, *(f"{value:.3f}" for value in (*shares, rest))), strict=True)))
        with TABLE.open("w", newline="") as file:
            table = csv.DictWriter(file, HEAD, lineterminator="\n")
            table.writeheader()
            table.writerows(known)


if __name__ == "__main__":
    main()
