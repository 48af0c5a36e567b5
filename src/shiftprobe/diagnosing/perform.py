"""A finished run -> its diagnosis: stages in the order of their price, until what there is to explain is explained."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.folder_kinds import RUN
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.out_folder import held
from shiftprobe.core.reading import is_there
from shiftprobe.diagnosing.answer import answer_of, causes_of, explains, sentence_of
from shiftprobe.diagnosing.case import RunCase, case_of
from shiftprobe.diagnosing.climb import Climber
from shiftprobe.diagnosing.going_on import go_on, remains
from shiftprobe.diagnosing.line import along_the_line
from shiftprobe.diagnosing.looks import FirstLook, look
from shiftprobe.diagnosing.mended import mended_plan, repaired
from shiftprobe.diagnosing.rungs import TRANSFER, free, gain_of, head, labels, leads, schedule
from shiftprobe.diagnosing.terms import Terms, known_condition
from shiftprobe.diagnosing.trainer import EngineTrainer
from shiftprobe.diagnosing.wallet import Trainer, Wallet
from shiftprobe.diagnosing.where_plan import WherePlan, where_plan
from shiftprobe.engine.execute import missing
from shiftprobe.engine.executors.threads import limited
from shiftprobe.engine.home import source_made
from shiftprobe.engine.linear_path import PATH, do_path, no_path
from shiftprobe.engine.perform_units import drop_sets
from shiftprobe.results.checked import TABLES
from shiftprobe.results.diagnosis import Diagnosis, Experiment, Lack, NotLooked, judged_on
from shiftprobe.results.diagnosis_file import write_diagnosis
from shiftprobe.results.findings import read_rows
from shiftprobe.results.model import Summary
from shiftprobe.results.reading import read_summary

if TYPE_CHECKING:
    from shiftprobe.engine.plan import Plan

MakeTrainer: TypeAlias = "Callable[[Plan, RunCase, Callable[[str], str]], Trainer]"


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
    run = ready.setup.run
    check_finished(ready)

    def train(mended: "Plan", case: RunCase, spelled: Callable[[str], str]) -> Trainer:
        return EngineTrainer(mended, case, monitor, workers, spelled)

    found = diagnosed(ready, read_summary(run.path), terms, train, monitor)
    with held(run.path, RUN):
        found = replace(found, path=(*found.path, *_walk(ready, found, monitor)))
        drop_sets(ready.setup)
        write_diagnosis(run, found)
    return found


def _walk(ready: "Plan", found: Diagnosis, monitor: Monitor) -> tuple[Experiment, ...]:
    """The straight line from the checkpoint to transfer, beside what was trained to tell where the gain lives."""
    case = case_of(ready.setup.run, read_summary(ready.setup.run.path), known_condition(ready, found.condition))
    if not any(one.stage == "where" for one in found.path):
        return ()
    cell = case.cell(case.seeds[0])
    if no_path(ready.setup, cell, TRANSFER):
        return ()
    do_path(ready, cell, monitor)
    return along_the_line(read_rows(ready.setup.run, cell, PATH))


def check_finished(ready: "Plan") -> None:
    """Refuse a run that has something left to do.

    Raises:
        RunError: with the command that does it.
    """
    todo, path = missing(ready.setup, ready.cells), ready.setup.run.path
    if todo or not source_made(ready.setup) or not is_there(path / TABLES[0]):
        left = f"{len(todo)} cells to do" if todo else "its tables to be made"
        raise RunError(
            f"{escape(path)}: wanted a finished run, got one with {left}; finish it with: {ready.facts.command}"
        )


def diagnosed(ready: "Plan", summary: Summary, terms: Terms, train: MakeTrainer, monitor: Monitor) -> Diagnosis:
    """Look for the cause of what transfer does or does not do; nothing is written here but trainings.

    Args:
        ready: the run, planned again, with its source model there.
        summary: of the run.
        terms: what it may cost.
        train: makes what trains arms, of a plan and a case, under the names that it spells in the run folder.
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
    more, left = _trained(
        ready, case, looked, train, Climber(case=case, train=train(ready, case, str), wallet=wallet, seeds=terms.seeds)
    )
    path = (*looked.path, *more)
    causes = causes_of(path)
    answer = answer_of(causes, looked.gaps, case)
    return Diagnosis(
        answer=answer,
        sentence=sentence_of(answer, causes, path, looked.gaps),
        causes=causes,
        gaps=(*looked.gaps, Lack(at="gain", now=gain_of(case), reach=None, n=len(case.labels))),
        path=path,
        left=tuple(left),
        units=wallet.spent,
        screened=wallet.screened,
        budget=wallet.trainings,
        condition=case.condition.key,
        labels=case.budget,
        command=terms.command,
        judged=judged_on(summary),
    )


def _trained(
    ready: "Plan", case: RunCase, looked: FirstLook, train: MakeTrainer, climber: Climber
) -> tuple[list[Experiment], list[NotLooked]]:
    """The stages that need trainings, from the run's own arms, or from the state that repairs left."""
    fault = next((one for one in looked.path if explains(one)), None)
    if not case.paired or (fault is not None and (fault.stage != "file" or looked.kept is None)):
        return [], []
    plan = where_plan(ready.setup)
    if fault is None or looked.kept is None:
        climb(climber, looked.reach, looked.within, plan, suspects=looked.suspects)
        return climber.path, climber.left
    with held(ready.setup.run.path, RUN):
        mended = mended_plan(ready, looked.kept)
    if mended is None:  # answers are read otherwise, which no training meets
        if remains(case, looked.lack):
            climb(climber, looked.rest, looked.rest, plan, suspects=looked.suspects)
        return climber.path, climber.left
    trainer = train(mended, case, repaired)

    def again(now: RunCase) -> Climber:
        found = Climber(case=now, train=trainer, wallet=climber.wallet, seeds=climber.seeds)
        climb(found, looked.rest, looked.rest, plan, suspects=looked.suspects)
        return found

    return go_on(case, looked.lack, fault=fault.cause, train=trainer, wallet=climber.wallet, climb=again)


def climb(climber: Climber, reach: float, within: float, plan: WherePlan, *, suspects: bool) -> None:
    """The stages that need trainings, the cheapest first, until a cause is sure; then what waits is confirmed.

    Args:
        climber: whose case.
        reach: the best that arms and readouts reached at the condition, a fraction.
        within: the same, or what the checkpoint reaches at home.
        plan: arms that tell where a gain lives.
        suspects: whether some of the labels are suspected to be wrong.
    """
    case = climber.case
    stages: list[Callable[[], None]] = [
        lambda: climber.stage(free(case, reach, within, climber.right)),
        lambda: climber.stage(schedule(case, reach)),
        *([lambda: climber.where(plan)] if leads(case) else []),
        lambda: climber.stage(head(case, reach)),
        lambda: climber.stage(labels(case, within, suspects=suspects)),
    ]
    for stage in stages:
        stage()
        if any(explains(one) for one in climber.path):
            break
    climber.finish()
