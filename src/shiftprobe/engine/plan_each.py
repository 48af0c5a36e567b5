"""One plan per checkpoint: all of them are read, and what cannot be run is refused, before anything is done."""

from collections.abc import Sequence
from dataclasses import replace

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.engine.brought import brought
from shiftprobe.engine.plan import Given, Plan, plan
from shiftprobe.models.formats.checkpoint import state_digest
from shiftprobe.spec.schema import Spec


def plan_each(specs: Sequence[Spec], given: Given, commands: Sequence[str] | None = None) -> tuple[Plan, ...]:
    """Plan a run per checkpoint; their data are read once.

    Args:
        specs: one per checkpoint, as `spec.checkpoints.of_each` gives them.
        given: what all of them share.
        commands: what makes each of them alone; that of `given` when None.

    Raises:
        SpecError: when two names mean the same weights.
        ShiftprobeError: for the first thing that cannot be read or run, in one line.
    """
    _check_checkpoints(specs, given)  # a file that is none, or stands there twice, is met before a picture is read
    told = commands or [given.command] * len(specs)
    return tuple(plan(spec, replace(given, command=command)) for spec, command in zip(specs, told, strict=True))


def name_of(ready: Plan) -> str:
    """What a plan's checkpoint is called."""
    return ready.setup.spec.model.weights


def _check_checkpoints(specs: Sequence[Spec], given: Given) -> None:
    """Read every checkpoint, one after the other, and refuse one that stands there under two names."""
    met: dict[str, str] = {}
    for spec in specs:
        found = brought(spec, None, allow_code=given.allow_code, download=given.download)
        name = spec.model.weights
        if found is None:
            continue
        key = state_digest(found.state)
        if key in met:
            raise SpecError(
                f"model.checkpoints: wanted different checkpoints, got the same weights in {escape(met[key])} and "
                f"{escape(name)}; leave one of them out"
            )
        met[key] = name
