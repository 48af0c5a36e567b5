"""Our recipes against the published corruptions, on real photographs: how far each moves an image, and where to match.

    python -m benchmarks.match_recipes --ice FOLDER     from the root of the repository, about ten minutes on one core

FOLDER holds the authors' six photographs of frost, `frost1.png` to `frost6.jpg`; without it the row is left out. For
every corruption it prints both distances of theirs at the five levels, the mean of 1 - SSIM and of the difference in
grey levels, how many times as far ours goes at its dose, and the dose at which the first is the same.
"""

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from tests.shifts import published
from tests.shifts.photographs import photographs

from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image
from shiftprobe.metrics import perceptual_distance
from shiftprobe.shifts import SHIFTS, DosedShift
from shiftprobe.shifts.recipes import RECIPES, Point

SIDES = {"imagenet_c": 224, "cifar_c": 32}
DRAWS = {224: 2, 32: 8}  # per photograph
HALVINGS = 10

Distances = NDArray[np.float64]  # the means of 1 - SSIM and of the absolute difference in grey levels


def both(before: Sequence[Image], after: Sequence[Image]) -> Distances:
    grey_levels = [np.abs(np.subtract(a, b, dtype=np.int16)).mean() for a, b in zip(before, after, strict=True)]
    return np.array([perceptual_distance(before, after), np.mean(grey_levels)])


def of_theirs(name: str, constants: object, images: Sequence[Image]) -> Distances:
    def one(draw: int) -> Distances:
        before, after = (
            [do(name, image, constants, np.random.default_rng([draw, i])) for i, image in enumerate(images)]
            for do in (published.moved, published.corrupted)
        )
        return both(before, after)

    return averaged(one, images)


def of_ours(shift: str, dose: float, images: Sequence[Image]) -> Distances:
    change = dial(shift).build(dose)

    def one(draw: int) -> Distances:
        return both(images, [change(x.copy(), image_generator(draw, i)) for i, x in enumerate(images)])

    return averaged(one, images)


def averaged(one: Callable[[int], Distances], images: Sequence[Image]) -> Distances:
    return np.asarray(np.mean([one(draw) for draw in range(DRAWS[len(images[0])])], axis=0))


def dial(shift: str) -> DosedShift:
    found = SHIFTS[shift]
    if not isinstance(found, DosedShift):
        raise TypeError(shift)
    return found


def matched(shift: str, wanted: float, images: Sequence[Image]) -> float:
    """The dose at which ours moves images by a mean 1 - SSIM; the end of the dial when it never does."""
    low, high = dial(shift).start, dial(shift).end
    if of_ours(shift, high, images)[0] < wanted:
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if of_ours(shift, middle, images)[0] > wanted else (middle, high)
    return (low + high) / 2


def show(name: str, point: Point, images: Sequence[Image]) -> None:
    """A row of the table in docs/recipes.md, and under it the doses that match."""
    theirs = np.array([of_theirs(name, constants, images) for constants in point.published])
    parts = np.array([of_ours(point.shift, dose, images) for dose in point.doses]) / theirs
    columns = (listed(theirs[:, 0], 3), listed(theirs[:, 1], 1), listed(parts[:, 0], 2), listed(parts[:, 1], 2))
    print(f"| `{name}` | {' | '.join(columns)} |", flush=True)
    if point.how == "matched":
        found = [matched(point.shift, wanted, images) for wanted in theirs[:, 0]]
        print(f"    doses that match: {listed(found, 5)}; kept: {point.doses}", flush=True)


def listed(numbers: Iterable[float], digits: int) -> str:
    return ", ".join(f"{number:.{digits}f}" for number in numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ice", type=Path)
    parser.add_argument("--only", nargs="*", default=())
    asked = parser.parse_args()
    if asked.ice:
        ice = [np.asarray(PIL.Image.open(file).convert("RGB")) for file in sorted(asked.ice.glob("frost*"))]
        published.CORRUPTIONS["frost"] = published.frost(ice)
    for recipe, points in RECIPES.items():
        images = photographs(SIDES[recipe])
        print(f"\n{recipe}, {len(images)} photographs of {SIDES[recipe]} px")
        for name, point in points.items():
            if name in published.CORRUPTIONS and (not asked.only or name in asked.only):
                show(name, point, images)


if __name__ == "__main__":
    main()
