"""How often does the interval from a few labels and all pictures miss, and how wide is it beside labels alone?

`python benchmarks/validate_few_labels.py --draws 2000` draws targets whose true accuracy is known, labels some of their
pictures and counts. Resumable: a case that stands in `benchmarks/few_labels.csv` is not run again. `--development` are
the cases on which the method was chosen: other families of proxies, other seeds, no file.

Assumed: pictures are independent draws of a domain of 1,200; a picture is answered rightly with its own chance, Phi of a
normal number. A good proxy is that chance; a middling one a chance of half the spread, told too surely; a useless one is
drawn anew, unrelated; a misplaced one is unrelated and centred at .5 whatever the accuracy; a blind one has every error
among the surer half. Draws: uniform; asked, as `--ask` draws; steep, in proportion to doubt with weights of 1 to 5.
"""

import argparse
import csv
import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from shiftprobe.core.seeding import generator
from shiftprobe.metrics.binomial import clopper_pearson
from shiftprobe.stats import label_draw, prediction_powered, probabilities

FILE = Path(__file__).with_name("few_labels.csv")
HEAD = ("labels", "accuracy", "proxy", "draw", "draws", "missed_low", "missed_high", "width", "powered", "effective")
PICTURES = 1200
LABELS, ACCURACIES = (30, 60, 120, 200), (0.5, 0.8, 0.95, 0.99)
PROXIES, DRAWS = ("good", "middling", "useless", "misplaced", "blind"), ("uniform", "asked", "steep")
Floats = NDArray[np.float64]


class Case(NamedTuple):
    """What is simulated."""

    labels: int
    accuracy: float
    proxy: str
    draw: str


class World(NamedTuple):
    """A target's pictures."""

    right: NDArray[np.bool_]  # (N,)
    proxy: Floats  # (N,)


def normal_world(case: Case, rng: np.random.Generator) -> World:
    """The cases that are reported."""
    spread = 0.8 if case.proxy == "middling" else 1.6
    place = float(ndtri(case.accuracy)) * np.sqrt(1 + spread**2)
    chance = ndtr(place + spread * rng.normal(size=PICTURES))
    anew = ndtr(place + spread * rng.normal(size=PICTURES))
    proxy = {
        "good": chance,
        "middling": ndtr(1.7 * ndtri(np.clip(chance, 1e-9, 1 - 1e-9)) + 0.4),
        "useless": anew,
        "misplaced": ndtr(rng.normal(size=PICTURES)),
        "blind": anew,
    }[case.proxy]
    if case.proxy == "blind":
        lost = 1 - case.accuracy
        surer = np.argsort(np.argsort(anew)) >= PICTURES // 2
        chance = np.where(surer, 1 - 2 * lost, 1.0)
    return World(rng.random(PICTURES) < chance, np.clip(proxy, 0, 1))


def beta_world(case: Case, rng: np.random.Generator) -> World:
    """The cases that the method was chosen on."""
    sum_ = 4.0 if case.proxy == "middling" else 1.0
    chance = np.clip(rng.beta(case.accuracy * sum_, (1 - case.accuracy) * sum_, PICTURES), 1e-9, 1 - 1e-9)
    proxy = {
        "good": chance,
        "middling": 1 / (1 + np.exp(-1.5 * np.log(chance / (1 - chance)) - 0.5)),
        "useless": rng.beta(case.accuracy * 2, (1 - case.accuracy) * 2, PICTURES),
        "misplaced": rng.beta(3, 3, PICTURES),
        "blind": rng.beta(2, 1, PICTURES),
    }[case.proxy]
    if case.proxy == "blind":
        surer = np.argsort(np.argsort(proxy)) >= PICTURES // 2
        chance = np.where(surer, 1 - 2 * (1 - case.accuracy), 1.0)
    return World(rng.random(PICTURES) < chance, proxy)


def drawn(case: Case, proxy: Floats, rng: np.random.Generator) -> tuple[NDArray[np.int64], Floats]:
    """Which pictures are labelled, and with what probability."""
    if case.draw == "uniform":
        return rng.choice(PICTURES, case.labels, replace=False), np.ones(case.labels)
    if case.draw == "asked":
        found = label_draw(proxy, case.labels, rng)
        chosen = found.order[: case.labels]
        strata = found.strata[chosen]
        return chosen, probabilities(strata, found.sizes[strata])
    doubt = np.sqrt(proxy * (1 - proxy))
    size = np.maximum(doubt, doubt.max() / 5)
    order = rng.permutation(PICTURES)
    ends = np.cumsum(size[order]) / size.sum() * case.labels
    chosen = order[np.searchsorted(ends, rng.random() + np.arange(case.labels))]  # systematic
    return chosen, size[chosen]


def counted(case: Case, draws: int, *, development: bool = False) -> dict[str, float]:
    """Shares of draws in which the truth lies below and above the interval, and means over them."""
    low, high, width, alone, powered, effective = np.zeros(6)
    truth = case.accuracy
    for draw in range(draws):
        rng = generator(2 if development else 11, "few labels", *map(str, case), draw)
        world = (beta_world if development else normal_world)(case, rng)
        chosen, chances = drawn(case, world.proxy, rng)
        plain = chosen if case.draw == "uniform" else rng.choice(PICTURES, case.labels, replace=False)
        ends = clopper_pearson(int(world.right[plain].sum()), case.labels)
        alone += ends[1] - ends[0]
        proxy = world.proxy[chosen]
        found = prediction_powered(world.right[chosen], proxy, world.proxy, probability=chances)
        low, high, width = low + (truth < found.low), high + (truth > found.high), width + found.high - found.low
        powered, effective = powered + (found.method == "prediction-powered"), effective + found.effective
    return {
        "missed_low": low / draws,
        "missed_high": high / draws,
        "width": width / alone,  # mean, beside the mean width of as many labels drawn uniformly and used alone
        "powered": powered / draws,
        "effective": effective / draws,
    }


def cases() -> list[Case]:
    """All of them; a blind proxy has no accuracy below .5 to hide."""
    every = itertools.product(LABELS, ACCURACIES, PROXIES, DRAWS)
    return [one for row in every if (one := Case(*row)).proxy != "blind" or one.accuracy > LABELS[0] / 60]


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--development", action="store_true")
    asked = parser.parse_args()
    known = set()
    if FILE.exists() and not asked.development:
        with FILE.open(newline="") as file:
            known = {tuple(row[:4]) for row in csv.reader(file)}
    for case in cases():
        if tuple(map(str, case)) in known:
            continue
        found = counted(case, asked.draws, development=asked.development)
        row = [*case, asked.draws, *(f"{value:.4g}" for value in found.values())]
        print(*row, flush=True)
        if not asked.development:
            with FILE.open("a", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(([HEAD] if not known else []) + [row])
            known.add(tuple(map(str, case)))


if __name__ == "__main__":
    main()
