"""How often do the other checks of an audit pass by mistake where images come in groups?

`python benchmarks/validate_grouped_checks.py --draws 2000` simulates a checkpoint that is truly exactly at the bound,
so that a pass is a mistake that is promised in .025 at most (a rejection in .05): as if images were independent, and
by groups. Resumable: a case that stands in `benchmarks/groups/checks.csv` is not run again.
"""

import csv
import itertools
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from shiftprobe.core.seeding import generator
from shiftprobe.metrics import balanced_accuracy, rejecting
from shiftprobe.stats import break_point, effective_gate, image_spread, worst_of
from shiftprobe.stats.grouped_gap import grouped_overconfidence
from shiftprobe.stats.grouped_parts import grouped_balanced_gate, grouped_worst
from shiftprobe.stats.grouped_rejecting import grouped_rejecting

TABLE = Path(__file__).parent / "groups" / "checks.csv"
HEAD = ("check", "groups", "images", "alike", "draws", "pass_by_images", "pass_by_groups", "fail_by_groups")
GROUPS, SIZES, ALIKE = (10, 20, 50), ("1-20", "4"), (0.0, 0.5, 1.0)
PER_CLASS = np.array([0.99, 0.9, 0.8, 0.7, 0.61])
Case = tuple[str, int, str, float]
Words = tuple[str, str]  # as if independent, by groups


def luck(names: np.ndarray, alike: float, rng: np.random.Generator) -> np.ndarray:
    """(N,) uniform numbers, of one group the more alike the more of the variance is the group's."""
    own, shared = rng.standard_normal(len(names)), rng.standard_normal(int(names.max()) + 1)
    return np.asarray(ndtr(np.sqrt(alike) * shared[names] + np.sqrt(1.0 - alike) * own))


def word(low: float, high: float, bound: float) -> str:
    """Of something that must not pass the bound."""
    return "pass" if high <= bound else "fail" if low > bound else "cannot tell"


def _balanced(labels: np.ndarray, names: np.ndarray, chance: np.ndarray) -> Words:
    labels = np.unique(labels, return_inverse=True)[1]
    answers = np.where(chance < PER_CLASS[labels], labels, (labels + 1) % 5)
    alone = balanced_accuracy(labels, answers, 5)
    threshold = float(PER_CLASS[np.unique(labels)].mean())
    held = grouped_balanced_gate(labels, answers, names, 5, threshold=threshold)
    return effective_gate(alone.value, alone.effective, alone.n, threshold).word, held.word


def balanced_nested(names: np.ndarray, chance: np.ndarray, _: np.random.Generator) -> Words:
    """Five classes, a group holds images of one."""
    return _balanced(names % 5, names, chance)


def balanced_mixed(names: np.ndarray, chance: np.ndarray, rng: np.random.Generator) -> Words:
    """Five classes, a group holds images of all."""
    return _balanced(rng.permutation(np.arange(len(names)) % 5), names, chance)


def _worst(parts: np.ndarray, names: np.ndarray, chance: np.ndarray) -> Words:
    right = chance < np.where(parts == 0, 0.8, 0.99)
    rights, ns = np.bincount(parts, weights=right).astype(int).tolist(), np.bincount(parts).tolist()
    return worst_of(rights, ns, 0.8).word, grouped_worst(right, parts, names, 0.8).word


def worst_nested(names: np.ndarray, chance: np.ndarray, _: np.random.Generator) -> Words:
    """Two classes, one at the bound, a group holds images of one."""
    return _worst(names % 2, names, chance)


def worst_mixed(names: np.ndarray, chance: np.ndarray, rng: np.random.Generator) -> Words:
    """The same, a group holds images of both."""
    return _worst(rng.permutation(np.arange(len(names)) % 2), names, chance)


def dial(names: np.ndarray, chance: np.ndarray, _: np.random.Generator) -> Words:
    """A dial whose middle dose lies just below the floor; passing is to claim it."""
    right = chance[:, None] < np.array([0.95, 0.9, 0.7999, 0.7, 0.5])
    doses, claimed = (0.0, 0.25, 0.5, 0.75, 1.0), 0.5
    found = [break_point(doses, right, 0.8, groups=groups) for groups in (None, names)]
    said = ["pass" if (one.dose or 0.0) >= claimed else "fail" if one.beyond in {0.0, 0.25} else "" for one in found]
    return said[0], said[1]


