"""An audit from its request to its folder: predictions, checks, repairs, verdicts, page."""

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from shiftprobe.auditing import baseline as earlier
from shiftprobe.auditing import bf16, outputs
from shiftprobe.auditing.both_ways import asked_both_ways
from shiftprobe.auditing.checks.base import answer, questions
from shiftprobe.auditing.checks.other_statistics import mended_first
from shiftprobe.auditing.estimate.on_target import estimated
from shiftprobe.auditing.evidence import AuditEvidence, Baseline
from shiftprobe.auditing.few_labels.asking import Draw, ask
from shiftprobe.auditing.few_labels.proxy import proxy_of
from shiftprobe.auditing.keep import keep
from shiftprobe.auditing.model import Measurements, Part, Verdicts, together
from shiftprobe.auditing.order_suspected import order_suspected
from shiftprobe.auditing.predictions import Task, predict_all
from shiftprobe.auditing.predictions_table import predictions_csv
from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.request import ANSWERS
from shiftprobe.auditing.run_repairs import run_repairs
from shiftprobe.auditing.samples import write_samples
from shiftprobe.auditing.stages import Stages, Walked, steps_of, told
from shiftprobe.auditing.types import Check
from shiftprobe.auditing.verdict import verdicts
from shiftprobe.auditing.verdicts_file import VERDICTS, to_bytes
from shiftprobe.core.checksums import write_with_checksums
from shiftprobe.core.files import json_bytes, write_bytes
from shiftprobe.core.folder_kinds import AUDIT
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.out_folder import held
from shiftprobe.engine.executors.threads import limited
from shiftprobe.results.predictions import FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditResult:
    """What an audit says, and where it left everything."""

    path: Path  # the folder
    verdicts: Verdicts
    waiting: int = 0  # pictures in its folder `ask` that have no label yet

    @property
    def checks(self) -> tuple[Check, ...]:
        """What must be answered first stands first."""
        return self.verdicts.checks

    @property
    def report(self) -> Path:
        """The page."""
        return self.path / "report.html"

    @property
    def passed(self) -> bool:
        """Whether every gate holds; False also where it cannot be told."""
        return self.verdicts.status == "pass"

    @property
    def status(self) -> str:
        """The word: pass, fail, or cannot tell."""
        return self.verdicts.status

    @property
    def exit_code(self) -> int:
        """0, 1 or 3."""
        return self.verdicts.exit_code

    def to_json(self) -> str:
        """`verdicts.json` as text."""
        return to_bytes(self.verdicts).decode()


def perform(ready: Ready, monitor: Monitor, *, workers: int | None = None) -> AuditResult:
    """Carry out an audit in its folder; the same request goes on where a killed one was.

    Raises:
        SpecError: when something of somebody else lies where the folder goes.
        RunError: when there is a link in the folder.
        BusyError: when another process works in the folder.
        ResourceError: when the disk is full or the place not writable.
    """
    with held(ready.folder, AUDIT):
        threads = workers or os.cpu_count() or 1
        evidence, parts = _asked(ready, monitor, threads, ready.looks)
        if ready.subject.precision == "bf16":
            with limited(1):
                trial = bf16.tried(evidence, _checks(parts))
            ready = replace(ready, notes=(*ready.notes, trial.note))
            if trial.gates:
                ready = ready.in_float32
                evidence, parts = _asked(ready, monitor, threads, ready.looks)
        ready = replace(ready, notes=(*ready.notes, *told(evidence)))
        with limited(1):
            shown = [*(part.shown for part in parts), _repairs(ready, evidence, parts, monitor)]
        whole = together(shown)
        whole = together([whole, write_samples(evidence, ready.folder / "samples", whole.slices)])
        checks = _both_ways(ready, _checks(parts), monitor, threads)
        result = _written(ready, evidence, verdicts(ready, checks, whole))
        return replace(result, waiting=ready.incoming.waiting + _asked_for(ready, evidence))


def _asked_for(ready: Ready, evidence: AuditEvidence) -> int:
    """Draw the pictures that are asked for a label and wait for none yet; how many these are."""
    count, side = ready.request.ask, ready.target
    if count is None or side is None:
        return 0
    draw = Draw(count=count, seed=ready.request.policy.seed, earlier=ready.incoming.rows)
    return ask(ready.folder, side, proxy_of(evidence), draw, ready.subject.classes)


def _asked(ready: Ready, monitor: Monitor, workers: int, folder: Path) -> tuple[AuditEvidence, list[Part]]:
    """What the checkpoint answered, and what the policy's questions make of it."""
    evidence = _evidence(ready, monitor, workers, folder)
    with limited(1):
        evidence = replace(evidence, estimate=estimated(evidence))
        return evidence, mended_first(order_suspected(answers(evidence, monitor)))


