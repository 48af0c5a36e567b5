"""A spec in, a run out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from shiftprobe.api.arguments import arguments_of
from shiftprobe.api.finished import Run, finish
from shiftprobe.core.monitor import Monitor, Silent
from shiftprobe.core.types import Taps
from shiftprobe.results.store import made_in, send
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.placement import placement
from shiftprobe.spec.schema import Diagnosing, Spec

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.diagnosing.terms import Terms
    from shiftprobe.engine.plan import Plan
    from shiftprobe.engine.setup import Setup
    from shiftprobe.engine.within import Allowed


def sweep(
    spec: Spec | str | Path | Mapping[str, object] | None = None,
    *,
    out: str | Path = "runs",
    source: Any = None,
    target: Any = None,
    model: "nn.Module | None" = None,
    workers: int | None = None,
    minutes: float | None = None,
    executor: str | None = None,
    address: str | None = None,
    gpus_per_cell: float | None = None,
    mixed: bool = False,
    allow_code: bool = False,
    download: bool = False,
) -> Run:
    """Move the target away from the source dose by dose, and compare the arms at every dose.

    Args:
        spec: a Spec, a preset's name, a file or the keys themselves; None is the embedded default.
        out: folder that run folders go into, or a store as "s3://bucket/runs", which gets the run at its end; it is
            made in runs/ then. The same spec finds its run again and does what is missing.
        source: what stands in for `source.data`: a path, data by name, or a torch Dataset of (image, label).
        target: what stands in for `target.data`, in the same ways.
        model: a trained network that stands in for `model.arch` and `model.weights`. Arms get its head with one
            output per class of the target.
        workers: processes; None takes as many as there are cores. Does not move any result.
        minutes: begin no cell that would not end within them. What settles the headline comes first; the same call
            without them goes on.
        executor: who does the cells, as "ray"; `shiftprobe list executors`. None: the one that suits.
        address: of a cluster: "local", "auto" or "HOST:PORT".
        gpus_per_cell: the part of a GPU that a cell of a cluster is given, above 0, at most 1.
        mixed: let machines of different kinds work together.
        allow_code: let `model.arch` name a factory of your own, which is then imported and called.
        download: let published weights that `model.weights` names be fetched.

    Raises:
        ShiftprobeError: when something in the spec or the data cannot be used, before anything is computed.
    """
    from shiftprobe.engine.check_spec import check_minutes, check_spec

    with arguments_of(sweep):
        check_minutes(minutes)
        chosen = spec if isinstance(spec, Spec) else load_spec(spec)
        chosen, source = by_name(chosen, "source", source)
        chosen, target = by_name(chosen, "target", target)
        stand_ins = {"source": source is not None, "target": target is not None, "model": model is not None}
        check_spec(chosen, allow_code=allow_code, **stand_ins)  # before seconds of imports
        from shiftprobe.engine.plan import Given, plan

        where = placement(executor, address=address, gpus_per_cell=gpus_per_cell, mixed=mixed)
        folder, store = made_in(out)
        given = Given(
            out=folder,
            source=source,
            target=target,
            model=model,
            placement=where,
            allow_code=allow_code,
            download=download,
        )
        run = perform(plan(chosen, given), workers=workers, minutes=minutes)
        if store is not None:
            send(run.path, store)
        return run


def by_name(spec: Spec, side: Literal["source", "target"], given: Any) -> tuple[Spec, Any]:
    """The spec with data by path or name under its key, where a run finds it again; an object stays beside it."""
    if not isinstance(given, str | Path):
        return spec, given
    from shiftprobe import data

    part = getattr(spec, side).model_copy(update={"data": data.from_folder(str(given), spec.base)})
    return spec.model_copy(update={side: part}), None


def compare(
    spec: Spec | str | Path | Mapping[str, object] | None = None, *, out: str | Path = "runs", **given: Any
) -> Run:
    """Compare the arms on the target as it is: a sweep without a dial.

    Args:
        spec: as in `sweep`; None is the preset `paper`. Its shifts are left out.
        out: folder that run folders go into.
        given: further arguments of `sweep`.

    Raises:
        ShiftprobeError: as `sweep` does.
    """
    chosen = spec if isinstance(spec, Spec) else load_spec("paper" if spec is None else spec)
    return sweep(chosen.model_copy(update={"shifts": (), "severities": ()}), out=out, **given)


def probe(
    run: str | Path,
    probes: Sequence[str],
    *,
    taps: Taps | None = None,
    workers: int | None = None,
    **given: Any,
) -> Run:
    """Let further probes look at a run that is already there; nothing is trained again where weights were kept.

    Args:
        run: the run folder.
        probes: names of probes; `shiftprobe list probes`.
        taps: where the tests of two domains look: "penultimate" or "all".
        workers: processes; None takes as many as there are cores.
        given: `source`, `target`, `model` and `allow_code` as in `sweep`, where the run was given them.

    Raises:
        RunError: when data, code or torch are not those that made the run.
    """
    from shiftprobe.engine.plan import Given
    from shiftprobe.engine.reopen import reopen

    return perform(reopen(Path(run), probes, Given(**given), taps), workers=workers)


def perform(
    ready: "Plan",
    *,
    workers: int | None = None,
    monitor: Monitor | None = None,
    minutes: float | None = None,
    prices: tuple[float, float] | None = None,
    others: "Sequence[Setup]" = (),
) -> Run:
    """Execute a plan in its run folder, then write tables and report, and the diagnosis that its spec asks for.

    Args:
        ready: the plan.
        workers: processes; None takes as many as there are cores.
        monitor: is told how it goes.
        minutes: begin no cell that would not end within them; a run that is cut is not diagnosed.
        prices: of the network, where they were timed already.
        others: of runs of other checkpoints, whose arms from random weights are taken over where they are the same.

    Raises:
        ShiftprobeError: when the spec asks for a diagnosis that cannot be made, or not one seed fits into the minutes;
            before anything is computed.
    """
    from shiftprobe.engine.perform import perform as carry_out

    asked, tell = ready.setup.spec.why, monitor or Silent()
    allowed = None if minutes is None else _allowed(ready, minutes, workers, prices)
    terms = None if asked is None else _terms(ready, asked, workers)
    found = finish(carry_out(ready, tell, workers=workers, allowed=allowed, others=others).path)
    how_far = found.summary.unfinished
    if terms is None or found.summary.failed or (how_far is not None and how_far.cut is not None):
        return found
    from shiftprobe.diagnosing.perform import perform as diagnose

    diagnose(ready, terms, tell, workers=workers)
    return finish(found.path)


def _allowed(ready: "Plan", minutes: float, workers: int | None, prices: tuple[float, float] | None) -> "Allowed":
    from shiftprobe.engine.minutes import allowed_for
    from shiftprobe.engine.priced import priced

    return allowed_for(priced(ready, workers, prices), minutes)


def _terms(ready: "Plan", asked: Diagnosing, workers: int | None) -> "Terms":
    from shiftprobe.diagnosing.terms import terms_of

    return terms_of(ready, **asked.model_dump(), workers=workers)
