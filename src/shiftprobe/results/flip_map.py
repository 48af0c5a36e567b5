"""The flip map of a run: which test images one arm has right and the other wrong beyond seed noise, which only jitter.

`flips.json` holds what is shown, `flips.csv` every image.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from shiftprobe.core.checksums import check_file
from shiftprobe.core.reading import is_there
from shiftprobe.core.types import Condition
from shiftprobe.results.csv_text import safe
from shiftprobe.results.reading import read_as

JSON, CSV = "flips.json", "flips.csv"
COLUMNS = ("a", "b", "budget", "image", "path", "label", "kind", "effect", "p", "q", "a_right", "b_right", "of")
OLDER = "this folder was made before there was a map of flips; `shiftprobe report RUN` makes it of its answers"

Flip: TypeAlias = Literal["hurt", "helped", "apart", "jitter", "same"]
"""The first arm is worse, or better, on this image beyond seed noise; the arms are apart in every seed, which are too
few to tell; seeds of one arm disagree; every training says the same as right or wrong."""

FLIPS: tuple[Flip, ...] = ("hurt", "helped", "apart", "jitter", "same")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlippedImage:
    """One test image: in how many conditions each training has it right."""

    image: int
    kind: Flip
    effect: float  # share of trainings and conditions in which a is right, minus that of b
    p: float  # over all ways to share the trainings out between the arms
    q: float  # false discovery rate at which it is called
    a: tuple[int, ...]  # by seed, conditions with the right answer
    b: tuple[int, ...]
    doses: tuple[int, ...]  # by condition, seeds of a that are right minus those of b


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedAgreement:
    """How often two trainings give the same answer, right or wrong: the mean over pairs and conditions, fractions.

    Networks that differ by their seed alone disagree about as often as they err, where they are calibrated.

    Reference: Jiang et al., 2022, arXiv:2106.13799.
    """

    a: float  # two seeds of the first arm
    b: float  # two seeds of the second
    between: float  # a seed of one and another seed of the other
    a_right: float  # what the first arm is right on
    b_right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipMap:
    """Two arms image by image, over seeds and conditions, after the last epoch."""

    a: str
    b: str
    budget: int
    seeds: tuple[int, ...]
    conditions: tuple[Condition, ...]
    images: int
    level: float  # false discovery rate
    smallest: float  # p that an image can reach with so many seeds
    counts: Mapping[Flip, int]
    grouped: bool = False  # whether test images come in groups, which move together
    agreement: SeedAgreement | None = None  # None in folders of earlier versions
    shown: tuple[FlippedImage, ...] = ()  # all but those that every training has the same, the most hurt first

    @property
    def can_call(self) -> bool:
        """Whether so many seeds can call any image at all."""
        return self.smallest <= self.level

    def of(self, kind: Flip) -> tuple[FlippedImage, ...]:
        """The images of one kind, the strongest first."""
        return tuple(sorted((one for one in self.shown if one.kind == kind), key=lambda one: (-abs(one.effect), one.q)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipsFound:
    """The map, or why there is none."""

    flips: FlipMap | None = None
    reason: str = ""


def read_flips(path: Path) -> FlipsFound:
    """The flip map in a run folder; a reason where an earlier version made it.

    Raises:
        RunError: when it is not as it was written, or holds something else.
    """
    file = path / JSON
    check_file(file)
    return read_as(FlipsFound, file) if is_there(file) else FlipsFound(reason=OLDER)


def csv_text(found: FlipsFound, paths: Sequence[str], labels: Sequence[str]) -> str:
    """A line per test image; the header alone where there is no map.

    Args:
        found: the map.
        paths: where each test image lies; none where the folder does not say.
        labels: (N,) the class of each test image by name; none where there is no map.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    one = found.flips
    if one is None:
        return out.getvalue()
    shown, most = {image.image: image for image in one.shown}, len(one.seeds) * len(one.conditions)
    for i in range(one.images):
        image = shown.get(i)
        path = paths[i] if i < len(paths) else ""
        found_here: tuple[object, ...] = (
            ("same", 0.0, 1.0, 1.0, "", "", most)
            if image is None
            else (image.kind, image.effect, image.p, image.q, sum(image.a), sum(image.b), most)
        )
        writer.writerow([safe(cell) for cell in (one.a, one.b, one.budget, i, path, labels[i], *found_here)])
    return out.getvalue()
