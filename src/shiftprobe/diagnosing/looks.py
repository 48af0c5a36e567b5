"""Everything that a diagnosis asks of a checkpoint and its images before anything is trained."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shiftprobe.diagnosing import worth
from shiftprobe.diagnosing.case import Case
from shiftprobe.diagnosing.sites import home_of, patient_of, target_of
from shiftprobe.repairs.examine import Extra, examine
from shiftprobe.results.diagnosis import Experiment, Lack

if TYPE_CHECKING:
    from shiftprobe.engine.plan import Plan

LEARNT = 0.1  # a fraction of images above naming a class by chance, from which on a checkpoint has learnt something


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of it."""

    path: tuple[Experiment, ...]
    gaps: tuple[Lack, ...]
    reach: float  # the best that anything reached at the condition
    suspects: bool = False  # whether labels are suspected to be wrong


def look(ready: "Plan", case: Case) -> Looked:
    """File and data, at home first and then on the target; then whether the checkpoint is worth more than random draws.

    Args:
        ready: the run, planned again.
        case: the condition that is looked at.
    """
    read = worth.read_out(ready, case)
    reach = {**case.reach, **read.reach}
    patient, home, target = patient_of(ready), home_of(ready), target_of(ready, case.condition)
    examined = examine(patient, home, target, seed=ready.setup.spec.data_seed, extra=Extra(reach={"target": reach}))
    found = worth.experiments(read, case, _home(case, ready))
    return Looked(path=(*examined.path, *found), gaps=examined.gaps, reach=max(reach.values()))


def _home(case: Case, ready: "Plan") -> dict[str, float]:
    """How good the checkpoint is on its own images, and what counts as nothing learnt there."""
    known = case.summary.source_accuracy
    if known is None:
        return {}
    return {"as it is": known.value, "random": 1 / ready.setup.source_classes + LEARNT}
