"""How far a run is, as a person reads it at the terminal, or a program as JSON."""

import json as plain
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from shiftprobe.cli.terminal.progress import duration
from shiftprobe.cli.terminal.speech import say
from shiftprobe.core.words import counted, listed
from shiftprobe.results.machine import MachineKind
from shiftprobe.results.status import FailureCount, RunStatus, read_status

SLOW = 10.0  # cells a minute below which a pace has a decimal
MOST = 5  # errors, and kinds of machines, that are told


def print_status(path: Path, *, json: bool) -> None:
    """Look at a run folder and say how far it is."""
    found = read_status(path)
    if json:
        say(plain.dumps(asdict(found), sort_keys=True, allow_nan=False))
        return
    for line in told(found):
        say(line)


def told(found: RunStatus) -> Iterator[str]:
    """The lines of a status."""
    yield f"{found.run}: {found.done:,} of {counted(found.planned, 'cell')} done{_state(found)}"
    yield f"  {found.running:,} running, {found.waiting:,} waiting, {found.failed:,} failed"
    if found.missing_probes:
        yield f"  of the whole run {listed(found.missing_probes)} {'are' if found.missing_probes[1:] else 'is'} missing"
    if found.per_minute is not None:
        left = "" if found.seconds_left is None else f", about {duration(found.seconds_left)} left"
        pace = found.per_minute
        yield f"  {f'{pace:,.0f}' if pace >= SLOW else f'{pace:.2g}'} cells a minute{left}"
    yield from _failures("Failed", found.failures)
    yield from _failures("Arms that could not be trained, in cells that are done", found.failed_arms)
    if found.machines:
        yield "Cells by kind of machine:"
    for one in found.machines[:MOST]:
        yield f"  {one.cells:>6,}  {_machine(one.machine)}"
    if found.machines[MOST:]:
        yield f"  {sum(one.cells for one in found.machines[MOST:]):>6,}  on {len(found.machines) - MOST:,} other kinds"


def _state(found: RunStatus) -> str:
    """What may be said of whoever works on it."""
    if found.finished and found.held:
        return ", a command is still at work"
    if found.finished:
        return ", with failures: the same command tries them again" if found.failed else ": finished"
    if found.held:
        return ", a command is at work"
    ago = "" if found.last_written is None else f", last written to {duration(found.last_written)} ago"
    if found.held is None:
        return f"; whether a command is at work cannot be told from here{ago}"
    return f"; no command is at work{ago}: the same command goes on"


def _failures(title: str, failures: Sequence[FailureCount]) -> Iterator[str]:
    """Errors with their cells, the commonest first; how many more there are."""
    if failures:
        yield f"{title}:"
    for one in failures[:MOST]:
        yield f"  {one.cells:>6,}  {one.error} ({'' if one.cells == 1 else 'first in '}{one.example})"
    if failures[MOST:]:
        yield f"  {sum(one.cells for one in failures[MOST:]):>6,}  of {len(failures) - MOST:,} other errors"


def _machine(kind: MachineKind | None) -> str:
    if kind is None:
        return "an earlier version did not say where"
    gpu = f"{kind.gpu}, " if kind.gpu else ""
    return f"{gpu}CPU {kind.cpu}, {counted(kind.threads, 'thread')}, torch {kind.torch}, shiftprobe {kind.shiftprobe}"
