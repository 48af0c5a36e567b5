"""Every shift of a run, bound to what it needs: images to move to, and a scale of severities."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe import data
from shiftprobe.core import seeding
from shiftprobe.core.digest import digest
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.rows import Subset
from shiftprobe.core.types import IDENTITY, Image, Shift
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.cache import home
from shiftprobe.data.reduced import reduced
from shiftprobe.engine import severity_scale
from shiftprobe.engine.severity_scale import DoseScale
from shiftprobe.engine.shifted_sets import Dose
from shiftprobe.engine.versions import shift_version
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.results.about import WorkingResolution
from shiftprobe.shifts import find
from shiftprobe.shifts.toward import TOWARD
from shiftprobe.shifts.toward_distance import remaining
from shiftprobe.spec.schema import Spec

Left: TypeAlias = Mapping[str, tuple[float, float]]
"""Per measure of `remaining`, the distance from the images to those they move to, before and at dose 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dosing:
    """The shifts of a run by name, and the dose at which each severity stands."""

    shifts: Mapping[str, Shift]
    scale: DoseScale | None  # None: a severity is the dose itself
    toward: str | None  # digest of the images that shifts move to
    left: Mapping[str, Left]  # per shift that moves to them: how far it gets
    side: int | None = None  # px: what larger images are brought to before a shift; None: their own resolution

    def dose(self, shift: str, severity: float, seed: int) -> Dose:
        """What is done to the images at one severity of the run."""
        if shift == IDENTITY:
            return Dose(find(IDENTITY), 0.0, seed)
        return Dose(self.shifts[shift], self.scale.dose(shift, severity) if self.scale else severity, seed, self.side)

    def working(self, target: Bundle) -> WorkingResolution | None:
        """Where shifts fall on images that are larger; None where they fall on all pixels of every image."""
        if self.side is None or not self.shifts:
            return None
        larger = int((target.shorter_sides > self.side).sum())
        return WorkingResolution(side=self.side, larger=larger, images=len(target))

    def identity(self) -> dict[str, object]:
        """What the run's images depend on beside the spec."""
        found: dict[str, object] = {"common": self.scale.common if self.scale else None, "toward": self.toward}
        return found if self.side is None else {**found, "side": self.side}


def bind(spec: Spec, target: Bundle, pool: NDArray[np.int64], how: Preprocess) -> Dosing:
    """The shifts of a spec, ready to be applied to the target.

    Args:
        spec: what was asked for.
        target: the images that will be shifted.
        pool: the target's training images; distances are measured on some of them.
        how: says how the images to move to are read, and the px to which the shorter side of larger images is brought
            first, unless the spec wants all pixels.

    Raises:
        SpecError: when a shift needs colour and the target is grey.
        DataError: when the images to move to cannot be used.
    """
    there = data.load(spec.toward.data, spec.base, reader=how.reader) if spec.toward else None
    side = how.working_side
    working = side if not spec.native and (target.shorter_sides > side).any() else None
    references = _references(spec, there, working)
    shifts = {name: TOWARD[name](references) if name in TOWARD else find(name) for name in spec.shifts}
    for name, shift in shifts.items():
        if target.channels == 1 and getattr(shift, "colour", False):
            raise SpecError(f"shift {escape(name)} needs colour, but {escape(target.name)} is grey; leave it out")
    measured = spec.severity_scale == "distance" and bool(shifts)
    sample = _sized(severity_scale.sample(target.images, pool, spec.data_seed), working) if measured or there else []
    here = {"target": target.digest, "pool": pool.tolist(), "seed": spec.data_seed, "side": working}
    scale = _scale(spec, shifts, sample, here) if measured else None
    left = {name: _left(spec, sample, shifts[name], references) for name in spec.shifts if name in TOWARD}
    return Dosing(shifts=shifts, scale=scale, toward=there.digest if there else None, left=left, side=working)


def _sized(images: Sequence[Image], side: int | None) -> list[Image]:
    """As shifts meet them."""
    return list(images) if side is None else [reduced(image, side) for image in images]


def _left(spec: Spec, images: Sequence[Image], shift: Shift, references: Sequence[Image]) -> Left:
    change = shift.at(1.0)
    moved = [change(image, seeding.image_generator(spec.data_seed, i)) for i, image in enumerate(images)]
    before, after = (asdict(remaining(some, references)) for some in (images, moved))
    return {measure: (before[measure], after[measure]) for measure in before}


def _references(spec: Spec, there: Bundle | None, side: int | None) -> list[Image]:
    if there is None or spec.toward is None:
        return []
    order = seeding.generator(spec.data_seed, "toward").permutation(len(there))[: spec.toward.images]
    return _sized(Subset(there.images, np.sort(order).tolist()), side)


def _scale(spec: Spec, shifts: Mapping[str, Shift], images: Sequence[Image], here: Mapping[str, object]) -> DoseScale:
    """The scale that distances on a sample of the target give, which `here` tells from others."""
    toward = spec.toward.model_dump() if spec.toward else None
    found = {}
    for name, shift in shifts.items():
        cache = _cache({**here, "shift": name, "toward": toward, "code": shift_version(name)})
        found[name] = severity_scale.measured(shift, images, spec.data_seed, cache)
    return severity_scale.by_distance(found, [severity for severity in spec.severities if severity > 0])


def _cache(key: Mapping[str, object]) -> Path:
    return home().parent / "distances" / f"{digest(key)}.json"
