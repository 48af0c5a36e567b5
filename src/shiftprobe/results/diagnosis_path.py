"""The path of a diagnosis as steps: what was tried together, and what was kept before the next was tried."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from shiftprobe.results.diagnosis import Diagnosis, Experiment, Stage

NAMED = ("cause", "suggestive")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """Experiments of one stage that were judged at one place on top of the same repairs."""

    stage: Stage
    at: str
    round: int
    tried: tuple[Experiment, ...]
    kept: Experiment | None = None  # what everything after this step is judged on top of


def steps(found: Diagnosis) -> tuple[PathStep, ...]:
    """The path in its order, cut where stage, place or round changes."""
    parts = [tuple(part) for _, part in groupby(found.path, key=_place)]
    return tuple(
        PathStep(stage=part[0].stage, at=part[0].at, round=part[0].round, tried=part, kept=_kept(part, parts[i + 1 :]))
        for i, part in enumerate(parts)
    )


def _place(one: Experiment) -> tuple[Stage, str, int]:
    return (one.stage, one.at, one.round)


def _kept(tried: Sequence[Experiment], later: Sequence[Sequence[Experiment]]) -> Experiment | None:
    """The repair that a round left in place, where another round was judged on top of it.

    Of those that were named the surest, then the one that brings back most.
    """
    stage, at, number = _place(tried[0])
    if not any(part[0].stage == stage and part[0].at == at and part[0].round > number for part in later):
        return None
    named = [one for one in tried if one.outcome in NAMED]
    return max(named, key=lambda one: (one.outcome == "cause", one.recovers or 0.0), default=None)


def units_of(found: Diagnosis) -> float:
    """Trainings that would look at everything that was left out."""
    return sum(one.units for one in found.left)
