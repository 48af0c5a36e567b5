"""Where on its own dial a shift stands at each severity of a run: the dose itself, or equal distances for all."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.checksums import with_own
from shiftprobe.core.errors import RunError
from shiftprobe.core.files import json_bytes, write_bytes
from shiftprobe.core.reading import read_json
from shiftprobe.core.rows import Subset
from shiftprobe.core.types import Image, Shift
from shiftprobe.metrics import perceptual_distance

GRID = tuple(i / 8 for i in range(9))  # doses at which the distance is measured
SAMPLE = 32  # images it is measured on
MIN_SIDE = 7  # px; structural similarity needs so many on both sides


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseScale:
    """Severities that mean the same distance for every shift, as far as each can reach.

    Distance is the mean of 1 - SSIM over a sample of the user's own images. At severity 1 it is the common
    distance: the median of what the shifts reach at dose 1.
    """

    common: float
    reach: Mapping[str, float]  # per shift, the part of the common distance that dose 1 reaches; 1 when all of it
    doses: Mapping[str, Mapping[float, float]]  # per shift: severity, and the dose that gives it

    def dose(self, shift: str, severity: float) -> float:
        """The dose of a shift at one severity of the run."""
        return self.doses[shift][severity] if severity > 0 else 0.0

    def told(self) -> dict[str, object]:
        """As plain data, for `about.json`."""
        doses = {shift: {repr(severity): dose for severity, dose in of.items()} for shift, of in self.doses.items()}
        return {"common": self.common, "reach": dict(self.reach), "doses": doses}


def by_distance(distances: Mapping[str, Sequence[float]], severities: Sequence[float]) -> DoseScale:
    """The scale that given distances allow.

    Args:
        distances: per shift, the distance at each dose of `GRID`, from 0 up.
        severities: fractions above 0 that the run asks for.

    Returns:
        Doses by monotone interpolation; 1 where a shift cannot reach the distance.
    """
    common = float(median(of[-1] for of in distances.values()))
    reach = {shift: min(1.0, float(of[-1]) / common) if common > 0 else 0.0 for shift, of in distances.items()}
    doses = {
        shift: {severity: _inverse(np.asarray(of), severity * common) for severity in severities}
        for shift, of in distances.items()
    }
    return DoseScale(common=common, reach=reach, doses=doses)


def _inverse(distances: NDArray[np.float64], wanted: float) -> float:
    """The smallest dose that reaches a distance, between measured doses in a straight line."""
    rising = np.maximum.accumulate(distances)
    if wanted > rising[-1]:
        return 1.0
    place = int(np.searchsorted(rising, wanted))
    if place == 0:
        return 0.0
    part = (wanted - rising[place - 1]) / (rising[place] - rising[place - 1])
    return float(GRID[place - 1] + part * (GRID[place] - GRID[place - 1]))


def measure(shift: Shift, images: Sequence[Image], seed: int) -> list[float]:
    """The distance of a shift at every dose of `GRID`, on these images at their own resolution.

    Args:
        shift: image i of this sample meets the draw of the generator `(seed, i)` at every dose.
        images: small ones are compared enlarged, each pixel repeated, since structure needs 7 px on both sides.
        seed: of the draws.
    """
    found = [0.0]
    before = [_large(image) for image in images]
    for dose in GRID[1:]:
        change = shift.at(dose)
        changed = [change(image, seeding.image_generator(seed, i)) for i, image in enumerate(images)]
        found.append(perceptual_distance(before, [_large(image) for image in changed]))
    return found


def measured(shift: Shift, images: Sequence[Image], seed: int, cache: Path) -> list[float]:
    """As `measure`, read from a file when it has been done before and its checksum holds."""
    kept = _kept(cache)
    if kept is None:
        kept = measure(shift, images, seed)
        write_bytes(cache, json_bytes(with_own({"of": cache.name, "distances": kept})))
    return kept


def _kept(cache: Path) -> list[float] | None:
    """What was measured before; None where it is not there, damaged, or that of another name."""
    with suppress(OSError, RunError, KeyError, TypeError, ValueError):
        data = read_json(cache)
        if data["of"] == cache.name and data == with_own({"of": cache.name, "distances": data["distances"]}):
            found = [float(one) for one in data["distances"]]
            return found if len(found) == len(GRID) else None
    return None


def sample(images: Sequence[Image], index: NDArray[np.int64], seed: int) -> Subset[Image]:
    """A few of the images that an index names, drawn with a seed, unread."""
    order = seeding.generator(seed, "distance sample").permutation(len(index))[:SAMPLE]
    return Subset(images, index[np.sort(order)].tolist())


def _large(image: Image) -> Image:
    """The image with its pixels repeated until structure can be compared."""
    times = -(-MIN_SIDE // min(image.shape[:2]))
    return image if times == 1 else np.ascontiguousarray(image.repeat(times, 0).repeat(times, 1))
