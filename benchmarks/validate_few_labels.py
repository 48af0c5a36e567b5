"""How often does the interval from a few labels and all pictures miss, and how wide is it beside labels alone?

`python benchmarks/validate_few_labels.py --draws 2000` draws targets whose true accuracy is known, labels some of their
pictures and counts. Resumable: a case that stands in `benchmarks/few_labels.csv` is not run again. `--development` are
the cases on which the method was chosen: other families of proxies, other seeds, no file.

Assumed: the target's 1,000 pictures are independent draws of a domain; a picture is answered rightly with its own
chance, Phi of a normal number. A good proxy is that chance; a middling one a chance of half the spread, told too
surely; a useless one is drawn anew, unrelated; a misplaced one is unrelated and centred at .5 whatever the accuracy; a
blind one has every error among the surer half. Draws: uniform; asked, as `--ask` draws; steep, in proportion to doubt
with weights of 1 to 5.
"""

import argparse
import csv
import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr, ndtri

from shiftprobe.core.seeding import generator
from shiftprobe.stats import label_draw, method_for, probabilities, strata_for
from shiftprobe.stats.power_tuning import effective_labels, plain_terms, tuned_terms
from shiftprobe.stats.recalibration import log_odds

FILE = Path(__file__).with_name("few_labels.csv")
HEAD = ("labels", "accuracy", "proxy", "draw", "draws", "missed_low", "missed_high", "width", "powered", "effective")
PICTURES = 1000
LABELS, ACCURACIES = (30, 60, 120, 200), (0.5, 0.8, 0.95, 0.99)
PROXIES, DRAWS = ("good", "middling", "useless", "misplaced", "blind"), ("uniform", "asked", "steep")
TAKEN = 0.95  # of draws: where the rule takes prediction-powered
Floats = NDArray[np.float64]


class Case(NamedTuple):
    """What is simulated."""

    labels: int
    accuracy: float
    proxy: str
    draw: str


class Worlds(NamedTuple):
    """Many targets."""

    right: NDArray[np.bool_]  # (B, N)
    proxy: Floats  # (B, N)


def normal_worlds(case: Case, draws: int, rng: np.random.Generator) -> Worlds:
    """The cases that are reported."""
    spread, shape = 0.8 if case.proxy == "middling" else 1.6, (draws, PICTURES)
    place = float(ndtri(case.accuracy)) * np.sqrt(1 + spread**2)
    inner = place + spread * rng.normal(size=shape)
    proxy = {
        "good": lambda: ndtr(inner),
        "middling": lambda: ndtr(1.7 * inner + 0.4),
        "useless": lambda: ndtr(place + spread * rng.normal(size=shape)),
        "misplaced": lambda: ndtr(rng.normal(size=shape)),
        "blind": lambda: ndtr(place + spread * rng.normal(size=shape)),
    }[case.proxy]()
    return _answered(case, ndtr(inner), proxy, rng)


def beta_worlds(case: Case, draws: int, rng: np.random.Generator) -> Worlds:
    """The cases that the method was chosen on."""
    both, shape = 4.0 if case.proxy == "middling" else 1.0, (draws, PICTURES)
    chance = np.clip(rng.beta(case.accuracy * both, (1 - case.accuracy) * both, shape), 1e-9, 1 - 1e-9)
    proxy = {
        "good": lambda: chance,
        "middling": lambda: 1 / (1 + np.exp(-1.5 * np.log(chance / (1 - chance)) - 0.5)),
        "useless": lambda: rng.beta(case.accuracy * 2, (1 - case.accuracy) * 2, shape),
        "misplaced": lambda: rng.beta(3, 3, shape),
        "blind": lambda: rng.beta(2, 1, shape),
    }[case.proxy]()
    return _answered(case, chance, proxy, rng)


def _answered(case: Case, chance: Floats, proxy: Floats, rng: np.random.Generator) -> Worlds:
    if case.proxy == "blind":
        surer = proxy >= np.median(proxy, axis=1, keepdims=True)
        chance = np.where(surer, 1 - 2 * (1 - case.accuracy), 1.0)
    return Worlds(rng.random(chance.shape) < chance, np.clip(proxy, 0, 1))


