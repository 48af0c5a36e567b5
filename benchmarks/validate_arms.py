"""What comparisons of arms promise, against simulated seeds and images: the tables of docs/statistics.md.

    python -m benchmarks.validate_arms both        coverage of the interval over seeds and images
    python -m benchmarks.validate_arms astray      wrong words and healthy seeds called astray
    python -m benchmarks.validate_arms groups      images that belong together
    python -m benchmarks.validate_arms settle      chance that the planned seeds settle it

Each run adds a block of draws to `benchmarks/arms/<table>.csv`, with a random stream of its own; blocks add up, so that
more draws need no second look at the first. Assumed: seeds independent of each other, images independent of each other
(but in `groups`, where groups are), accuracies normal over seeds or as the column `kind` says.
"""

import argparse
import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.stats import agreed, astray, compare_paired, image_spread, weigh
from shiftprobe.stats.arms import ArmsCompared

HERE = Path(__file__).parent / "arms"
DRAWS = {"both": 500, "astray": 4000, "groups": 2000, "settle": 2000}
MARGIN = 0.01
Values: TypeAlias = NDArray[np.float64]
Line: TypeAlias = dict[str, float | str]

# threshold of either arm, then sd on the latent scale: of images, of images by arm, of seeds, of seeds by arm
LATENT = {
    "residual": ((1.5, 1.5), 1.0, 0.0, 0.1, 0.0),
    "images": ((2.0, 2.0), 1.0, 0.5, 0.1, 0.05),
    "mixed": ((3.0, 3.0), 1.5, 0.5, 0.1, 0.2),
    "hard": ((0.8, 0.8), 1.0, 1.0, 0.2, 0.3),
    "ceiling": ((6.0, 7.0), 2.0, 0.5, 0.1, 0.1),
    "seeds": ((0.8, 0.6), 1.0, 0.3, 0.2, 0.6),
}


def both(rng: np.random.Generator, draws: int) -> Iterator[Line]:
    """Right or wrong by a latent normal: its sd is split over images, seeds and what neither explains."""
    from scipy.special import ndtr

    for seeds in (2, 3, 5, 10):
        for images in (50, 200, 720):
            for name, (starts, hard, own, common, apart) in LATENT.items():
                scale = math.sqrt(1 + hard**2 + own**2 + common**2 + apart**2)
                truth = float(ndtr(starts[0] / scale) - ndtr(starts[1] / scale))
                held = drawn = 0
                for _ in range(draws):
                    image, seed = rng.normal(0, hard, images), rng.normal(0, common, (seeds, 1))
                    a, b = (
                        start + image + rng.normal(0, own, images) + seed + rng.normal(0, apart, (seeds, 1))
                        + rng.normal(0, 1, (seeds, images)) > 0
                        for start in starts
                    )  # fmt: skip
                    over_seeds = compare_paired(a.mean(axis=1).tolist(), b.mean(axis=1).tolist(), MARGIN)
                    found = weigh(over_seeds, image_spread(a.mean(axis=0) - b.mean(axis=0)))
                    if found.both is not None:
                        drawn, held = drawn + 1, held + (found.both[0] <= truth <= found.both[1])
                yield {"seeds": seeds, "images": images, "kind": name, "draws": drawn, "held": held}


def spread(kind: str, rng: np.random.Generator, n: int) -> Values:
    """Deviations of n seeds with mean 0 and sd 1."""
    if kind == "normal":
        return rng.normal(0, 1, n)
    if kind == "t5":
        return np.asarray(rng.standard_t(5, n) / math.sqrt(5 / 3))
    return np.asarray((16.0 - rng.gamma(16.0, 1.0, n)) / 4.0)  # skewness -.5: bad seeds lie further off


def astray_words(rng: np.random.Generator, draws: int) -> Iterator[Line]:
    """Two arms that truly do not differ, or by the margin; seeds of the first fail by 20 points, one in ten or none."""
    for n in (3, 5, 10):
        for kind in ("normal", "t5", "skewed"):
            for sd in (0.002, 0.01, 0.03, 0.05):
                for rate in (0.0, 0.1):
                    for gap in (0.0, MARGIN):
                        counts = dict.fromkeys(("wrong", "naive", "healthy_astray", "healthy", "caught", "failed"), 0)
                        for _ in range(draws):
                            one_draw(rng, n, kind, sd=sd, rate=rate, gap=gap, counts=counts)
                        yield {"seeds": n, "kind": kind, "sd": sd, "rate": rate, "gap": gap, "draws": draws, **counts}


