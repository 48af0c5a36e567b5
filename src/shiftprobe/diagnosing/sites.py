"""The checkpoint of a run and the labelled images that judge it, as repairs take them."""

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.data.reduced import AtSide
from shiftprobe.engine import networks
from shiftprobe.engine.shifted_sets import Dose, in_chunks, room
from shiftprobe.models.head import head_name
from shiftprobe.repairs.attempt import Patient, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shiftprobe.core.types import Image
    from shiftprobe.data.bundle import Bundle
    from shiftprobe.engine.plan import Plan
    from shiftprobe.models.preprocess import Preprocess

Pixels: TypeAlias = NDArray[np.uint8]


def patient_of(ready: "Plan") -> Patient:
    """The checkpoint as the run has it, on the processor."""
    setup = ready.setup
    model = networks.source(setup)
    return Patient(model=model, head=head_name(model, setup.source_classes), preprocess=setup.preprocess)


def target_of(ready: "Plan", condition: Condition) -> Site:
    """The target's test images under a condition."""
    dose = ready.dosing.dose(condition.shift, condition.severity, ready.setup.spec.data_seed)
    index = ready.split.target_test
    return Site(
        at="target",
        pixels=_pixels(_ready(ready.target, ready.dosing.side), index, dose),
        labels=ready.target.labels[index],
        classes=ready.target.classes,
        columns=ready.setup.columns,
    )


def home_of(ready: "Plan") -> Site | None:
    """The source's images that are known not to have trained the checkpoint; None where there are none."""
    setup, source = ready.setup, ready.source
    if source is None or not len(setup.at_home):
        return None
    columns = setup.source_columns if setup.home is not None else tuple(range(setup.source_classes))
    if columns is None:
        return None
    whole = np.concatenate([ready.split.source_train, ready.split.source_test])
    index = whole[setup.at_home]
    return Site(
        at="home",
        pixels=_pixels(_ready(source, ready.dosing.side), index, ready.dosing.dose(UNSHIFTED.shift, 0.0, 0)),
        labels=source.labels[index],
        classes=source.classes,
        columns=columns,
    )


def _pixels(images: "Sequence[Image]", index: NDArray[np.int64], dose: Dose) -> "Callable[[Preprocess], Pixels]":
    @cache
    def pixels(preprocess: "Preprocess") -> Pixels:
        out = room(len(index), preprocess)
        for _ in in_chunks(images, index, dose, preprocess, out):
            pass
        return out

    return pixels


def _ready(bundle: "Bundle", side: int | None) -> "Sequence[Image]":
    """Larger images are brought to the run's working resolution, once for all preprocessings."""
    return bundle.images if side is None else AtSide(bundle.images, side)
