"""`shiftprobe calibrate`: the estimate, the bar, the gates that err most, the path."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from shiftprobe.auditing.command import command
from shiftprobe.cli.terminal import progress
from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.core.escape import escape
from shiftprobe.core.words import counted

if TYPE_CHECKING:
    from shiftprobe.auditing.error_rates.model import Calibration, GateErrors
    from shiftprobe.auditing.error_rates.request import CalibrationReady, CalibrationRequest

SHOWN = 6  # rows


def run_calibration(request: "CalibrationRequest", *, json: bool, dry_run: bool, workers: int | None) -> None:
    """Calibrate, print what errs most, and leave the page."""
    wanted = request.audit.wanted
    if wanted.allow_code and wanted.arch and ":" in wanted.arch:
        tell(f"running code that --arch names: {escape(wanted.arch)}")
    from shiftprobe.auditing.error_rates.request import check_calibration, prepare_calibration

    check_calibration(request)  # before seconds of imports: what is misspelt is answered at once
    from shiftprobe.api import perform_calibration
    from shiftprobe.auditing.error_rates.cost import seconds
    from shiftprobe.auditing.error_rates.files import to_bytes

    asked = prepare_calibration(replace(request, audit=replace(request.audit, command=again(request))))
    threads = workers or os.cpu_count() or 1
    _announce(asked, seconds(asked, threads), threads)
    if dry_run:
        return
    with progress.bars() as monitor:
        result = perform_calibration(asked, monitor, workers=workers)
    if json:
        say(to_bytes(result.found).decode().rstrip("\n"))
    else:
        summarise(result.found)
    speak = tell if json else say
    speak(f"\nRates: {escape(result.path)}/calibrate.json\nReport: {escape(result.report)}")


def again(request: "CalibrationRequest") -> str:
    """The command that makes this calibration again."""
    words = [command(request.audit).replace("shiftprobe audit", "shiftprobe calibrate", 1)]
    words += [] if request.images is None else [f"--images {request.images}"]
    words += [f"--draws {request.draws}"]
    return " ".join(words)


def _announce(asked: "CalibrationReady", seconds: float, threads: int) -> None:
    ready = asked.ready
    facts = ready.subject.facts
    tell(
        f"{escape(facts.path)}: {escape(facts.arch)}, {facts.parameters:,} parameters; "
        f"{counted(len(ready.data), 'labelled image')} of {escape(ready.data.name)}"
    )
    for note in (*ready.subject.notes, *ready.notes):
        tell(f"  {note.about}: {escape(note.text, 300)}")
    tell(
        f"policy {escape(ready.request.policy_from)}: {counted(asked.request.draws, 'sample')} of "
        f"{counted(asked.images, 'image')} each; about {progress.duration(seconds)} with "
        f"{counted(threads, 'thread')} on {ready.subject.device}"
    )


def summarise(found: "Calibration") -> None:
    """The sentence, what is flagged, and the rows that err most."""
    from shiftprobe.auditing.error_rates import words

    say(f"{found.sentence}.")
    if gates := words.whole(found):
        say(f"{gates}.")
    say(f"{words.flags(found)}.")
    say("")
    for row in worst(found):
        rates = ", ".join(f"{words.HEADS[name]} {words.told(one)}" for name, one in row.rates.items())
        flag = f"; {words.MORE_OFTEN}" if row.exceeding else ""
        say(f"  {escape(row.name, 60)}: {rates}{flag}")
    unmeasured = [row for row in found.rows if not row.rates]
    if unmeasured:
        say(f"  not measured, reasons on the page: {', '.join(escape(row.name, 60) for row in unmeasured)}")


def worst(found: "Calibration") -> "list[GateErrors]":
    """The rows to read first: those that are flagged, then gates by how much they miss."""
    measured = [row for row in found.rows if row.rates]

    def first(row: "GateErrors") -> tuple[bool, bool, float]:
        missed = max((one.value for name, one in row.rates.items() if name != "undecided"), default=0.0)
        return not row.exceeding, not row.gates, -missed

    return sorted(measured, key=first)[:SHOWN]
