"""How often resamples of `locate` agree: where one shift, two, or none of ours was planted.

Cases: one family at a dose, two families of different kinds, and mixtures in which half of the target's images met one
family and half another, of which no single shift is the truth. Digits (MNIST, 28 px) and photos (tiles of 64 px) as in
`tests/locate/planting.py`, at doses that those tables do not hold (0.3, 0.5, 0.7). The bound below which the answer is
"no single shift" (`location.AGREED`) was set before, to 0.8, and read off none of these.

Each row of `locate_splits.csv` is a case; the same command goes on where it was stopped, `--cases N` bounds it.
`--table` prints the counts of docs/locate.md.
"""

import argparse
import csv
import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.locate.planting import Field, Trial, digits, photos, plant

from shiftprobe.core.seeding import generator
from shiftprobe.locate.shift_kinds import kind_of
from shiftprobe.locate.statistics_cache import Chain

ROWS = Path(__file__).with_suffix(".csv")
HEADS = ("population", "case", "planted", "found", "right_kinds", "kind_share", "family_share", "explained", "seconds")
DOSES = (0.3, 0.5, 0.7)
AGREED = 0.8


def cases(names: tuple[str, ...]) -> Iterator[tuple[str, tuple[Chain, ...]]]:
    """What is planted, the three sorts in turn: one chain, or two of which each meets half of the images."""
    rng = generator(0, "splits")
    pairs = [pair for pair in itertools.permutations(names, 2) if kind_of(pair[0]) != kind_of(pair[1])]
    while True:
        yield "one", (((str(rng.choice(names)), float(rng.choice(DOSES))),),)
        two, mixed = (pairs[i] for i in rng.choice(len(pairs), 2, replace=False))
        yield "two", (tuple((name, float(rng.choice(DOSES))) for name in two),)
        yield "mixture", tuple(((name, float(rng.choice(DOSES))),) for name in mixed)


def trial(field: Field, chains: tuple[Chain, ...]) -> Trial:
    """One case, located as `locate` does."""
    if len(chains) == 1:
        return field.trial(chains[0], seed=3000)
    images = field.held_out
    half = len(images) // 2
    planted = [plant(part, chain, 3000) for part, chain in zip((images[:half], images[half:]), chains, strict=True)]
    whole, field.held_out = field.held_out, np.concatenate(planted)
    try:
        return Trial(planted=chains[0] + chains[1], found=field.trial((), seed=3000).found)
    finally:
        field.held_out = whole


def measure(population: str, most: int, known: set[tuple[str, str, str]]) -> Iterator[dict[str, object]]:
    """Rows that are not there yet."""
    field = Field({"digits": digits, "photos": photos}[population]())
    for case, chains in itertools.islice(cases(field.names), most):
        planted = " | ".join("+".join(f"{name} {dose:g}" for name, dose in chain) for chain in chains)
        if (population, case, planted) in known:
            continue
        began = time.process_time()
        done = trial(field, chains)
        found = done.found
        kinds = tuple(sorted(one.kind for one in found.shifts))
        names = tuple(sorted(one.name for one in found.shifts))
        yield {
            "population": population,
            "case": case,
            "planted": planted,
            "found": "+".join(f"{one.name} {one.severity:.2f}" for one in found.shifts),
            "right_kinds": int(done.right_kinds),
            "kind_share": next((one.share for one in found.kinds if one.names == kinds), 0.0),
            "family_share": next((one.share for one in found.families if one.names == names), 0.0),
            "explained": round(found.explained, 3),
            "seconds": round(time.process_time() - began, 1),
        }


def table(rows: list[dict[str, str]]) -> None:
    """Per sort of case: how many were answered, right of those, called split."""
    for population, case in itertools.product(("digits", "photos"), ("one", "two", "mixture")):
        of = [row for row in rows if (row["population"], row["case"]) == (population, case) and row["found"]]
        agreed = [row for row in of if float(row["kind_share"]) >= AGREED]
        right = sum(int(row["right_kinds"]) for row in agreed)
        every = sum(int(row["right_kinds"]) for row in of)
        print(f"{population} {case}: {len(of)} found, {every} right; {len(agreed)} named, {right} of those right")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--population", default="digits", choices=("digits", "photos"))
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    rows = list(csv.DictReader(ROWS.open())) if ROWS.exists() else []
    if given.table:
        table(rows)
        return
    known = {(row["population"], row["case"], row["planted"]) for row in rows}
    with ROWS.open("a", newline="") as file:
        writer = csv.DictWriter(file, HEADS, lineterminator="\n")
        if not rows:
            writer.writeheader()
        for row in measure(given.population, given.cases, known):
            writer.writerow(row)
            file.flush()


if __name__ == "__main__":
    main()
