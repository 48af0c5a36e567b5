"""An audit from its request to its folder: looks, checks, repairs, verdicts, page."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shiftprobe.auditing import baseline as earlier
from shiftprobe.auditing import outputs, repairs
from shiftprobe.auditing.checks import QUESTIONS
from shiftprobe.auditing.checks.base import not_done, unanswered
from shiftprobe.auditing.estimate.on_target import estimated
from shiftprobe.auditing.evidence import Baseline, Evidence
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.predictions import Task, look_at_all
from shiftprobe.auditing.request import Ready
from shiftprobe.auditing.samples import write_samples
from shiftprobe.auditing.types import Check, Part
from shiftprobe.auditing.verdict import ordered
from shiftprobe.auditing.verdicts import verdicts
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.files import json_bytes, lock, sweep_leftovers, write_bytes
from shiftprobe.core.monitor import Monitor
from shiftprobe.engine.executors.threads import limited
from shiftprobe.metrics import InputError

VERDICTS = "verdicts.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditResult:
    """What an audit says, and where it left everything."""

    path: Path  # the folder
    checks: tuple[Check, ...]  # what must be answered first stands first
    verdicts: Mapping[str, Any]  # `verdicts.json`

    @property
    def report(self) -> Path:
        """The page."""
        return self.path / "report.html"

    @property
    def passed(self) -> bool:
        """Whether every gate holds; False also where it cannot be told."""
        return bool(self.verdicts["status"] == "pass")

    @property
    def status(self) -> str:
        """The word: pass, fail, or cannot tell."""
        return str(self.verdicts["status"])

    @property
    def exit_code(self) -> int:
        """0, 1 or 3."""
        return int(self.verdicts["exit_code"])

    def to_json(self) -> str:
        """`verdicts.json` as text."""
        return json_bytes(self.verdicts).decode()


def perform(ready: Ready, monitor: Monitor, *, workers: int | None = None) -> AuditResult:
    """Carry out an audit in its folder; the same request goes on where a killed one was.

    Raises:
        BusyError: when another process works in the folder.
        ResourceError: when the disk is full or the place not writable.
    """
    with lock(ready.folder):
        sweep_leftovers(ready.folder)
        evidence = _looked(ready, monitor, workers or os.cpu_count() or 1)
        with limited(1):
            evidence = replace(evidence, estimate=estimated(evidence))
            answers = _answers(evidence, monitor)
            parts = [*answers, *_repairs(evidence, answers, monitor)]
        shown: dict[str, Any] = {key: value for part in parts for key, value in part.shown.items()}
        shown |= write_samples(evidence, ready.folder / "samples")
        checks = [check for part in parts for check in part.checks]
        return _written(ready, evidence, verdicts(ready, checks, shown), checks)


def _looked(ready: Ready, monitor: Monitor, workers: int) -> Evidence:
    """Every set of images seen; what a killed audit has seen is read."""
    looks, policy = ready.folder / "looks", ready.request.policy
    first, *dial = ready.tasks
    targets = [Task(side=ready.target)] if ready.target is not None else []
    monitor.begin("looks", 1 + len(dial) + len(targets))
    how: dict[str, Any] = {"workers": workers, "seed": policy.seed, "step": monitor.step}
    seen = look_at_all(ready.subject, (first, *dial), looks / "data", **how)
    on_target = look_at_all(ready.subject, targets, looks / "target", **how)
    return Evidence(
        policy=policy,
        subject=ready.subject,
        data=ready.data,
        clean=seen[first.key],
        dial={(task.shift, task.severity): seen[task.key] for task in dial},
        target=ready.target,
        on_target=next(iter(on_target.values()), None),
        baseline=_baseline(ready, looks, workers),
        run=ready.request.run,
    )


def _baseline(ready: Ready, looks: Path, workers: int) -> Baseline | None:
    given = ready.request.baseline
    if given is None:
        return None
    if ready.other is None:
        return earlier.from_audit(Path(given), ready.subject, ready.sides)
    seed = ready.request.policy.seed
    return earlier.from_checkpoint(ready.other, ready.sides, looks / "baseline", workers=workers, seed=seed)


def _answers(evidence: Evidence, monitor: Monitor) -> list[Part]:
    """Every question of the policy, in its order; one that has no answer here says why."""
    names = [name for name in Policy.model_fields if name in QUESTIONS]
    asked = [name for name in names if evidence.policy.rule(name).level != "off"]
    monitor.begin("checks", len(asked))
    found = []
    for name in asked:
        try:
            found.append(QUESTIONS[name].ask(evidence))
        except NotAvailableError as error:
            found.append(Part(checks=(not_done(evidence.policy.rule(name), QUESTIONS[name], str(error)),)))
        except InputError as error:
            found.append(Part(checks=(unanswered(evidence.policy.rule(name), QUESTIONS[name], str(error)),)))
        monitor.step()
    return found


def _repairs(evidence: Evidence, answers: Sequence[Part], monitor: Monitor) -> list[Part]:
    if not evidence.policy.repairs:
        return []
    monitor.begin("repairs", 1)
    tried = next((part.shown["preprocessing"] for part in answers if "preprocessing" in part.shown), None)
    found = repairs.repairs(evidence, tried=tried)
    monitor.step()
    return [found]


def _written(ready: Ready, evidence: Evidence, whole: dict[str, Any], checks: Sequence[Check]) -> AuditResult:
    folder = ready.folder
    sides = {"data": (ready.data, evidence.clean)}
    if ready.target is not None and evidence.on_target is not None:
        sides["target"] = (ready.target, evidence.on_target)
    write_bytes(folder / earlier.ANSWERS, earlier.answers(ready.subject, sides))
    write_bytes(folder / VERDICTS, json_bytes(whole))
    write_bytes(folder / "junit.xml", outputs.junit(whole).encode())
    write_bytes(folder / "card.md", outputs.card(whole).encode())
    started = {"started": datetime.now(UTC).isoformat(timespec="seconds"), "argv": sys.argv}
    write_bytes(folder / "environment.json", json_bytes({**whole["environment"], **started}))
    return AuditResult(path=folder, checks=ordered(checks), verdicts=whole)
