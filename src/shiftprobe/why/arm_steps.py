"""Steps that arms beside the two compared ones suggest."""

from collections.abc import Mapping

from shiftprobe.core.types import Condition
from shiftprobe.core.words import percent
from shiftprobe.results.model import Step
from shiftprobe.why.base import MOST_OF, asked_arms, between, points
from shiftprobe.why.run_facts import PAIR, RunFacts
from shiftprobe.why.statistics import lost_by_checkpoint

KNOWN = ("zero_shot", "bn_adapt", "frozen_random", *PAIR)  # arms that have rules of their own, or are a control


def other_arm(run: RunFacts) -> Step | None:
    """An arm that beats plain fine-tuning nearly everywhere it was tried."""
    for arm in asked_arms(run):
        judged = {place: found for place in run.places if (found := run.between(arm, PAIR[0], place)) is not None}
        won = [place for place, found in judged.items() if found.verdict == "better"]
        if arm in KNOWN or not won or len(won) < MOST_OF * len(judged):
            continue
        place = won[0]
        best = judged[place]
        interval = f"{between(*best.interval)}, " if best.interval else ""
        return Step(
            "other_arm",
            f"Train with {arm} rather than plain fine-tuning: better in {len(won)} of {len(judged)} conditions, "
            f"{run.where(place)} by {points(best.difference)} ({interval}n = {best.n} seeds).",
        )
    return None


def adapt(run: RunFacts) -> Step | None:
    """Batch statistics of the target repair the checkpoint, or were not tried where it falls."""
    lost = {place: loss for place in run.places if (loss := lost_by_checkpoint(run, place)) is not None}
    if "bn_adapt" not in run.summary.arms:
        return _try_adapting(run, lost)
    repaired = [
        (place, plain, adapted)
        for place in lost
        if (plain := run.accuracy("zero_shot", place))
        and (adapted := run.accuracy("bn_adapt", place))
        and (gap := run.between("bn_adapt", "zero_shot", place))
        and gap.verdict == "better"
    ]
    if not repaired:
        return None
    place, plain, adapted = max(repaired, key=lambda item: item[2].mean - item[1].mean)
    return Step(
        "adapt",
        f"Where labels are missing, use bn_adapt: {run.where(place)} it is right on {percent(adapted.mean)}, the "
        f"untouched checkpoint on {percent(plain.mean)} (n = {plain.images:,} images); image by image it is ahead in "
        f"{len(repaired)} of {len(lost)} conditions that hurt.",
    )


def _try_adapting(run: RunFacts, lost: Mapping[Condition, float]) -> Step | None:
    if not lost or "bn_adapt" in run.summary.skipped_arms:
        return None
    worst = max(lost, key=lambda place: lost[place])
    arms, here = ",".join((*asked_arms(run), "bn_adapt")), run.accuracy("zero_shot", worst)
    return Step(
        "adapt",
        f"Where labels are missing, try --arms {arms}: the untouched checkpoint falls by "
        f"{points(lost[worst]).lstrip('+')} {run.where(worst)} (n = {here.images if here else 0:,} images); new batch "
        "statistics may bring that back.",
    )