def _checks(parts: Sequence[Part]) -> list[Check]:
    return [check for part in parts for check in part.checks]


def _both_ways(ready: Ready, checks: Sequence[Check], monitor: Monitor, workers: int) -> Sequence[Check]:
    """Every check asked again with the images that a file beside the checkpoint leaves out, where one does."""
    other = ready.with_all
    if other is None or ready.whole is None:
        return checks
    _, again = _asked(other, monitor, workers, ready.looks / "whole")
    return asked_both_ways(checks, _checks(again), ready.whole.folder)


def _evidence(ready: Ready, monitor: Monitor, workers: int, folder: Path) -> AuditEvidence:
    """Predictions for every set of images; what a killed audit has predicted is read."""
    look = partial(predict_all, ready.subject, workers=workers, dose=ready.dose, step=monitor.step)
    steps, predict = steps_of(ready), partial(look, folder=folder / "data")
    if steps is None:
        first, *others = ready.tasks
        monitor.begin("looks", 1 + len(others))
        found = predict((first, *others))
        walked = Walked(clean=found[first.key], dial={task.condition: found[task.key] for task in others})
    else:
        walked = Stages(ready, steps, predict, monitor).walk()
    on_target = None
    if ready.target is not None:
        monitor.begin("looks at the target", 1)
        (on_target,) = look([Task(side=ready.target)], folder=folder / "target").values()
    return AuditEvidence(
        policy=ready.request.policy,
        subject=ready.subject,
        data=ready.data,
        clean=walked.clean,
        dial=walked.dial,
        target=ready.target,
        on_target=on_target,
        baseline=_baseline(ready, folder, workers),
        run=ready.request.run,
        stopped=walked.stopped,
        working=ready.working,
        towards=ready.towards,
        adapt=ready.request.adapt,
    )


def _baseline(ready: Ready, folder: Path, workers: int) -> Baseline | None:
    given, score = ready.request.baseline, ready.request.policy.regression.metric
    if given is None:
        return None
    if ready.other is None:
        return earlier.from_audit(Path(given), ready.subject, ready.sides, score)
    place = folder / "baseline"
    found = earlier.from_checkpoint(ready.other, ready.sides, place, workers=workers, score=score)
    unlabelled = ready.unlabelled
    if unlabelled is None:
        return found
    return earlier.with_looks(found, ready.other, ready.tasks, unlabelled, place, workers=workers, dose=ready.dose)


def answers(evidence: AuditEvidence, monitor: Monitor) -> list[Part]:
    """Every question of the policy, in its order; one that has no answer here says why.

    Those that look at images again are asked last, each as a stage of its own: a bar judges what is left by the past.
    """
    asked = questions(evidence.policy)
    quick = [question for question in asked if not question.looks]
    stages = [("checks", quick), *((question.name, [question]) for question in asked if question.looks)]
    found: dict[str, Part] = {}
    for name, several in stages:
        monitor.begin(name, len(several))
        for question in several:
            found[question.name] = answer(question, evidence)
            monitor.step()
    return [found[question.name] for question in asked]


def _repairs(ready: Ready, evidence: AuditEvidence, parts: Sequence[Part], monitor: Monitor) -> Measurements:
    if not evidence.policy.repairs:
        return Measurements()
    monitor.begin("repairs", 1)
    found = run_repairs(evidence, preprocessing=together(part.shown for part in parts).preprocessing)
    monitor.step()
    return Measurements(repairs=found.repairs, written=keep(ready, evidence, found))


def _written(ready: Ready, evidence: AuditEvidence, found: Verdicts) -> AuditResult:
    folder = ready.folder
    sides = {"data": (ready.data, evidence.clean)}
    if ready.target is not None and evidence.on_target is not None:
        sides["target"] = (ready.target, evidence.on_target)
    files = {
        ANSWERS: earlier.answers(ready.subject, sides),
        VERDICTS: to_bytes(found),
        FILE: predictions_csv(evidence),
        "junit.xml": outputs.junit(found).encode(),
        "results.sarif": outputs.sarif(found).encode(),
        "card.md": (outputs.model_index(found) + outputs.card(found)).encode(),
    }
    write_with_checksums(folder, files)
    started = {"started": datetime.now(UTC).isoformat(timespec="seconds"), "argv": sys.argv}
    write_bytes(folder / "environment.json", json_bytes({**asdict(found.environment), **started}))
    return AuditResult(path=folder, verdicts=found)