def drawn(case: Case, proxy: Floats, rng: np.random.Generator) -> tuple[NDArray[np.int64], Floats]:
    """Which pictures of a target are labelled, and with what probability."""
    if case.draw == "uniform":
        return rng.choice(PICTURES, case.labels, replace=False), np.ones(case.labels)
    if case.draw == "asked":
        found = label_draw(proxy, rng, strata=strata_for(proxy, case.labels))
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
    rng = generator(2 if development else 12, "few labels", *map(str, case))
    return measured(case, (beta_worlds if development else normal_worlds)(case, draws, rng), rng)


def measured(case: Case, worlds: Worlds, rng: np.random.Generator) -> dict[str, float]:
    """The same of targets that are there."""
    draws = len(worlds.right)
    pairs = [drawn(case, one, rng) for one in worlds.proxy]
    chosen = np.array([one for one, _ in pairs])
    hits, proxy = np.take_along_axis(worlds.right, chosen, axis=1), np.take_along_axis(worlds.proxy, chosen, axis=1)
    weights = np.array([1 / (chances * (1 / chances).mean()) for _, chances in pairs])
    tuned = effective_labels(tuned_terms(hits, log_odds(proxy), log_odds(worlds.proxy), weights), PICTURES)
    plain = effective_labels(plain_terms(hits, weights))
    powered = np.array([method_for(one)[0] == "prediction-powered" for one in proxy])
    value, effective = (np.where(powered, *both) for both in zip(tuned, plain, strict=True))
    low, high = ends(value * effective, effective)
    uniform = hits if case.draw == "uniform" else worlds.right[:, : case.labels]
    alone = np.diff(ends(uniform.sum(axis=1), np.full(draws, case.labels)), axis=0)[0]
    return {
        "missed_low": float((case.accuracy < low).mean()),
        "missed_high": float((case.accuracy > high).mean()),
        "width": float((high - low).mean() / alone.mean()),  # beside as many labels drawn uniformly and used alone
        "powered": float(powered.mean()),
        "effective": float(effective.mean()),
    }


def ends(right: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Clopper-Pearson's at 95 %, of many."""
    right = np.clip(right, 0, n)
    low = betaincinv(np.maximum(right, 1e-12), n - right + 1, 0.025)
    high = betaincinv(right + 1, np.maximum(n - right, 1e-12), 0.975)
    return np.where(right <= 0, 0.0, low), np.where(right >= n, 1.0, high)


def cases() -> list[Case]:
    """All of them; a blind proxy has no accuracy below .5 to hide."""
    every = itertools.product(LABELS, ACCURACIES, PROXIES, DRAWS)
    return [one for row in every if (one := Case(*row)).proxy != "blind" or one.accuracy > ACCURACIES[0]]


def table() -> None:
    """The table of docs/few-labels.md: the worst cell of each side; widths and worth where the method is taken."""
    rows = list(csv.DictReader(FILE.read_text().splitlines()))
    for proxy, draw in itertools.product(PROXIES, DRAWS):
        some = [one for one in rows if (one["proxy"], one["draw"]) == (proxy, draw)]
        taken = [one for one in some if float(one["powered"]) >= TAKEN]
        low, high = (max(float(one[side]) for one in some) for side in ("missed_low", "missed_high"))
        widths = [float(one["width"]) for one in taken]
        worth = [float(one["effective"]) / int(one["labels"]) for one in taken]
        mean = np.mean([float(one["width"]) for one in some])
        print(
            f"| {proxy} | {draw} | {low:.3f} | {high:.3f} | {mean:.3f} | {min(widths):.2f} to {max(widths):.2f} "
            f"| {min(worth):.2f} to {max(worth):.2f} |"
        )


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--labels", type=int, nargs="*", default=LABELS)
    parser.add_argument("--development", action="store_true")
    asked = parser.parse_args()
    known = set()
    if FILE.exists() and not asked.development:
        with FILE.open(newline="") as file:
            known = {tuple(row[:4]) for row in csv.reader(file)}
    for case in cases():
        if case.labels not in asked.labels or tuple(map(str, case)) in known:
            continue
        found = counted(case, asked.draws, development=asked.development)
        row = [*case, asked.draws, *(f"{value:.4g}" for value in found.values())]
        print(*row, flush=True)
        if not asked.development:
            with FILE.open("a", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(([HEAD] if not known else []) + [row])
            known.add(tuple(map(str, case)))
    if not asked.development:
        table()


if __name__ == "__main__":
    main()
