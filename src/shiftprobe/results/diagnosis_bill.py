"""What a diagnosis would do and cost, before anything is done."""

from dataclasses import dataclass

from shiftprobe.results.diagnosis import NotLooked, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBill:
    """What one stage would do and cost."""

    stage: Stage
    experiments: tuple[str, ...]  # their titles
    units: float  # trainings: one arm, one seed, at the run's recipe
    seconds: float | None = None  # None: nobody knows
    done: int = 0  # of them, finished by an earlier call


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a diagnosis would do and cost, before anything is done."""

    stages: tuple[StageBill, ...]
    left: tuple[NotLooked, ...] = ()  # what the budget leaves out
    trainings: float | None = None  # the budget, in units
    minutes: float | None = None  # the budget, in time
    confirming: float = 0.0  # units to confirm the candidate, above those of the stages
