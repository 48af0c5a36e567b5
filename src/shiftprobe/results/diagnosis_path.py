"""The path of a diagnosis as steps: what was tried together, and what was kept before the next was tried."""

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
    parts = [tuple(part) for _, part in groupby(found.path, key=lambda one: (one.stage, one.at, one.round))]
    later = [part[0].round for part in parts[1:]] + [0]
    return tuple(
        PathStep(
            stage=part[0].stage,
            at=part[0].at,
            round=part[0].round,
            tried=part,
            kept=kept(found, part[0].round) if after > part[0].round else None,
        )
        for part, after in zip(parts, later, strict=True)
    )


def kept(found: Diagnosis, number: int) -> Experiment | None:
    """The repair that a round left in place: of those that it named the surest, then the one that brings back most."""
    named = [one for one in found.path if one.round == number and one.outcome in NAMED]
    return max(named, key=lambda one: (one.outcome == "cause", one.recovers or 0.0), default=None)


def units_of(found: Diagnosis) -> float:
    """Trainings that would look at everything that was left out."""
    return sum(one.units for one in found.left)
