"""Which verdicts change when both arms train as the field trains: `plain` against the recipes of the field.

Without a flag it prints the table of the docs from the rows of `recipes.csv`. `--minutes 10 [--case drawings --drawings
DIR]` trains first, cell by cell, and appends a row after each; those that are there are kept, so that the same command
goes on. It says before what is left to do, and what cells like these have cost so far.
DIR: drawings of the npm package openmoji (CC BY-SA 4.0), a folder per group; nothing but numbers is kept of them.
"""

import argparse
import csv
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from recipe_cases import POOL, TESTED, Ready, drawings, fashion
from shiftprobe.core import seeding
from shiftprobe.data.split import draw_budget, held_back
from shiftprobe.models.extract import extract
from shiftprobe.models.head import with_head_of
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import Situation, resolve
from shiftprobe.spec.training import RecipeName, Train
from shiftprobe.stats.arms import compare_arms
from shiftprobe.train.loop import DivergedError, fit
from shiftprobe.train.pixels import Labelled

TABLE = Path(__file__).with_name("recipes.csv")
LABELS, SEEDS, ARMS = (100, 300, 1000), (0, 1, 2), ("scratch", "transfer")
FACTORS = (1.0, 0.3, 0.1, 3.0)  # of the recipe's own rate: the first is the untuned training, all are the four trials
RECIPES = ("plain", "field")  # field: `finetune` for what begins from the checkpoint, `scratch` for what does not
KINDS: Mapping[str, Callable[[str], Any]] = {
    "labels": int, "seed": int, "steps": int, "factor": float, "seconds": float, "validation": float, "test": float,
}  # fmt: skip
VALIDATION, MARGIN, SMALL_BATCH = 0.2, 0.01, 16
OF_THE_FIELD: Mapping[str, RecipeName] = {"transfer": "finetune", "scratch": "scratch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One training."""

    case: str
    labels: int
    recipe: str
    arm: str
    factor: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Cell):
    """What came of it; `right` holds a bit per test image, in hex, empty where the training diverged."""

    steps: int
    seconds: float  # of processor time
    validation: float
    test: float
    right: str


def grid(cases: tuple[str, ...]) -> Iterator[Cell]:
    """All cells, those first that matter most: untuned before tuned, few labels before many."""
    yield from (
        Cell(case=case, labels=labels, recipe=recipe, arm=arm, factor=factor, seed=seed)
        for untuned in (True, False)
        for labels in LABELS
        for case in cases
        for factor in (FACTORS[:1] if untuned else FACTORS[1:])
        for recipe in RECIPES
        for seed in SEEDS
        for arm in ARMS
    )


def trained(ready: Ready, cell: Cell) -> Row:
    """Train one cell on its budget, a fifth of which only judges."""
    index = draw_budget(ready.labels[:POOL], cell.labels, seeding.generator(cell.seed, "budget"))
    kept = len(index) - held_back(len(index), VALIDATION, ready.classes)
    train, judge = (Labelled(ready.images[some], ready.labels[some]) for some in (index[:kept], index[kept:]))
    recipe = recipe_of(ready, cell, kept)
    model = ready.fresh(seeding.integer(cell.seed, "init"))
    if cell.arm == "transfer":
        model.load_state_dict(with_head_of(ready.source, model.state_dict(), ready.head))
    began, right, seen = time.process_time(), "", np.nan
    try:
        told = fit(
            model, train, ready.preprocess, recipe, seed=cell.seed, device="cpu", validation=judge, head=ready.head
        )
        answers = _right(ready, model)
        right, seen = np.packbits(answers).tobytes().hex(), told.scores[-1].accuracy
    except DivergedError:
        answers = np.zeros(len(ready.labels) - POOL, bool)
    return Row(
        **asdict(cell), steps=recipe.course(kept).steps, seconds=time.process_time() - began,
        validation=seen, test=float(answers.mean()), right=right,
    )  # fmt: skip


def recipe_of(ready: Ready, cell: Cell, images: int) -> Recipe:
    """The recipe of a cell at its rate; a large network takes small batches, so that 500 steps are affordable here."""
    name: RecipeName = "plain" if cell.recipe == "plain" else OF_THE_FIELD[cell.arm]
    train = Train(recipe=name, batch=SMALL_BATCH if ready.arch == "lite0" else None)
    situation = Situation(family="convolutional", easy=False, pretrained=cell.arm == "transfer", images=images)
    recipe = resolve(train, cell.arm, situation)
    return replace(recipe, lr=recipe.lr * cell.factor)


def _right(ready: Ready, model: torch.nn.Module) -> NDArray[np.bool_]:
    """Which test images a finished network gets right."""
    head = ready.head
    view = extract(model, ready.images[POOL:], ready.labels[POOL:], ready.preprocess, taps=(), head=head, device="cpu")
    return np.asarray(view.logits.argmax(1) == ready.labels[POOL:])


def rows() -> list[Row]:
    """What has been trained so far."""
    if not TABLE.exists():
        return []
    kinds = {one.name: KINDS.get(one.name, str) for one in fields(Row)}
    with TABLE.open(newline="") as file:
        return [Row(**{key: kinds[key](value) for key, value in line.items()}) for line in csv.DictReader(file)]