def _calibration(names: np.ndarray, chance: np.ndarray, sure: np.ndarray, accuracy: float, bound: float) -> Words:
    right = chance < accuracy
    alone = image_spread(sure - right).ends(0.95)
    return word(*alone, bound), word(*grouped_overconfidence(sure, right, names), bound)


def calibration(names: np.ndarray, chance: np.ndarray, rng: np.random.Generator) -> Words:
    """Mean confidence .95, right in .85, at most 10 points allowed."""
    return _calibration(names, chance, rng.uniform(0.9, 1.0, len(names)), 0.85, 0.1)


def calibration_sure(names: np.ndarray, chance: np.ndarray, rng: np.random.Generator) -> Words:
    """Mean confidence .99, right in .96, at most 3 points allowed."""
    return _calibration(names, chance, rng.uniform(0.98, 1.0, len(names)), 0.96, 0.03)


def rejection(names: np.ndarray, chance: np.ndarray, rng: np.random.Generator) -> Words:
    """Wrong with a chance of (1 - u) / 2 where u is the confidence; an error of .1 is kept above .6 and not below."""
    sure = luck(names, 0.5 * rng.integers(0, 2), rng)
    right = chance > (1.0 - sure) / 2.0
    found, lowest = (rejecting(sure, right, 0.1), grouped_rejecting(sure, right, names, 0.1)), 0.6
    said = ["pass" if one.threshold is not None and one.threshold < lowest else "" for one in found]
    return said[0], said[1]


def corruption(names: np.ndarray, chance: np.ndarray, _: np.random.Generator) -> Words:
    """The mCE of four doses that err in .05 to .4 beside a reference that errs as often; at most 1 allowed."""
    errors = np.array([0.05, 0.1, 0.2, 0.4])
    most = 4 / errors.sum()
    each = (chance[:, None] > 1.0 - errors).sum(axis=1) / errors.sum() - most / 2
    ends = [image_spread(each, groups=groups, widest=most / 2).ends(0.95) for groups in (None, names)]
    return word(*ends[0], 1.0 - most / 2), word(*ends[1], 1.0 - most / 2)


CHECKS: dict[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], Words]] = {
    "balanced accuracy, one class a group": balanced_nested,
    "balanced accuracy, all classes a group": balanced_mixed,
    "worst class, one class a group": worst_nested,
    "worst class, both classes a group": worst_mixed,
    "break-point": dial,
    "calibration": calibration,
    "calibration, surer": calibration_sure,
    "rejection": rejection,
    "mCE": corruption,
}


def rates(case: Case, draws: int) -> list[float]:
    """Shares of draws that pass as if images were independent, pass by groups, and fail by groups."""
    check, groups, images, alike = case
    rng = generator(0, "grouped checks", check, str(groups), images, str(alike))
    counted = np.zeros(3)
    for _ in range(draws):
        sizes = rng.integers(1, 21, groups) if images == "1-20" else np.full(groups, int(images))
        names = np.repeat(np.arange(groups), sizes)
        alone, held = CHECKS[check](names, luck(names, alike, rng), rng)
        counted += [alone == "pass", held == "pass", held == "fail"]
    return [float(one) for one in counted / draws]


def main(draws: int) -> None:
    """Fill in the cases that are not there yet, a row at a time."""
    there = list(csv.reader(TABLE.read_text().splitlines())) if TABLE.exists() else [list(HEAD)]
    known = {tuple(row[:4]) for row in there}
    for case in itertools.product(CHECKS, GROUPS, SIZES, ALIKE):
        if tuple(map(str, case)) in known:
            continue
        there.append([*map(str, case), str(draws), *(f"{rate:.4f}" for rate in rates(case, draws))])
        with TABLE.open("w", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(there)
        print(*there[-1])
    for check in CHECKS:
        rows = [row for row in there[1:] if row[0] == check]
        most = [max(float(row[column]) for row in rows) for column in (5, 6, 7)]
        print(f"{check}: false pass as if independent up to {most[0]}, by groups {most[1]}; false fail {most[2]}")


if __name__ == "__main__":
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=2000)
    main(asked.parse_args().draws)
