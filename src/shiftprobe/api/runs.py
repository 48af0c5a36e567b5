"""A spec in, a run out; and what a finished run can be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, Literal

from shiftprobe import report
from shiftprobe.api.arguments import arguments_of
from shiftprobe.core.monitor import Monitor, Silent
from shiftprobe.core.types import Row, Taps
from shiftprobe.results.model import Summary
from shiftprobe.results.predictions import write_predictions
from shiftprobe.results.run_folder import RunDir, check_run
from shiftprobe.results.store import HERE, address_of, check_store, send
from shiftprobe.results.tables import Tables, read_tables, write_tables
from shiftprobe.results.unfinished import FOLDER
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.placement import placement
from shiftprobe.spec.schema import Diagnosing, Spec
from shiftprobe.why import explain, next_steps

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.diagnosing.terms import Terms
    from shiftprobe.engine.plan import Plan
    from shiftprobe.engine.setup import Setup
    from shiftprobe.engine.within import Allowed
    from shiftprobe.paper import Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run."""

    path: Path  # the run folder
    rows: tuple[Row, ...]
    summary: Summary  # see docs/run-folder.md
    report: Path  # one HTML file

    @property
    def failed(self) -> tuple[str, ...]:
        """Keys of the cells that failed, and of those with an arm that diverged."""
        lost = {row.cell.key for row in self.rows if row.metric == "top1" and row.value is None}
        return tuple(sorted({one.cell for one in self.summary.failed} | lost))


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
        address = address_of(out)
        if address is not None:
            check_store(address)
        given = Given(
            out=Path(out) if address is None else HERE,
            source=source,
            target=target,
            model=model,
            placement=where,
            allow_code=allow_code,
            download=download,
        )
        run = perform(plan(chosen, given), workers=workers, minutes=minutes)
        if address is not None:
            send(run.path, address)
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


def finish(path: Path) -> Run:
    """Rebuild tables and report of a run folder from what its cells and probes hold, marked where it is unfinished."""
    check_run(path)
    run = RunDir(path)
    tables = explained(read_tables(run))
    write_tables(run, tables)
    write_predictions(run, tables.answers)
    page = report.write(path)
    if tables.summary.unfinished is None:
        rmtree(path / FOLDER, ignore_errors=True)  # what was said before says less
    return Run(path=path, rows=tables.rows, summary=tables.summary, report=page)


def explained(tables: Tables) -> Tables:
    """The same tables, their summary with why it came out so and what to do next."""
    rows, found = tables.rows, tables.summary
    return replace(tables, summary=replace(found, why=explain(rows, found), next=next_steps(rows, found)))


def methods(run: str | Path, *, out: str | Path | None = None) -> "Written":
    """Write what a paper says of a run: a paragraph, its BibTeX, every declared pair as CSV and LaTeX.

    Args:
        run: the run folder.
        out: where the files go; `methods/` in the run folder when None.

    Returns:
        The paragraph, with citations as `[@holm1979]`, and the files.

    Raises:
        RunError: when it is no run folder, or its tables are missing or damaged.
    """
    from shiftprobe.paper import write

    return write(Path(run), None if out is None else Path(out))
