"""Estimates without labels against the truth, kind by kind, on checkpoints trained here: docs/unlabelled.md's tables.

    PYTHONPATH=. python benchmarks/validate_estimates.py ROWS.csv                from the root of the repository
    PYTHONPATH=. python benchmarks/validate_estimates.py ROWS.csv --development  the cases that chose rules and limits
    PYTHONPATH=. python benchmarks/validate_estimates.py ROWS.csv --table        what the rows say

A row per target and way: `alone`, and `two networks`, where agreement with a second network joins. Rows of `before`
were written by the same script with the sources of commit 5c970c0 first on PYTHONPATH and `--before`. Checkpoints that
have their rows are left out; `--keep FOLDER` keeps what networks answered. Two minutes of one core per checkpoint.
"""

import argparse
import csv
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from tests.auditing.estimate_cases import Checkpoint

from shiftprobe.auditing.estimate.accuracy import AccuracyEstimate, Known, Predictions, estimates
from shiftprobe.metrics import clopper_pearson
from unlabelled_looks import Look, checkpoints, seen
from unlabelled_targets import KINDS, Target, targets

FEW = (200, 100)  # labelled images and images of the target, for the second table
WAYS = ("before", "alone", "two networks")


class Row(NamedTuple):
    """A target, and what one way said of it."""

    half: str
    few: bool
    way: str
    checkpoint: str
    kind: str
    name: str
    n: int
    truth: float
    value: float | None
    low: float | None
    high: float | None

    @property
    def case(self) -> tuple[object, ...]:
        """What other ways answered too."""
        return self.half, self.few, self.checkpoint, self.kind, self.name

    @property
    def width(self) -> float:
        """Of the interval."""
        return (self.high or 0.0) - (self.low or 0.0)

    @property
    def held(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.low is not None and self.high is not None and self.low <= self.truth <= self.high


def rows_of(one: Checkpoint, half: str, folder: Path, *, before: bool) -> Iterator[Row]:
    """All targets of a checkpoint, with all images and with few."""
    looked = seen(one, half, folder)
    grid, planted = [look for look in looked.looks if look.kind == "grid"], targets(looked, half, one.seed)
    for few in (False, True):
        rng, n = np.random.default_rng(one.seed), len(grid[0].labels)
        kept = np.sort(rng.permutation(n)[: FEW[0] if few else n])
        picks = [rng.permutation(len(target.other))[: FEW[1] if few else None] for target in planted]
        looks = [part(target.predictions, pick) for target, pick in zip(planted, picks, strict=True)]
        known = [
            Known(
                predictions=part(look.predictions, kept),
                labels=look.labels[kept],
                shift=look.shift,
                severity=look.severity,
            )
            for look in grid
        ]
        found = {"before" if before else "alone": estimates(known, looks, confidence=0.9, seed=one.seed)}
        if not before:
            paired = [
                replace(item, second=look.other[kept].argmax(axis=1)) for item, look in zip(known, grid, strict=True)
            ]
            seconds = [target.other[pick].argmax(axis=1) for target, pick in zip(planted, picks, strict=True)]
            found["two networks"] = estimates(paired, looks, seconds=seconds, confidence=0.9, seed=one.seed)
        for way, answers in found.items():
            for target, answer in zip(planted, answers, strict=True):
                if way != "two networks" or target.kind != "features":  # the second network saw the images unchanged
                    yield _row((half, few, way, name_of(one)), target, answer)


def known_of(look: Look, kept: NDArray[np.int64]) -> Known:
    """Some images of a look of the grid."""
    predictions = part(look.predictions, kept)
    return Known(predictions=predictions, labels=look.labels[kept], shift=look.shift, severity=look.severity)


def name_of(one: Checkpoint) -> str:
    """Data, images, epochs, seed."""
    return f"{one.pair} {one.images} {one.epochs} {one.seed}"


def part(predictions: Predictions, index: NDArray[np.int64]) -> Predictions:
    """Some images of a look."""
    return predictions.each(lambda array: array[index])


def _row(place: tuple[str, bool, str, str], target: Target, found: AccuracyEstimate) -> Row:
    half, few, way, name = place
    numbers = (None if one is None else round(one, 4) for one in (found.value, found.low, found.high))
    return Row(half, few, way, name, target.kind, target.name, found.n, round(target.truth, 4), *numbers)


def read(path: Path) -> list[Row]:
    """Rows that are there."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [
            Row(
                half=one["half"],
                few=one["few"] == "True",
                way=one["way"],
                checkpoint=one["checkpoint"],
                kind=one["kind"],
                name=one["name"],
                n=int(one["n"]),
                truth=float(one["truth"]),
                value=float(one["value"]) if one["value"] else None,
                low=float(one["low"]) if one["low"] else None,
                high=float(one["high"]) if one["high"] else None,
            )
            for one in csv.DictReader(file)
        ]


def table(rows: Sequence[Row]) -> None:
    """Per kind and way: answered, inside with its exact interval, width; widths also where `before` answered too."""
    earlier = {one.case: one for one in rows if one.way == "before" and one.value is not None}
    print("| targets | way | cases | answered | inside 90 % | too high, too low | mean error | width | where both |")
    print("|---|---|---|---|---|---|---|---|---|")
    for kind, words in {**KINDS, "": "all"}.items():
        for way in WAYS:
            some = [one for one in rows if one.way == way and kind in {"", one.kind}]
            answered = [one for one in some if one.value is not None]
            if answered:
                print(f"| {words} | {way} | {_cells(some, answered, earlier)} |")


def _cells(some: Sequence[Row], answered: Sequence[Row], earlier: dict[tuple[object, ...], Row]) -> str:
    held = sum(one.held for one in answered)
    low, high = clopper_pearson(held, len(answered), 0.95)
    above = sum((one.low or 0.0) > one.truth for one in answered)
    error = np.mean([abs((one.value or 0.0) - one.truth) for one in answered])
    both = [one for one in answered if one.case in earlier]
    widths = [float(np.mean([one.width for one in part])) for part in (both, [earlier[one.case] for one in both])]
    return (
        f"{len(some)} | {len(answered)} ({len(answered) / len(some):.0%}) | {held / len(answered):.3f} "
        f"({low:.2f} to {high:.2f}) | {above}, {len(answered) - held - above} | {error:.3f} "
        f"| {np.mean([one.width for one in answered]):.3f} | {widths[0]:.3f} against {widths[1]:.3f}"
    )


def main() -> None:
    """Rows of every checkpoint that has none yet; or the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("rows", type=Path)
    parser.add_argument("--development", action="store_true")
    parser.add_argument("--before", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    half = "development" if given.development else "held out"
    rows = read(given.rows)
    if given.table:
        for few in (False, True):
            print(f"\n{half}, " + (f"{FEW[0]} labelled images, targets of {FEW[1]}" if few else "all images"))
            table([one for one in rows if one.half == half and one.few is few])
        return
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    there = {(one.half, one.way, one.checkpoint) for one in rows}
    with tempfile.TemporaryDirectory() as temporary, given.rows.open("a", newline="") as file:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        writer = csv.writer(file)
        if not rows:
            writer.writerow(Row._fields)
        for one in checkpoints(half):
            name = name_of(one)
            if (half, "before" if given.before else "alone", name) not in there:
                writer.writerows(list(rows_of(one, half, folder, before=given.before)))
                file.flush()
                print(name, flush=True)


if __name__ == "__main__":
    main()
