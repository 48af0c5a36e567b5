"""The checkpoint of a run and the labelled images that judge it, as repairs take them."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.readers import other_readers
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.data.reduced import AtSide
from shiftprobe.data.reread import read_by
from shiftprobe.engine import networks
from shiftprobe.engine.shifted_sets import Dose, in_chunks, room
from shiftprobe.models.head import head_name
from shiftprobe.repairs.attempt import Patient, Site

if TYPE_CHECKING:
    from shiftprobe.engine.plan import Plan
    from shiftprobe.models.preprocess import Preprocess


def patient_of(ready: "Plan") -> Patient:
    """The checkpoint as the run has it, on the processor."""
    setup = ready.setup
    model = networks.source(setup)
    return Patient(model=model, head=head_name(model, setup.source_classes), preprocess=setup.preprocess)


def target_of(ready: "Plan", condition: Condition) -> Site:
    """The target's test images under a condition."""
    dose = ready.dosing.dose(condition.shift, condition.severity, ready.setup.spec.data_seed)
    index = ready.split.target_test
    return _site("target", ready, index, dose, ready.setup.columns)


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
    return _site("home", ready, index, ready.dosing.dose(UNSHIFTED.shift, 0.0, 0), columns)


def _site(at: str, ready: "Plan", index: NDArray[np.int64], dose: Dose, columns: tuple[int, ...] | None) -> Site:
    """Images of a site; larger ones are brought to the run's working resolution, once for all preprocessings."""
    bundle = ready.source if at == "home" and ready.source is not None else ready.target
    side = ready.dosing.side

    @cache
    def pixels(preprocess: "Preprocess") -> NDArray[np.uint8]:
        read, out = read_by(bundle.images, preprocess.reader), room(len(index), preprocess)
        for _ in in_chunks(read if side is None else AtSide(read, side), index, dose, preprocess, out):
            pass
        return out

    readers = other_readers((bundle.traits[i] for i in index.tolist()), ready.setup.preprocess.reader)
    labels = bundle.labels[index]
    return Site(at=at, pixels=pixels, labels=labels, classes=bundle.classes, columns=columns, readers=readers)
