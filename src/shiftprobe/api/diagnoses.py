"""A finished run in, the cause of what transfer does there out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.api.finished import finish
from shiftprobe.core.monitor import Monitor, Silent
from shiftprobe.results.diagnosis import Diagnosis

if TYPE_CHECKING:
    from shiftprobe.diagnosing.terms import Terms
    from shiftprobe.engine.plan import Plan

TRAININGS = 24.0
"""Trainings that a diagnosis may cost unless one says otherwise: two thirds may screen, the rest confirms."""


def diagnose(
    run: str | Path,
    *,
    trainings: float | None = TRAININGS,
    minutes: float | None = None,
    seeds: int = 3,
    at: str | None = None,
    workers: int | None = None,
    **given: Any,
) -> Diagnosis:
    """Name the cause of what transfer does in a run, by experiments in the order of their price.

    The run folder keeps every training; the same call resumes, and does only what is missing.

    Args:
        run: the run folder.
        trainings: how many it may cost, each one arm with one seed at the run's recipe; None is as many as it takes,
            0 looks at file and data alone.
        minutes: the same as time, by the estimate of one training; the smaller of both counts.
        seeds: that confirm what one seed showed.
        at: the condition to look at, as "rotation~0.5"; None is the one where the checkpoint fails most often.
        workers: processes; None takes as many as there are cores. Does not move any result.
        given: `source`, `target`, `model` and `allow_code` as in `sweep`, where the run was given them.

    Raises:
        RunError: when data, code or torch are not those that made the run, or it is not finished.
        SpecError: when the run holds no such condition, or a number is out of range.
    """
    from shiftprobe.diagnosing.terms import terms_of
    from shiftprobe.engine.plan import Given
    from shiftprobe.engine.reopen import reopen

    ready = reopen(Path(run), (), Given(**given))
    terms = terms_of(ready, trainings=trainings, minutes=minutes, seeds=seeds, at=at, workers=workers)
    return perform_diagnosis(ready, terms, Silent(), workers=workers)


def perform_diagnosis(ready: "Plan", terms: "Terms", monitor: Monitor, *, workers: int | None = None) -> Diagnosis:
    """Diagnose a run that is planned again, and write its page anew."""
    from shiftprobe.diagnosing.perform import perform as carry_out

    found = carry_out(ready, terms, monitor, workers=workers)
    finish(ready.setup.run.path)
    return found