def one_draw(
    rng: np.random.Generator, n: int, kind: str, *, sd: float, rate: float, gap: float, counts: dict[str, int]
) -> None:
    """Judge one draw as the summary does, over seeds alone, which is where a word comes most easily."""
    failed = rng.random(n) < rate
    a = np.clip(0.75 + gap + sd * spread(kind, rng, n) - 0.2 * failed, 0, 1)
    b = np.clip(0.75 + sd * spread(kind, rng, n), 0, 1)
    off_a, off_b = astray(a), astray(b)
    kept = ~(off_a | off_b)
    every = weigh(compare_paired(a.tolist(), b.tolist(), MARGIN), None)
    sound = weigh(compare_paired(a[kept].tolist(), b[kept].tolist(), MARGIN), None) if kept.any() else every
    said = agreed(sound, every, int((~kept).sum()))
    counts["wrong"] += wrong(said, gap)
    counts["naive"] += wrong(sound, gap)
    counts["healthy_astray"] += int((off_a & ~failed).sum() + off_b.sum())
    counts["healthy"] += int((~failed).sum()) + n
    counts["caught"] += int((off_a & failed).sum())
    counts["failed"] += int(failed.sum())


def wrong(found: ArmsCompared, gap: float) -> bool:
    """A word that is not true of arms that differ by this much: any direction at 0, equivalence at the margin."""
    return found.verdict in {"better", "worse"} if gap == 0.0 else found.verdict in {"worse", "equivalent"}


def groups(rng: np.random.Generator, draws: int) -> Iterator[Line]:
    """G objects with 1 to 20 images each; one number per image, half or all of the variance is the object's."""
    for count in (10, 20, 50):
        for share in (0.5, 1.0):
            for flips in (0.1, 0.5):
                held = {"by_group": 0, "by_image": 0}
                for _ in range(draws):
                    sizes = rng.integers(1, 21, count)
                    labels = np.repeat(np.arange(count), sizes)
                    own = rng.random(count)[labels]
                    u = np.where(rng.random(len(labels)) < share, own, rng.random(len(labels)))
                    gaps = np.where(u < flips, 1.0, 0.0) - np.where(u > 1 - flips, 1.0, 0.0)
                    for name, found in (
                        ("by_group", image_spread(gaps, groups=labels)),
                        ("by_image", image_spread(gaps)),
                    ):
                        low, high = found.ends(0.95)
                        held[name] += low <= 0.0 <= high
                yield {"groups": count, "of_objects": share, "flips": flips, "draws": draws, **held}


def settle(rng: np.random.Generator, draws: int) -> Iterator[Line]:
    """A first look with n seeds plans the total; how often does that many settle it, if the two are truly equal?"""
    for n in (3, 5, 10):
        for sd in (0.005, 0.01):
            settled = [0, 0]
            planned = 0
            for _ in range(draws):
                first = rng.normal(0, sd, n)
                needed = compare_paired((0.7 + first).tolist(), [0.7] * n, MARGIN).seeds_needed
                if needed is None:
                    continue
                planned += 1
                for place, total in enumerate(needed):
                    more = min(max(total, 2), 4000)
                    fresh = rng.normal(0, sd, more)
                    settled[place] += (
                        compare_paired((0.7 + fresh).tolist(), [0.7] * more, MARGIN).verdict == "equivalent"
                    )
            yield {"seeds": n, "sd": sd, "draws": planned, "even": settled[0], "sure": settled[1]}


TABLES = {"both": both, "astray": astray_words, "groups": groups, "settle": settle}


def main() -> None:
    """Add one block of draws to a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--draws", type=int)
    asked = parser.parse_args()
    path = HERE / f"{asked.table}.csv"
    path.parent.mkdir(exist_ok=True)
    block = 0
    if path.exists():
        with path.open(newline="") as file:
            block = 1 + max((int(row["block"]) for row in csv.DictReader(file)), default=-1)
    rng = np.random.default_rng([block, *asked.table.encode()])
    with path.open("a", newline="") as file:
        writer = None
        for line in TABLES[asked.table](rng, asked.draws or DRAWS[asked.table]):
            if writer is None:
                writer = csv.DictWriter(file, ["block", *line])
                if block == 0:
                    writer.writeheader()
            writer.writerow({"block": block, **line})
            file.flush()


if __name__ == "__main__":
    main()
