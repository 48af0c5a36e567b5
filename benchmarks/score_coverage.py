"""How often do the intervals of scores, and of their differences between two arms, hold the truth?

`python benchmarks/score_coverage.py --draws 2000` draws test sets of 50, 200 and 1,000 images from networks whose true
scores are known, and counts. Resumable: a case that stands in `benchmarks/score_coverage.csv` is not run again.

Assumed: images are independent draws of classes whose shares are given; a class that a draw leaves empty is given an
image, as splits do. Answers: an arm is right on an image of class c with its chance, else it names any other class
alike; two arms share their luck on an image with the given chance. Rankings: normal scores of equal spread, whose log
odds the network tells.
"""

import argparse
import csv
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from shiftprobe.core.seeding import generator
from shiftprobe.metrics.scores import SCORES, Outputs, ScoreName, bounded_mean, placements
from shiftprobe.stats import image_spread

FILE = Path(__file__).with_name("score_coverage.csv")
HEAD = ("what", "score", "images", "classes", "shares", "level", "alike", "draws", "held", "missed_low", "width")
IMAGES = (50, 200, 1000)
LEVELS = (0.6, 0.8, 0.95)  # mean chance of a right answer, or area under the curve
TWO = 2  # classes
LARGE = 4_000_000  # images behind a truth that no formula gives
BARE = ("auroc DeLong", "auroc logit")  # beside which ours stands
Floats = NDArray[np.float64]
Pair = tuple[Outputs, Outputs]


class Case(NamedTuple):
    """What is simulated."""

    what: str  # "score" or "difference"
    score: str
    images: int
    classes: int
    shares: str  # "equal", or "rare": each class half (of two a quarter) as frequent as the one before, down to 4 %
    level: float
    alike: float

    @property
    def chances(self) -> tuple[Floats, Floats]:
        """(C,) of either arm: classes differ by up to .1; the second arm is a tenth of the errors ahead."""
        first = np.clip(self.level + np.linspace(0.1, -0.1, self.classes) * (1 - self.level) / 0.4, 0, 1)
        return first, first + (1 - first) * 0.2

    @property
    def of_classes(self) -> Floats:
        """(C,) shares."""
        half = 0.25 if self.classes == TWO else 0.5
        parts = np.ones(self.classes) if self.shares == "equal" else half ** np.arange(self.classes)
        parts = np.maximum(parts / parts.sum(), 0.04)
        return np.asarray(parts / parts.sum())


