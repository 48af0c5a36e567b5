"""`shiftprobe audit`: the policy and the estimate, the bar, the verdict, what to do, the path."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.auditing.command import command
from shiftprobe.cli.terminal import progress
from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.core.escape import escape

if TYPE_CHECKING:
    from shiftprobe.auditing.cost import AuditTime
    from shiftprobe.auditing.model import Verdicts
    from shiftprobe.auditing.policy import Policy
    from shiftprobe.auditing.ready import Ready
    from shiftprobe.auditing.request import Request
    from shiftprobe.auditing.types import Note


def run_audit(request: "Request", format_: str, *, dry_run: bool, workers: int | None) -> int:
    """Audit, print it in one format, and hand back the exit code."""
    wanted = request.wanted
    if wanted.allow_code and wanted.arch and ":" in wanted.arch:
        tell(f"running code that --arch names: {escape(wanted.arch)}")
    from shiftprobe.auditing.check_request import check_request

    check_request(request)  # before seconds of imports: what is misspelt is answered at once
    from shiftprobe.api import perform_audit
    from shiftprobe.auditing.cost import seconds
    from shiftprobe.auditing.earlier import done_before
    from shiftprobe.auditing.ready import prepare

    ready = prepare(replace(request, command=command(request)))
    threads = workers or os.cpu_count() or 1
    _announce(ready, seconds(ready, threads), threads)
    if earlier := done_before(ready):
        tell(
            f"{escape(ready.folder)} holds an audit of the same images, given as {escape(earlier)}: it is done again "
            "under today's names; --out keeps both"
        )
    if dry_run:
        _print_policy(request.policy)
        return 0
    with progress.bars() as monitor:
        result = perform_audit(ready, monitor, workers=workers)
    noted = (*ready.subject.notes, *ready.notes)  # told above, before anything slow began
    say(printed(result.verdicts, format_, noted).rstrip("\n"))
    _summarise(result.verdicts)
    speak = say if format_ == "pretty" else tell
    speak(f"\nVerdicts: {result.path}/verdicts.json\nReport: {result.report}")
    if result.waiting:
        tell(to_label(result.path, result.waiting))
    return result.exit_code


def to_label(folder: Path, waiting: int) -> str:
    """Where pictures wait for a label, and what to do next."""
    return (
        f"Label: {waiting:,} pictures wait in {escape(folder / 'ask')}: write a class for each into the column label "
        "of its labels*.csv (README.txt there names the classes), then run the same command again"
    )


def printed(verdicts: "Verdicts", format_: str, noted: "Sequence[Note]" = ()) -> str:
    """What goes to stdout; notes that were told before stand only in formats that are kept."""
    from shiftprobe.auditing import outputs
    from shiftprobe.auditing.verdicts_file import to_bytes

    if format_ == "json":
        return to_bytes(verdicts).decode()
    if format_ == "pretty":
        return outputs.pretty(verdicts, noted)
    makers = {"junit": outputs.junit, "sarif": outputs.sarif, "github": outputs.github, "markdown": outputs.card}
    return makers[format_](verdicts)


def _summarise(verdicts: "Verdicts") -> None:
    """Add to the summary of a GitHub step, where one is running."""
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if place:
        from shiftprobe.auditing import outputs

        try:
            with Path(place).open("a", encoding="utf-8") as file:
                file.write(outputs.step_summary(verdicts))
        except OSError as error:
            tell(f"the step summary {escape(place)} could not be written: {escape(error.strerror or error)}")


def _announce(ready: "Ready", time: "AuditTime", threads: int) -> None:
    """What will be looked at, what was guessed, and how long it takes."""
    sides = [f"{len(side):,} images of {escape(side.name)}" for side in ready.sides.values()]
    policy, facts = ready.request.policy, ready.subject.facts
    tell(
        f"{escape(facts.path)}: {escape(facts.arch)}, {facts.parameters:,} parameters, "
        f"{len(ready.subject.classes):,} outputs; {' and '.join(sides)}"
    )
    for note in (*ready.subject.notes, *ready.notes):
        tell(f"  {note.about}: {escape(note.text, 300)}")
    shifts, doses = len(policy.shifts), len(policy.asked)
    least, most = (progress.duration(one) for one in time)
    long = least if least == most else f"{least} where gates are clear, {most} at most,"
    tell(
        f"policy {escape(ready.request.policy_from)}: {shifts} shift{'' if shifts == 1 else 's'} at {doses} "
        f"severit{'y' if doses == 1 else 'ies'}; about {long} with {threads} "
        f"thread{'s' if threads > 1 else ''} on {ready.subject.device}"
    )


def _print_policy(policy: "Policy") -> None:
    """Every threshold, as YAML that can be changed and given back."""
    import yaml

    say(yaml.safe_dump(policy.resolved(), sort_keys=False, allow_unicode=True, width=120).rstrip())