def _append(row: Row) -> None:
    new = not TABLE.exists()
    with TABLE.open("a", newline="") as file:
        writer = csv.DictWriter(file, [one.name for one in fields(Row)], lineterminator="\n")
        if new:
            writer.writeheader()
        short = {"seconds": f"{row.seconds:.1f}", "validation": f"{row.validation:.4f}", "test": f"{row.test:.4f}"}
        writer.writerow(asdict(row) | short)


def table(found: Sequence[Row]) -> Iterator[str]:
    """Lines of Markdown: what each recipe says of transfer against scratch, untuned and with four trials per arm."""
    yield "| case | labels | recipe | trials | scratch | transfer | difference, 95 % interval | word |"
    yield "|---|---|---|---|---|---|---|---|"
    for case, labels in dict.fromkeys((row.case, row.labels) for row in found):
        for recipe in RECIPES:
            for factors in (FACTORS[:1], FACTORS):
                some = [one for one in found if (one.case, one.labels, one.recipe) == (case, labels, recipe)]
                arms = [chosen([one for one in some if one.arm == arm], factors) for arm in ARMS]
                if all(arms):
                    told = " | ".join(judged(*arms))
                    yield f"| {case} | {labels:,} | {recipe} | {len(factors)} | {told} |"


def chosen(found: Sequence[Row], factors: Sequence[float]) -> list[Row]:
    """The rows of the rate that is best on the validation part, mean over seeds; none where a trial is missing."""
    trials = [sorted((one for one in found if one.factor == factor), key=lambda one: one.seed) for factor in factors]
    if any(tuple(one.seed for one in some) != SEEDS for some in trials):
        return []
    return max(trials, key=lambda some: np.nan_to_num([one.validation for one in some], nan=0.0).mean())


def judged(scratch: Sequence[Row], transfer: Sequence[Row]) -> tuple[str, ...]:
    """Both arms with their spread, their difference as the product judges it, and its word."""
    first, second = (np.stack([answers(one) for one in arm]) for arm in (transfer, scratch))
    told = compare_arms(first, second, MARGIN)
    means = [np.array([one.test for one in arm]) * 100 for arm in (scratch, transfer)]
    both = "no interval" if told.both is None else f"{100 * told.both[0]:.1f} to {100 * told.both[1]:.1f}"
    spreads = tuple(f"{some.mean():.1f} ({some.std(ddof=1):.1f})" for some in means)
    return (*spreads, f"{100 * told.difference:+.1f}, {both}", told.verdict)


def answers(row: Row) -> NDArray[np.bool_]:
    """Which test images a training got right, as its row keeps them; none where it diverged."""
    if not row.right:
        return np.zeros(TESTED, bool)
    return np.unpackbits(np.frombuffer(bytes.fromhex(row.right), np.uint8))[:TESTED].astype(bool)


def main() -> None:
    """Train what is missing until the time is over, or tell what there is."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--case", choices=("fashion", "drawings"), action="append")
    ask.add_argument("--drawings", type=Path)
    ask.add_argument("--minutes", type=float, default=0.0, help="of processor time, checked between cells")
    ask.add_argument("--labels", type=int, choices=LABELS, action="append")
    ask.add_argument("--recipe", choices=RECIPES, action="append")
    ask.add_argument("--untuned", action="store_true", help="the recipes' own rates alone")
    asked, found = ask.parse_args(), rows()
    cases = tuple(asked.case or ["fashion"])
    wanted = [
        one for one in grid(cases) if one.labels in (asked.labels or LABELS) and one.recipe in (asked.recipe or RECIPES)
    ]
    wanted = [one for one in wanted if one.factor == 1 or not asked.untuned]
    done = {_address(one) for one in found}
    left = [one for one in wanted if _address(one) not in done]
    print(*costs(found, left), sep="\n", flush=True)
    torch.set_num_threads(1)
    while left and time.process_time() < 60 * asked.minutes:
        cell = left.pop(0)
        _append(trained(drawings(asked.drawings) if cell.case == "drawings" else fashion(), cell))
    print(*table(rows()), sep="\n")


def costs(found: Sequence[Row], left: Sequence[Cell]) -> Iterator[str]:
    """How many cells are left, and what one like them has cost so far, in seconds of processor time."""
    for key in dict.fromkeys((one.case, one.labels, one.recipe) for one in left):
        count = sum((one.case, one.labels, one.recipe) == key for one in left)
        times = [one.seconds for one in found if (one.case, one.labels, one.recipe) == key]
        cost = f"{np.mean(times):.0f} s each, {count * np.mean(times) / 60:.1f} min" if times else "cost not known yet"
        yield f"{key[0]}, {key[1]:,} labels, {key[2]}: {count} to do, {cost}"


def _address(cell: Cell) -> tuple[object, ...]:
    return tuple(getattr(cell, one.name) for one in fields(Cell))


if __name__ == "__main__":
    main()
