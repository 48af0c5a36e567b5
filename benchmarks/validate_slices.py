"""How often slices are made up, and how often a planted one is found: rows of docs/slices.md.

`python benchmarks/validate_slices.py` writes slices.csv beside this file in about ten minutes on one core. No constant
of stats/slices.py was set on these seeds.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from shiftprobe.metrics.feature_clusters import feature_clusters
from shiftprobe.metrics.intervals import wilson
from shiftprobe.stats.slices import Column, SliceTest, candidates, confirmed, halves

RUNS, OF_CLUSTERS = 400, 100
HIT = 0.5  # images that a slice shares with the plant, of those in either
BELOW, SHARE = 0.05, 0.1
HEAD = ("what", "search", "images", "accuracy", "gap", "runs", "share", "low", "high", "candidates", "shared")


def properties(n: int, rng: np.random.Generator) -> dict[str, Column]:
    """Seven numbers, an eighth that goes with one of them, ten classes, four domains."""
    made = {f"p{i}": rng.gamma(2.0, size=n) for i in range(7)}
    made["p7"] = made["p6"] + 0.3 * rng.normal(size=n)
    return {**made, "class": rng.integers(0, 10, n).astype(str), "domain": rng.integers(0, 4, n).astype(str)}


def clusters(n: int, first: np.ndarray, rng: np.random.Generator, bad: np.ndarray | None = None) -> dict[str, Column]:
    """Twelve clusters of features in 20 directions; the bad images lie aside in five of them."""
    features = rng.normal(size=(n, 20))
    if bad is not None:
        features[bad, :5] += 2.5
    return {"features": feature_clusters(features, first, 12, 0).astype(str)}


def searched(columns: dict[str, Column], right: np.ndarray, first: np.ndarray) -> tuple[int, list[SliceTest]]:
    """How many candidates there were, and the slices that are found."""
    taken = candidates(columns, right, first, BELOW, last=("features",))
    return len(taken), [one for one in confirmed(taken, right, first, BELOW) if one.found]


def null(n: int, accuracy: float, search: str) -> tuple[object, ...]:
    """No image is harder than another."""
    runs, made_up, count = (RUNS if search == "properties" else OF_CLUSTERS), 0, 0
    for run in range(runs):
        rng = np.random.default_rng([2026, n, run, round(100 * accuracy)])
        first, right = halves(n, rng), rng.random(n) < accuracy
        columns = properties(n, rng) if search == "properties" else clusters(n, first, rng)
        taken, found = searched(columns, right, first)
        made_up, count = made_up + bool(found), count + taken
    return ("null", search, n, accuracy, 0.0, *share(made_up, runs), round(count / runs, 2), "")


def plant(n: int, gap: float, search: str) -> tuple[object, ...]:
    """A tenth of the images is answered worse: those with the least of a property, or a cluster of features."""
    runs, hits, count, shared = (RUNS if search == "properties" else OF_CLUSTERS), 0, 0, []
    for run in range(runs):
        rng = np.random.default_rng([2027, n, run, round(100 * gap)])
        first, columns = halves(n, rng), properties(n, rng)
        if search == "properties":
            bad = columns["p2"] < np.quantile(np.asarray(columns["p2"], np.float64), SHARE)
        else:
            bad = rng.random(n) < SHARE
            columns = clusters(n, first, rng, bad)
        right = rng.random(n) < np.where(bad, 0.9 - gap, 0.9)
        taken, found = searched(columns, right, first)
        overlap = max(((one.images & bad).sum() / (one.images | bad).sum() for one in found), default=0.0)
        hits, count = hits + int(overlap >= HIT), count + taken
        shared += [overlap] if overlap >= HIT else []
    mean = round(float(np.mean(shared)), 3) if shared else ""
    return ("plant", search, n, 0.9, gap, *share(hits, runs), round(count / runs, 2), mean)


def share(hits: int, runs: int) -> tuple[object, ...]:
    """Runs, and the share of them with its interval."""
    low, high = wilson(hits, runs)
    return runs, round(hits / runs, 4), round(low, 4), round(high, 4)


def rows() -> Iterator[tuple[object, ...]]:
    """Every row of the table."""
    for n in (500, 1000, 2000):
        yield from (null(n, accuracy, "properties") for accuracy in (0.7, 0.9, 0.97))
    yield from (null(1000, accuracy, "clusters") for accuracy in (0.7, 0.9))
    for n in (500, 1000, 2000):
        yield from (plant(n, gap, "properties") for gap in (0.1, 0.2, 0.3))
    yield from (plant(1000, gap, "clusters") for gap in (0.2, 0.3))


def main() -> None:
    """Write every row as soon as it is known."""
    with (Path(__file__).parent / "slices.csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(HEAD)
        for row in rows():
            table.writerow(row)
            file.flush()
            sys.stdout.write(f"{row}\n")


if __name__ == "__main__":
    main()
