"""A finished run -> its diagnosis: stages in the order of their price, until what there is to explain is explained."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.folder_kinds import RUN
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.out_folder import held
from shiftprobe.diagnosing.answer import answer_of, causes_of, explains, sentence_of
from shiftprobe.diagnosing.case import RunCase, case_of
from shiftprobe.diagnosing.climb import Climber, Trainer, Wallet
from shiftprobe.diagnosing.looks import FirstLook, look
from shiftprobe.diagnosing.rungs import SHAMS, gain_of, head, is_ahead, labels, schedule
from shiftprobe.diagnosing.terms import Terms
from shiftprobe.diagnosing.trainer import EngineTrainer
from shiftprobe.engine.execute import missing
from shiftprobe.engine.executors.threads import limited
from shiftprobe.engine.home import source_made
from shiftprobe.results.diagnosis import Diagnosis, Experiment, Lack, NotLooked
from shiftprobe.results.diagnosis_file import write_diagnosis
from shiftprobe.results.model import Summary
from shiftprobe.results.reading import read_summary

if TYPE_CHECKING:
    from shiftprobe.engine.plan import Plan


def perform(ready: "Plan", terms: Terms, monitor: Monitor, *, workers: int | None = None) -> Diagnosis:
    """Diagnose a run and write `diagnosis.json` into its folder; trainings that are there are not done again.

    Args:
        ready: the run, planned again.
        terms: what it may cost, and where it looks.
        monitor: is told how it goes.
        workers: processes; None takes as many as there are cores.

    Raises:
        RunError: when the run is not finished, or holds no answers at the condition.
        ResourceError: when disk, memory or permission end; what is finished is kept.
        BusyError: when another process holds the folder.
    """
    path = ready.setup.run.path
    check_finished(ready)
    found = diagnosed(
        ready, read_summary(path), terms, lambda case: EngineTrainer(ready, case, monitor, workers), monitor
    )
    with held(path, RUN):
        write_diagnosis(ready.setup.run, found)
    return found


def check_finished(ready: "Plan") -> None:
    """Refuse a run that has something left to do.

    Raises:
        RunError: with the command that does it.
    """
    todo = missing(ready.setup, ready.cells)
    if todo or not source_made(ready.setup):
        raise RunError(
            f"{escape(ready.setup.run.path)}: wanted a finished run, got one with {len(todo)} cells to do; finish it "
            f"with: {ready.facts.command}"
        )


def diagnosed(
    ready: "Plan", summary: Summary, terms: Terms, train: Callable[[RunCase], Trainer], monitor: Monitor
) -> Diagnosis:
    """Look for the cause of what transfer does or does not do; nothing is written here but trainings.

    Args:
        ready: the run, planned again, with its source model there.
        summary: of the run.
        terms: what it may cost.
        train: makes what trains arms with changes for a case.
        monitor: is told how it goes.

    Raises:
        RunError: when the run holds no answers at the condition.
    """
    case = case_of(ready.setup.run, summary, terms.condition)
    wallet = Wallet(trainings=terms.trainings)
    monitor.begin("file and data", 1)
    with limited(ready.setup.spec.train.threads):
        looked = look(ready, case)
    monitor.step()
    path: list[Experiment] = list(looked.path)
    left: list[NotLooked] = []
    if case.paired and not _named(path):
        climber = Climber(case=case, train=train(case), wallet=wallet, seeds=terms.seeds)
        for stage in ladder(case, looked):
            found = stage(climber)
            path += found
            if _named(found):
                break
        left = climber.left
    causes = causes_of(path)
    answer = answer_of(causes, looked.gaps, case)
    return Diagnosis(
        answer=answer,
        sentence=sentence_of(answer, causes),
        causes=causes,
        gaps=(*looked.gaps, Lack(at="gain", now=gain_of(case), reach=None, n=len(case.labels))),
        path=tuple(path),
        left=tuple(left),
        units=wallet.spent,
        screened=wallet.screened,
        budget=wallet.trainings,
        condition=case.condition.key,
        labels=case.budget,
        command=terms.command,
    )


def _named(path: Iterable[Experiment]) -> bool:
    """Whether a cause is sure: what is left is diagnosed from the repaired state, in a run of its own."""
    return any(explains(one) for one in path)


def ladder(case: RunCase, looked: FirstLook) -> Iterator[Callable[[Climber], list[Experiment]]]:
    """The stages that need trainings, the cheapest first."""
    yield lambda climber: climber.stage(schedule(case, looked.reach))
    if is_ahead(case):
        yield lambda climber: climber.where(SHAMS)
    yield lambda climber: climber.stage(head(case))
    yield lambda climber: climber.stage(labels(case, suspects=looked.suspects))
