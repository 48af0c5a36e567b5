"""A run whose checkpoint and target are as the repairs left them: what further trainings go on from."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from shiftprobe.core.types import Image, Shift, Transform
from shiftprobe.engine.changes.repaired import REPAIRED
from shiftprobe.engine.other_sources import keep_source
from shiftprobe.engine.shift_binding import Dosing
from shiftprobe.engine.shifted_sets import Dose
from shiftprobe.repairs.treated import PixelChange, Treated
from shiftprobe.spec.arm_names import changed, changes, unchanged

if TYPE_CHECKING:
    from shiftprobe.engine.plan import Plan


def mended_plan(ready: "Plan", kept: Treated) -> "Plan | None":
    """The run's plan with what was kept; the repaired checkpoint is put into its folder, which the caller holds.

    Args:
        ready: the run, planned again.
        kept: the checkpoint as the repairs left it on the target.

    Returns:
        None where what was kept changes nothing that a training meets: answers read otherwise, or nothing at all.
    """
    patient, before = kept.patient, ready.setup.preprocess
    same_weights = not any("batch_statistics" in name for name in kept.repairs)
    if same_weights and patient.preprocess == before and not kept.pixels:
        return None
    keep_source(ready.setup, REPAIRED, patient.model, also=tuple(one.name for one in kept.pixels))
    dosing = ready.dosing
    if kept.pixels:
        own = {one.name: getattr(dosing, one.name) for one in fields(dosing)}
        dosing = MendedDosing(**own, pixels=kept.pixels)
    return replace(ready, setup=replace(ready.setup, preprocess=patient.preprocess), dosing=dosing)


def repaired(arm: str) -> str:
    """The name of an arm that begins from the repaired checkpoint and meets the repaired target."""
    return changed(unchanged(arm), REPAIRED, *changes(arm))


@dataclass(frozen=True, slots=True, kw_only=True)
class MendedDosing(Dosing):
    """Doses of a run, with changes of the target's pixels after each."""

    pixels: tuple[PixelChange, ...]

    def dose(self, shift: str, severity: float, seed: int) -> Dose:
        """What is done to the target's images at one severity of the run, and to mend them."""
        own = Dosing.dose(self, shift, severity, seed)
        return replace(own, shift=_Mended(own.shift, self.pixels))


class _Mended:
    """A shift whose images are mended after it."""

    def __init__(self, shift: Shift, pixels: Sequence[PixelChange]) -> None:
        self._shift, self._pixels = shift, pixels

    @property
    def name(self) -> str:
        """Its own, and what is done after it."""
        return ", ".join((self._shift.name, *(one.name for one in self._pixels)))

    def at(self, severity: float) -> Transform:
        """The shift at a dose, and its images mended."""
        change = self._shift.at(severity)
        return lambda image, rng: self._mend(change(image, rng))

    def _mend(self, image: Image) -> Image:
        whole = image.reshape(1, *image.shape[:2], -1)
        for one in self._pixels:
            whole = one.change(whole)
        return np.ascontiguousarray(whole[0].reshape(*whole.shape[1:3], *image.shape[2:]))
