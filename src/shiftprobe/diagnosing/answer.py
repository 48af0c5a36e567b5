"""From experiments to an answer: the causes that they prove, the strongest first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from shiftprobe.diagnosing.judged import ADVICE, moves
from shiftprobe.diagnosing.rungs import FAR, TRANSFER, is_ahead, lacks
from shiftprobe.repairs.interventions.head import FEATURES
from shiftprobe.results.diagnosis import STAGES, Answer, Cause, Experiment, Lack

if TYPE_CHECKING:
    from shiftprobe.diagnosing.case import RunCase

WORTH = 0.03  # a fraction of images: a smaller gap needs no explanation
HEAD = "wrong_head"
"""A head fitted anew beats that of a checkpoint which learnt nothing, and on the target nearly every other one."""

LEVEL = 0.05
NOTHING_WRONG = "Nothing is wrong."
NOT_FOUND = "Why the checkpoint fails here was not found."

LEAK = "leak"
"""It voids what the target says of the checkpoint."""

HELPS = {
    ADVICE: "more labels; half of them cost {points:.0f} points",
    FEATURES: "a new head on the target's features; it brings {points:.0f} points",
}
"""What is told where no cause is, by the reason that it is none."""

HOME, EASY, AFTER_WORTH = -1.0, -0.5, 1.5  # beside the places of stages in `STAGES`

HEALTHY = frozenset({"reused"})
"""Causes of a gain: nothing is wrong, and nothing has to be repaired."""


def causes_of(path: Sequence[Experiment]) -> tuple[Cause, ...]:
    """One per cause that an experiment names; strong ones first, then by stage and round.

    A cause that two experiments name stands once, by the one that is sure of it. Where test images may have trained the
    checkpoint, no gain of it is called healthy.
    """
    named = [(place, one) for place, one in enumerate(path) if one.outcome in {"cause", "suggestive"}]
    if any(one.cause == LEAK for _, one in named):
        named = [(place, one) for place, one in named if one.cause not in HEALTHY]
    named.sort(key=lambda item: (_tier(item[1]), _rank(item[1]), item[1].round, item[0]))
    found: dict[str, Cause] = {}
    for place, one in named:
        if one.cause not in found:
            found[one.cause] = _cause(place, one)
    return tuple(found.values())


def _tier(one: Experiment) -> int:
    """Faults that are sure; those that several seeds or few images point to; what is healthy; what one seed says."""
    if one.cause == LEAK:  # what frozen features and trainings reach is too good then as well
        return 0
    if one.outcome == "cause":
        return 2 if one.cause in HEALTHY else 0
    pointed = _shown(one) or (one.effect is not None and one.effect.seeds is not None)
    return 1 if pointed and one.cause not in HEALTHY else 3


def _rank(one: Experiment) -> float:
    """What voids everything after it comes first; what nearly every target allows comes last."""
    if one.cause == HEAD:
        return AFTER_WORTH if one.at == "home" else float(len(STAGES))
    if one.cause == "easy_task":  # where random features suffice, no fault of the checkpoint decides
        return EASY
    return HOME if one.at == "home" else float(STAGES.index(one.stage))


def _shown(one: Experiment) -> bool:
    """Whether its effect is beyond chance, however few images judge it."""
    return one.outcome == "cause" or (one.p_holm is not None and one.p_holm < LEVEL)


def explains(one: Experiment) -> bool:
    """Whether nothing after it needs to be asked before it is mended.

    It is sure; or a repair whose effect is shown, by few images, so that every training from the file as it is would
    only tell how to live with the fault. A head that suits the target better is no such thing.
    """
    if one.outcome not in {"cause", "suggestive"} or (one.cause == HEAD and one.at != "home"):
        return False
    return one.outcome == "cause" or (one.stage == "file" and _shown(one))


def _cause(place: int, one: Experiment) -> Cause:
    from shiftprobe.diagnosing.causes import claim, what_to_do

    grade: Literal["strong", "suggestive"] = "strong" if one.outcome == "cause" else "suggestive"
    return Cause(
        name=one.cause,
        grade=grade,
        claim=claim(one.cause, one.details, grade),
        do=what_to_do(one.cause, one.details),
        experiment=place,
    )


def answer_of(causes: Sequence[Cause], gaps: Sequence[Lack], case: "RunCase") -> Answer:
    """Whether a cause is named, nothing is wrong, or something is left to explain.

    Args:
        causes: the strongest first.
        gaps: what there was to explain, place by place.
        case: whether transfer helps.
    """
    wrong = [one for one in causes if one.name not in HEALTHY]
    if any(one.grade == "strong" for one in wrong):
        return "cause"
    if causes and causes[0].name in HEALTHY:
        return "open" if _fallen(gaps) else "no_fault"
    if wrong:
        return "cause"
    lacking = any(one.reach is not None and one.reach - one.now >= WORTH for one in gaps if one.at == "home")
    lacking |= any(lacks(case, TRANSFER, one.reach or 0.0, FAR) for one in gaps if one.at == "target")
    return "no_fault" if is_ahead(case) and not lacking else "open"


def _fallen(gaps: Sequence[Lack]) -> bool:
    """Whether the untouched checkpoint is 10 points and more below what is reached on the target."""
    return any((one.reach or 0.0) - one.now >= FAR for one in gaps if one.at == "target")


def sentence_of(
    answer: Answer, causes: Sequence[Cause], path: Sequence[Experiment] = (), gaps: Sequence[Lack] = ()
) -> str:
    """The headline, at most 25 words."""
    found = NOT_FOUND if _fallen(gaps) else "No cause was found."
    if causes and causes[0].name in HEALTHY:
        return f"{NOTHING_WRONG if answer == 'no_fault' else NOT_FOUND} {causes[0].claim}"
    if causes:
        return causes[0].claim
    helped = [one for one in path if one.reason in HELPS]
    if answer == "open" and helped:
        best = max(helped, key=moves)
        return f"{found} What helps: {HELPS[best.reason].format(points=100 * moves(best))}."
    if answer == "no_fault":
        return "Nothing is wrong with checkpoint, data or training: transfer helps, and no repair recovers more."
    if found == NOT_FOUND:
        return f"{found} Nothing that was tried moves the gap by a third beyond its sham."
    return "No cause was found: nothing that was tried moves the gap by a third beyond its sham."
