"""Everything that a diagnosis asks of a checkpoint and its images before anything is trained."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.diagnosing import worth
from shiftprobe.diagnosing.case import RunCase
from shiftprobe.diagnosing.checks import check
from shiftprobe.diagnosing.sites import home_of, patient_of, target_of
from shiftprobe.engine.changes.labelled import keep_suspects
from shiftprobe.engine.shifted_sets import prepared
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.repairs.attempt import Patient, Site
from shiftprobe.repairs.examine import Extra, examine
from shiftprobe.repairs.noise import best_tap, suspects
from shiftprobe.repairs.readouts import features_at, taps_of
from shiftprobe.repairs.treated import Treated
from shiftprobe.results.diagnosis import Experiment, Lack

if TYPE_CHECKING:
    from shiftprobe.engine.plan import Plan

LEARNT = 0.1  # a fraction of images above naming a class by chance, from which on a checkpoint has learnt something


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """What came of it."""

    path: tuple[Experiment, ...]
    gaps: tuple[Lack, ...]
    reach: float  # the best that arms and readouts reached at the condition
    within: float  # the same, or what the checkpoint reaches at home where that is more
    kept: Treated | None = None  # the checkpoint as the repairs left it on the target; None where nothing was kept
    rest: float = 0.0  # the best that is reached there from that state
    lack: float = 0.0  # and how far the checkpoint still falls short of it
    suspects: bool = False  # whether labels are suspected to be wrong


def look(ready: "Plan", case: RunCase) -> FirstLook:
    """File and data, at home first and then on the target; then whether the checkpoint is worth more than random draws.

    Args:
        ready: the run, planned again.
        case: the condition that is looked at.
    """
    read = worth.read_out(ready, case)
    reach = {**case.reach, **read.reach}
    patient, home, target = patient_of(ready), home_of(ready), target_of(ready, case.condition)
    checked = check(ready, patient, home, target)
    extra = Extra(reach={"target": reach}, attempts=checked.attempts)
    examined = examine(patient, home, target, seed=ready.setup.spec.data_seed, extra=extra)
    found = worth.experiments(read, case, _home(case, ready, checked.random_at_home))
    path = (*checked.experiments, *examined.path, *found)
    noisy = any(one.cause == "label_noise" and one.outcome in {"cause", "suggestive"} for one in path)
    if noisy:
        _keep_suspects(ready, case, patient)
    return FirstLook(
        path=path,
        gaps=examined.gaps,
        reach=max(reach.values()),
        within=max(*reach.values(), examined.gaps[-1].reach or 0.0),
        kept=examined.kept if examined.kept.repairs else None,
        rest=max(examined.rest[-1].now, examined.rest[-1].reach or 0.0),
        lack=max(0.0, (examined.rest[-1].reach or 0.0) - examined.rest[-1].now),
        suspects=noisy,
    )


def _home(case: RunCase, ready: "Plan", random: float) -> dict[str, float]:
    """How good the checkpoint is on its own images, and what counts as nothing learnt there."""
    known = case.summary.source_accuracy
    if known is None:
        return {}
    return {"as it is": known.value, "random": max(random, 1 / ready.setup.source_classes + LEARNT)}


def _keep_suspects(ready: "Plan", case: RunCase, patient: Patient) -> None:
    """Whose labels are suspected among the images that may train, for the trainings that leave them out."""
    setup, pool = ready.setup, ready.split.target_train
    dose = ready.dosing.dose(case.condition.shift, case.condition.severity, setup.spec.data_seed)

    def pixels(preprocess: Preprocess) -> NDArray[np.uint8]:
        return prepared(ready.target.images, pool.tolist(), dose, preprocess)

    labels = ready.target.labels[pool]
    site = Site(at="target", pixels=pixels, labels=labels, classes=setup.classes, columns=setup.columns)
    tables = features_at(patient, site, taps_of(patient))
    found = suspects(tables[best_tap(tables, labels)], labels, seed=setup.spec.data_seed)
    keep_suspects(setup, found.mask)
