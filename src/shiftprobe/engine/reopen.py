"""A run folder -> Plan: probes look at what was trained before."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Taps
from shiftprobe.engine.check_spec import spec_again
from shiftprobe.engine.identity import moved
from shiftprobe.engine.plan import Given, Plan, plan
from shiftprobe.results.reading import read_about, read_maker


def reopen(path: Path, probes: Sequence[str], given: Given, taps: Taps | None = None) -> Plan:
    """Plan a run that is already there again, with further probes.

    Args:
        path: the run folder.
        probes: names of probes, beside those that the run has.
        given: objects that stand in for names, as the run was given them; `out` and `command` are the run's own.
        taps: where the tests of two domains look; as the run has it when None.

    Raises:
        RunError: when it is no run folder, or data, code or torch are not those that made it.
        ShiftprobeError: as `plan` does.
    """
    spec, maker = spec_again(path, probes, taps), read_maker(path)
    ready = plan(spec, replace(given, out=path.parent, command=maker.command))
    if ready.setup.run.path.name != path.resolve().name:
        raise RunError(
            f"{escape(path)}: wanted the data, code and torch that made this run, got others: "
            f"{', '.join(moved(maker.identity, ready.setup.identity))} moved (they would make "
            f"{ready.setup.run.path.name}); make the run again with: {maker.command}"
        )
    before = read_about(path).checkpoint  # it may have been guessed, where the spec of the folder names what was found
    return ready if before is None else replace(ready, facts=replace(ready.facts, checkpoint=before))