def labels_of(case: Case, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    labels = rng.choice(case.classes, n, p=case.of_classes)
    for absent in np.setdiff1d(np.arange(case.classes), labels):
        crowded = np.bincount(labels).argmax()
        labels[np.flatnonzero(labels == crowded)[0]] = absent
    return np.asarray(labels)


def answered(case: Case, n: int, rng: np.random.Generator) -> Pair:
    """Two arms that are right or wrong."""
    labels, shared = labels_of(case, n, rng), rng.random(n)
    wrong = (labels + rng.integers(1, case.classes, n)) % case.classes
    luck = (np.where(rng.random(n) < case.alike, shared, rng.random(n)) for _ in range(2))
    said = (np.where(u < chance[labels], labels, wrong) for u, chance in zip(luck, case.chances, strict=True))
    first, second = (Outputs(labels=labels, answers=one, classes=case.classes) for one in said)
    return first, second


def ranked(case: Case, n: int, rng: np.random.Generator) -> Pair:
    """Two arms that rank the images of two classes, and tell their log odds."""
    labels, shared = labels_of(case, n, rng), rng.standard_normal(n)
    found = []
    for area in (case.level, case.level + (1 - case.level) * 0.2):
        apart = np.sqrt(2) * float(ndtri(area))
        noise = np.sqrt(case.alike) * shared + np.sqrt(1 - case.alike) * rng.standard_normal(n)
        odds = apart * (noise + apart * (labels - 0.5))
        likely = -np.logaddexp(0.0, np.where(labels == 1, -odds, odds))
        found.append(Outputs(labels=labels, answers=(odds > 0).astype(np.int64), classes=2, log_likelihood=likely))
    return found[0], found[1]


def truth(case: Case) -> tuple[float, float]:
    """The true score of both arms: of so many images that their own error does not count, or by formula."""
    if case.score in BARE or case.score == "auroc":
        return case.level, case.level + (1 - case.level) * 0.2
    if case.score == "cost":
        a, b = (float((1 - chance) @ case.of_classes) * 1.5 for chance in case.chances)
        return a, b
    if case.score == "nll":
        pair = ranked(case, LARGE, generator(0, "truth", *map(str, case)))
        return float(-pair[0].likely.mean()), float(-pair[1].likely.mean())
    found = []
    for chance in case.chances:
        table = np.repeat(((1 - chance) / (case.classes - 1))[:, None], case.classes, axis=1)
        np.fill_diagonal(table, chance)
        found.append(_of_table(case.score, table * case.of_classes[:, None]))
    return found[0], found[1]


def _of_table(score: str, table: Floats) -> float:
    right, images = np.diag(table), table.sum(axis=1)
    by_name = {
        "top1": right.sum(),
        "balanced_accuracy": (right / images).mean(),
        "macro_f1": (2 * right / (images + table.sum(axis=0))).mean(),
    }
    return float(by_name[score])


def costs(outputs: Outputs, rng: np.random.Generator) -> Floats:
    """A wrong answer costs 1 or 2, each as often; a right one nothing."""
    return np.where(outputs.right, 0.0, rng.integers(1, 3, len(outputs)))


def ends(case: Case, pair: Pair, rng: np.random.Generator) -> tuple[float, float]:
    if case.score == "cost":
        return bounded_mean(costs(pair[0], rng), 0.0, 2.0)[1:]
    if case.score in BARE:
        return bare(pair[0], logit=case.score == BARE[1])
    score = SCORES[known(case.score)]
    if case.what == "score":
        return score.interval(pair[0], 0.95)
    gaps = score.contributions(pair[0]) - score.contributions(pair[1])
    weight = score.weight(pair[0]) if score.rises else 0.0
    return image_spread(gaps, widest=1.0 if score.rises else np.inf, weight=weight).ends(0.95)


def bare(outputs: Outputs, *, logit: bool) -> tuple[float, float]:
    """DeLong's own interval of the area under the curve, and the same on the logit scale."""
    placed = placements(*outputs.ranking)
    area, error = placed.area, 1.96 * np.sqrt(placed.variance)
    if not logit or not 0 < area < 1:
        return area - error, area + error
    centre, half = np.log(area / (1 - area)), error / (area * (1 - area))
    low, high = 1 / (1 + np.exp(-(centre + half * np.array([-1.0, 1.0]))))
    return float(low), float(high)


def known(name: str) -> ScoreName:
    return next(one for one in SCORES if one == name)


def cases() -> list[Case]:
    found = []
    for what, n, level in itertools.product(("score", "difference"), IMAGES, LEVELS):
        alike = (0.0,) if what == "score" else (0.0, 0.8)
        names = ("top1", "balanced_accuracy", "macro_f1") + (("cost",) if what == "score" else ())
        tables = itertools.product(names, (2, 5, 10), ("equal", "rare"), alike)
        found += [Case(what, name, n, count, shares, level, luck) for name, count, shares, luck in tables]
        names = ("auroc", "nll") + (BARE if what == "score" else ())
        two = itertools.product(names, ("equal", "rare"), alike)
        found += [Case(what, name, n, 2, shares, level, luck) for name, shares, luck in two]
    return found


def simulate(case: Case, draws: int) -> tuple[float, float, float]:
    """Share of intervals that hold the truth, of those that lie wholly above it, and their mean width."""
    ranks = case.score in {"auroc", "nll", *BARE}
    draw: Callable[[Case, int, np.random.Generator], Pair] = ranked if ranks else answered
    first, second = truth(case)
    value, rng = first if case.what == "score" else first - second, generator(1, "score coverage", *map(str, case))
    found = np.array([ends(case, draw(case, case.images, rng), rng) for _ in range(draws)])
    above = found[:, 0] > value + 1e-12
    held = ~above & (found[:, 1] >= value - 1e-12)
    return float(held.mean()), float(above.mean()), float((found[:, 1] - found[:, 0]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    draws = parser.parse_args().draws
    done = set()
    if FILE.exists():
        with FILE.open(newline="") as file:
            done = {tuple(row[:7]) for row in csv.reader(file)}
    else:
        FILE.write_text(",".join(HEAD) + "\n")
    for case in cases():
        address = tuple(map(str, case))
        if address in done:
            continue
        numbers = [f"{one:.4f}" for one in simulate(case, draws)]
        with FILE.open("a", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow((*address, draws, *numbers))


if __name__ == "__main__":
    main()
