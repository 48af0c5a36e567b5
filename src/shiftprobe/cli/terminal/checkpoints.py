"""Several checkpoints at the terminal: one estimate, a bar that says whose, the answer, and the path of every page."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shiftprobe.cli.terminal import findings, progress
from shiftprobe.cli.terminal.runs import Options, introduce, tell_cause, tell_trouble
from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.core.escape import escape
from shiftprobe.core.words import counted
from shiftprobe.results.summary_file import to_json

if TYPE_CHECKING:
    from shiftprobe.api.checkpoints import CheckpointRuns
    from shiftprobe.core.types import Cell
    from shiftprobe.engine.cost import Cost
    from shiftprobe.engine.plan import Plan

VERSION = 1  # of what `--json` prints of several


def carry_out_each(plans: "Sequence[Plan]", options: Options) -> tuple[str, ...]:
    """Carry out the plans of several checkpoints and show what they found; the keys of failed cells are handed back."""
    from shiftprobe.api.checkpoints import perform_each
    from shiftprobe.engine.execute import missing
    from shiftprobe.engine.side_by_side import workers_for

    for ready in plans:
        introduce(ready)
    todo = [missing(ready.setup, ready.cells) for ready in plans]
    workers = workers_for(plans[0].setup, max(map(len, todo)), options.workers)
    cost, shared = _cost(plans, todo, workers)
    said = progress.estimate(cost, workers, plans[0].setup.device)
    if options.dry_run:
        _show_cells(plans, todo)
        _tell_price(plans[0], f"{said}{_shared(shared)}")
        _check_disk(plans, cost)
        return ()
    if cost.seconds > progress.ANNOUNCED_SECONDS:
        tell(f"{plans[0].setup.spec.name}, {len(plans)} checkpoints: {said}{_shared(shared)}")
    _check_disk(plans, cost)
    with progress.bars() as monitor:
        found = perform_each(plans, workers=options.workers, monitor=monitor)
    _show(plans, found, options)
    return found.failed


def _cost(plans: "Sequence[Plan]", todo: "Sequence[Sequence[Cell]]", workers: int) -> "tuple[Cost, int]":
    """What all runs cost together, and how many trainings are taken over from another one."""
    from shiftprobe.engine.cost import cost_of, together
    from shiftprobe.engine.disk import untrained
    from shiftprobe.engine.shared_arms import trained_elsewhere

    costs, shared = [], 0
    for i, (ready, missing) in enumerate(zip(plans, todo, strict=True)):
        elsewhere = trained_elsewhere(ready.setup, missing, [one.setup for one in plans[:i]])
        shared += len(elsewhere & set(untrained(ready.setup, missing)))
        costs.append(cost_of(ready.setup, ready.cells, missing, workers, elsewhere=elsewhere))
    return together(costs), shared


def _tell_price(ready: "Plan", estimate: str) -> None:
    """What the runs would cost, what follows each, and which arms they cannot train."""
    say(estimate)
    asked = ready.setup.spec.why
    if asked is not None:
        say(f"Then a diagnosis of each: at most {asked.trainings:g} trainings of one arm with one seed each.")
    findings.skipped(ready.facts.skipped_arms)


def _shared(count: int) -> str:
    return f"; {counted(count, 'training')} from random weights shared between checkpoints" if count else ""


def _show_cells(plans: "Sequence[Plan]", todo: "Sequence[Sequence[Cell]]") -> None:
    from shiftprobe.engine.plan_each import name_of

    for ready, missing in zip(plans, todo, strict=True):
        say(f"{escape(name_of(ready))} -> {escape(ready.setup.run.path)}")
        for cell in ready.cells:
            say(f"{'todo' if cell in missing else 'done'}  {cell.key}")


def _check_disk(plans: "Sequence[Plan]", cost: "Cost") -> None:
    from shiftprobe.engine.disk import check_disk

    check_disk(plans[0].setup, cost.disk)


def _show(plans: "Sequence[Plan]", found: "CheckpointRuns", options: Options) -> None:
    """Every run's findings, then the answer; as JSON one object and nothing else on stdout."""
    speak = tell if options.json else say
    if options.json:
        say(json.dumps(as_json(found), sort_keys=True, allow_nan=False))
    for ready, name, run in zip(plans, found.checkpoints, found.runs, strict=True):
        speak(f"\n{escape(name)}")
        if not options.json:
            findings.answer(run.summary)
            tell_cause(run, asked=ready.setup.spec.why is not None)
        tell_trouble(run)
    if found.start is not None:
        speak("\n" + " ".join(filter(None, (found.start.sentence, found.start.basis))))
    speak("")
    for name, run in zip(found.checkpoints, found.runs, strict=True):
        speak(f"Report of {escape(name)}: {escape(run.report)}")
    speak(f"Report of all: {escape(found.page)}")
    if options.markdown is not None:
        from shiftprobe.report.side_by_side.page import write_markdown

        write_markdown([run.path for run in found.runs], options.markdown)
        speak(f"Markdown: {escape(options.markdown)}")
    if options.store is not None:
        from shiftprobe.results.store import send

        for run in found.runs:
            speak(f"Sent: {escape(send(run.path, options.store))}")


def as_json(found: "CheckpointRuns") -> dict[str, object]:
    """Several runs as plain data: docs/run-folder.md has the keys."""
    from shiftprobe.report.side_by_side import starting

    return {
        "version": VERSION,
        "start": None if found.start is None else starting.to_json(found.start),
        "page": str(found.page),
        "runs": [
            {"checkpoint": name, "path": str(run.path), "report": str(run.report), "summary": to_json(run.summary)}
            for name, run in zip(found.checkpoints, found.runs, strict=True)
        ],
    }
