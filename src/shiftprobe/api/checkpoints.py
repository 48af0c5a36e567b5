"""Several checkpoints in one plan: a run of each, what none of them moves done once, and where to start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.api.arguments import arguments_of
from shiftprobe.api.finished import Run
from shiftprobe.api.runs import by_name, perform
from shiftprobe.core.digest import digest
from shiftprobe.core.errors import SpecError
from shiftprobe.core.monitor import Monitor, Silent
from shiftprobe.core.out_folder import check_page
from shiftprobe.report.side_by_side.page import start_of, write_many
from shiftprobe.report.side_by_side.starting import StartAdvice
from shiftprobe.results.store import address_of
from shiftprobe.spec.checkpoints import of_each, with_checkpoints
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.placement import placement
from shiftprobe.spec.schema import Spec

if TYPE_CHECKING:
    from shiftprobe.engine.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRuns:
    """Finished runs of several checkpoints."""

    checkpoints: tuple[str, ...]  # as they were named
    runs: tuple[Run, ...]  # one of each, in that order
    start: StartAdvice | None  # which checkpoint to start from
    page: Path  # the runs side by side, one HTML file

    @property
    def failed(self) -> tuple[str, ...]:
        """Keys of the cells that failed, each behind its run folder."""
        return tuple(f"{run.path.name}/{cell}" for run in self.runs for cell in run.failed)


class _Named:
    """A monitor that says whose stage begins."""

    def __init__(self, monitor: Monitor, name: str) -> None:
        self._monitor, self._name = monitor, name

    def begin(self, what: str, total: int) -> None:
        """A stage of one checkpoint's run begins."""
        self._monitor.begin(f"{self._name}: {what}", total)

    def step(self) -> None:
        """One step of it is done."""
        self._monitor.step()


def sweep_checkpoints(
    spec: Spec | str | Path | Mapping[str, object] | None = None,
    checkpoints: Sequence[str | Path] | None = None,
    *,
    still: bool = False,
    out: str | Path = "runs",
    source: Any = None,
    target: Any = None,
    workers: int | None = None,
    executor: str | None = None,
    address: str | None = None,
    gpus_per_cell: float | None = None,
    mixed: bool = False,
    allow_code: bool = False,
    download: bool = False,
) -> CheckpointRuns:
    """Sweep several checkpoints over one target, and say which one to start from.

    Args:
        spec: as in `sweep`.
        checkpoints: files, folders or names of published weights; those of the spec's `model.checkpoints` when None.
        still: leave the shifts out, as `compare` does.
        out: folder that run folders and the page go into. The same call goes on where an earlier one ended.
        source: as in `sweep`.
        target: as in `sweep`.
        workers: as in `sweep`.
        executor: as in `sweep`.
        address: as in `sweep`.
        gpus_per_cell: as in `sweep`.
        mixed: as in `sweep`.
        allow_code: as in `sweep`.
        download: as in `sweep`.

    Raises:
        ShiftprobeError: when something in the spec, the data or any checkpoint cannot be used, before anything is
            computed.
    """
    from shiftprobe.engine.check_spec import check_spec

    with arguments_of(sweep_checkpoints):
        chosen = spec if isinstance(spec, Spec) else load_spec("paper" if still and spec is None else spec)
        chosen = chosen.model_copy(update={"shifts": (), "severities": ()}) if still else chosen
        chosen = chosen if checkpoints is None else with_checkpoints(chosen, tuple(map(str, checkpoints)))
        if chosen.model.checkpoints is None:
            raise SpecError("checkpoints: wanted several in the argument or in model.checkpoints, got none")
        chosen, source = by_name(chosen, "source", source)
        chosen, target = by_name(chosen, "target", target)
        for one in of_each(chosen):
            check_spec(one, allow_code=allow_code, source=source is not None, target=target is not None)
        from shiftprobe.engine.plan import Given
        from shiftprobe.engine.plan_each import plan_each

        if address_of(out) is not None:
            raise SpecError("out: wanted a folder of this machine for several checkpoints, got a store; send each run")
        where = placement(executor, address=address, gpus_per_cell=gpus_per_cell, mixed=mixed)
        given = Given(
            out=Path(out), source=source, target=target, placement=where, allow_code=allow_code, download=download
        )
        return perform_each(plan_each(of_each(chosen), given), workers=workers)


def perform_each(
    plans: "Sequence[Plan]", *, workers: int | None = None, monitor: Monitor | None = None
) -> CheckpointRuns:
    """Execute the plans of several checkpoints one after the other, then lay their runs side by side.

    Raises:
        ShiftprobeError: when a run cannot go on, or somebody else's file lies where the page goes; what is finished is
            kept.
    """
    from shiftprobe.engine.plan_each import name_of

    names = tuple(name_of(one) for one in plans)
    page = page_of(plans)
    check_page(page)
    runs = []
    for i, ready in enumerate(plans):
        tell = _Named(monitor or Silent(), f"{Path(names[i]).name} ({i + 1} of {len(plans)})")
        others = [one.setup for one in plans if one is not ready]
        runs.append(perform(ready, workers=workers, monitor=tell, others=others))
    folders = [one.path for one in runs]
    write_many(folders, page)
    return CheckpointRuns(checkpoints=names, runs=tuple(runs), start=start_of(folders), page=page)


def page_of(plans: "Sequence[Plan]") -> Path:
    """Where the page of some runs goes: the same ones in the same order find it again."""
    folders = [one.setup.run.path for one in plans]
    return folders[0].parent / f"compared-{digest([one.name for one in folders])[:8]}.html"
