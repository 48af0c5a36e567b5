"""The flip map as numbers: which images stand in it, how strongly each cell is filled. Pages and papers draw it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from shiftprobe.core.words import counted, listed
from shiftprobe.results.flip_map import FlipMap, FlippedImage

MOST = 400  # images side by side; narrower columns would not be seen
MOST_CALLED = 120  # of them hurt, and likewise helped
STEPS = 4  # of filling
SAID = {"hurt": "hurt", "helped": "helped", "apart": "apart in every seed", "jitter": "only jitter"}


class FlipBlock(NamedTuple):
    """Rows that belong together; a cell from -4 to 4, below 0 where the second arm is right more often."""

    title: str
    arm: str  # empty where both arms are compared
    labels: tuple[str, ...]  # a row each; empty where the row before says it
    cells: tuple[tuple[int, ...], ...]  # by row, by image


class FlipGrid(NamedTuple):
    """Images from the most hurt to the most helped, and a block per arm and for the conditions."""

    names: tuple[str, str]
    images: tuple[FlippedImage, ...]
    blocks: tuple[FlipBlock, ...]
    total: int  # images that are not the same in all trainings


class FlipRun(NamedTuple):
    """Neighbouring cells of one filling."""

    start: int
    length: int
    filling: int


def flip_grid(flips: FlipMap) -> FlipGrid | None:
    """What is drawn of a map; None where every training has every image the same."""
    images = _chosen(flips)
    if not images:
        return None
    of = len(flips.conditions)
    blocks = [
        FlipBlock(
            f"{arm}: a row per seed",
            arm,
            tuple(f"seed {seed}" for seed in flips.seeds),
            tuple(tuple(filling(getattr(one, side)[i], of) for one in images) for i in range(len(flips.seeds))),
        )
        for side, arm in (("a", flips.a), ("b", flips.b))
    ]
    if of > 1:
        blocks.append(_conditions(flips, images))
    return FlipGrid((flips.a, flips.b), images, tuple(blocks), len(flips.shown))


def _conditions(flips: FlipMap, images: Sequence[FlippedImage]) -> FlipBlock:
    names, before = [], ""
    for one in flips.conditions:
        name = one.shift if one.severity > 0 else "unshifted"
        names.append("" if name == before else name)
        before = name
    cells = tuple(
        tuple(filling(one.doses[i], len(flips.seeds)) for one in images) for i in range(len(flips.conditions))
    )
    return FlipBlock(f"{flips.a} minus {flips.b}, by condition", "", tuple(names), cells)


def _chosen(flips: FlipMap) -> tuple[FlippedImage, ...]:
    """All images where they fit; else those that are called, the strongest first, and an even share of the rest."""
    if len(flips.shown) <= MOST:
        return _ordered(flips.shown)
    called = (*flips.of("hurt")[:MOST_CALLED], *flips.of("helped")[:MOST_CALLED])
    rest = [one for one in flips.shown if one.kind in ("apart", "jitter")]
    room = min(MOST - len(called), len(rest))
    return _ordered((*called, *(rest[(2 * i + 1) * len(rest) // (2 * room)] for i in range(room))))


def _ordered(images: Sequence[FlippedImage]) -> tuple[FlippedImage, ...]:
    """The hurt at the left, the helped at the right, what cannot be told between them."""
    place = {"hurt": 0, "helped": 2}
    return tuple(sorted(images, key=lambda one: (place.get(one.kind, 1), one.effect, sum(one.a), one.image)))


def filling(value: int, of: int) -> int:
    """A count as one of few steps; whatever is not 0 is seen."""
    step = -(-abs(value) * STEPS // of)
    return step if value > 0 else -step


def stretches(cells: Sequence[int]) -> Iterator[FlipRun]:
    """A row as few rectangles: neighbours of one filling together, without those that are empty."""
    start = 0
    for i in range(1, len(cells) + 1):
        if i == len(cells) or cells[i] != cells[start]:
            if cells[start]:
                yield FlipRun(start, i - start, cells[start])
            start = i


def told(flips: FlipMap) -> str:
    """What the map says, in two sentences."""
    basis = f"{counted(flips.images, 'test image')}, {counted(len(flips.seeds), 'seed')}"
    if len(flips.conditions) > 1:
        basis += f", {counted(len(flips.conditions), 'condition')}"
    rest = [f"{flips.counts.get(kind, 0):,} {SAID[kind]}" for kind in ("apart", "jitter") if flips.counts.get(kind)]
    if not flips.can_call:
        smallest = f"{flips.smallest:.2g}".removeprefix("0")
        begin = f"With {counted(len(flips.seeds), 'seed')} no single image can be told from seed noise (p is at least "
        return f"{begin}{smallest}). Of {basis}: {listed(rest) or 'none differ'}."
    called = [f"{flips.counts.get(kind, 0):,} {SAID[kind]}" for kind in ("hurt", "helped")]
    level = f"false discovery rate {100 * flips.level:g} %"
    behind = f" {listed(rest).capitalize()}." if rest else ""
    return f"By {flips.a} instead of {flips.b}, {listed(called)} beyond seed noise ({level}, {basis}).{behind}"
