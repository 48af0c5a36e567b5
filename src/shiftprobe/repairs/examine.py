"""A checkpoint examined without training: at home first, then on the target, until no repair is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shiftprobe.repairs.attempt import Attempt, Patient, Site
from shiftprobe.repairs.base import AtHome
from shiftprobe.repairs.bench import MOST, Bench
from shiftprobe.repairs.rounds import Rounds, run_rounds
from shiftprobe.repairs.treated import Treated
from shiftprobe.repairs.trying import RepairPlace
from shiftprobe.results.diagnosis import Experiment, Lack


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the repairs did, and the checkpoint as it stands after those that were kept."""

    path: tuple[Experiment, ...]
    gaps: tuple[Lack, ...]  # one per place, before anything was repaired
    rest: tuple[Lack, ...]  # the same after what was kept
    home: Treated | None  # the checkpoint as it was left at home; None without home images
    kept: Treated  # as it was left on the target, with what was kept at home


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What other stages know of the two places."""

    reach: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # place -> {what reached it: accuracy}
    attempts: Mapping[str, Sequence[Attempt]] = field(default_factory=dict)  # place -> tried elsewhere, never kept


def examine(
    patient: Patient,
    home: Site | None,
    target: Site,
    *,
    seed: int,
    confidence: float = 0.95,
    extra: Extra | None = None,
    most: int = MOST,
) -> Examined:
    """Try every repair that needs no training, keep the best that is named, and try the others again on top of it.

    Every image is judged by what was fitted on the other half. A place that has no three points to lose is not
    examined. At most `most` images of a site are looked at, a stratified draw.

    Args:
        patient: the checkpoint; it stays as it is.
        home: held-out images of the source, never those that trained it; None where there are none.
        target: labelled images of the target.
        seed: of draws, halves and shams.
        confidence: of intervals, and of Holm's correction.
        extra: accuracies reached otherwise, and attempts made elsewhere, by place.
        most: images of a site.

    Raises:
        NotAvailableError: when the checkpoint gives NaN or infinity as it is.
    """
    told, start, found = extra or Extra(), Treated(patient=patient), list[Rounds]()
    there, reach = None, dict[str, float]()
    if home is not None:
        place = RepairPlace.begun(Bench(home, seed=seed, most=most), start)
        found.append(run_rounds(place, told.reach.get("home", {}), told.attempts.get("home", ()), confidence))
        start = found[0].place.whole
        there = AtHome(bench=place.bench, treated=start)
        if home.columns is not None and target.columns is not None:
            reach["the checkpoint at home"] = found[0].rest.now
    place = RepairPlace.begun(Bench(target, seed=seed, most=most), start, there)
    reach |= told.reach.get("target", {})
    found.append(run_rounds(place, reach, told.attempts.get("target", ()), confidence))
    return Examined(
        path=tuple(experiment for one in found for experiment in one.path),
        gaps=tuple(one.first for one in found),
        rest=tuple(one.rest for one in found),
        home=None if there is None else there.treated,
        kept=found[-1].place.whole,
    )
