"""One plan per checkpoint: all of them are read, and what cannot be run is refused, before anything is done."""

from collections.abc import Sequence
from dataclasses import replace

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.engine.brought import brought
from shiftprobe.engine.plan import Given, Plan, plan
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
    for spec in specs:  # a file that is no checkpoint is met before a picture is read
        brought(spec, None, allow_code=given.allow_code, download=given.download)
    told = commands or [given.command] * len(specs)
    plans = tuple(plan(spec, replace(given, command=command)) for spec, command in zip(specs, told, strict=True))
    _check_different(plans)
    return plans


def name_of(ready: Plan) -> str:
    """What a plan's checkpoint is called."""
    return ready.setup.spec.model.weights


def _check_different(plans: Sequence[Plan]) -> None:
    met: dict[str, str] = {}
    for one in plans:
        found = one.facts.checkpoint
        if found is None:
            continue
        if found.sha256 in met:
            raise SpecError(
                f"model.checkpoints: wanted different checkpoints, got the same weights in {escape(met[found.sha256])} "
                f"and {escape(name_of(one))}; leave one of them out"
            )
        met[found.sha256] = name_of(one)
