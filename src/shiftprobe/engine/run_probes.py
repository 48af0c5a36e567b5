"""A cell, or the whole run, under its probes: networks at hand, findings kept beside the cells."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from shiftprobe.core.errors import DamagedError, NotAvailableError, ResourceError, out_of_memory
from shiftprobe.core.files import (
    EXHAUSTED,
    json_bytes,
    npz_bytes,
    write_bytes,
    write_folder,
    written_about,
)
from shiftprobe.core.types import IDENTITY, Cell, Evidence, Finding, Probe, Row, RunProbe, at_best
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.engine.choice import made_by
from shiftprobe.engine.setup import Setup
from shiftprobe.models.sharing import check_room
from shiftprobe.results.findings import ARRAYS, ROWS

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.core.types import View


def found(setup: Setup, probe: str, cell: Cell) -> bool:
    """Whether a probe has looked into a cell, with today's code, at all the arms we ask for and as many images."""
    wanted = _about(setup, probe, cell)
    about = _written(setup.run.finding(probe, cell))
    arms, seen = wanted.pop("arms"), about.get("arms", {})
    return _within(arms, seen) and is_of(about, wanted)


def found_in_run(setup: Setup, probe: str, cells: Sequence[Cell]) -> bool:
    """Whether a run probe has looked, with today's code, at all these cells and no others."""
    about = _written(setup.run.of_run(probe))
    return is_of(about, _about_run(setup, probe, cells))


def observe(setup: Setup, cell: Cell) -> str:
    """Make a cell's arms and let its probes look; the traceback of the first probe that failed, or nothing."""
    evidence, errors = _evidence(setup, cell), []
    for probe in setup.probes_of(cell):
        if not found(setup, probe, cell):
            finding, error = _look(probe, evidence, cell)
            check_room()
            _keep(setup.run.finding(probe, cell), finding, _about(setup, probe, cell) | _lost(error))
            errors.append(error)
    return next(filter(None, errors), "")


def observe_run(setup: Setup, probe: str, cells: Sequence[Cell], show: Callable[[Cell], None]) -> str:
    """Let a run probe look at all cells; its traceback if it failed, or nothing.

    Args:
        setup: the resolved spec.
        probe: its name.
        cells: every cell of the run.
        show: makes the shifted images of a cell, when its evidence is opened and they are gone.
    """
    finding, error = _look(probe, _Opened(setup, cells, show), Cell(IDENTITY, 0.0))
    about = _about_run(setup, probe, cells) | _lost(error)
    _keep(setup.run.of_run(probe), finding, about, whole=True)
    told = setup.run.run_error(probe)
    write_bytes(told, error.encode("utf-8", "backslashreplace")) if error else told.unlink(missing_ok=True)
    return error


class _Opened(Mapping[Cell, Evidence]):
    """The evidence of every cell, opened when asked for and not kept."""

    def __init__(self, setup: Setup, cells: Sequence[Cell], show: Callable[[Cell], None]) -> None:
        self._setup, self._cells, self._show = setup, {cell: cell for cell in cells}, show

    def __getitem__(self, cell: Cell) -> Evidence:
        self._show(self._cells[cell])
        return _evidence(self._setup, cell)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)


def _evidence(setup: Setup, cell: Cell) -> Evidence:
    from shiftprobe.engine.cell import make_arm
    from shiftprobe.engine.evidence import Gathered

    models = dict(_checkpoint(setup))
    failed: dict[str, str] = {}
    for arm in setup.arms_of(cell):
        made = make_arm(setup, cell, arm, models["source"])
        if made.model is None:
            failed[arm] = made.failed
            continue
        models[arm] = made.model
        models |= {at_best(arm): made.best} if made.best is not None else {}
    return Gathered(setup, cell, models=models, failed=failed, shared=_views(setup))


def _look(name: str, evidence: Any, cell: Cell) -> tuple[Finding, str]:
    """What a probe finds, and its traceback if it failed; what it could not find becomes a row with the reason."""
    from shiftprobe.probes import PROBES

    probe = PROBES[name]
    try:
        if probe.scope == "run":
            return cast("RunProbe", probe)(evidence), ""
        return cast("Probe", probe)(evidence), ""
    except NotAvailableError as error:
        return _reason(name, cell, str(error)), ""
    except (ResourceError, DamagedError):
        raise
    except Exception as error:
        if out_of_memory(error) or (isinstance(error, OSError) and error.errno in EXHAUSTED):
            raise
        return _reason(name, cell, f"the probe failed: {type(error).__name__}: {error}"), traceback.format_exc()


def _reason(probe: str, cell: Cell, reason: str) -> Finding:
    return Finding((Row(cell=cell, probe=probe, metric="all", value=None, reason=" ".join(reason.split())),))


def _keep(folder: Path, finding: Finding, about: Mapping[str, object], *, whole: bool = False) -> None:
    """Write rows and arrays; the rows of the whole run carry their cells."""
    rows = [{key: value for key, value in asdict(row).items() if whole or key != "cell"} for row in finding.rows]
    files = {ROWS: json_bytes(rows)}
    if finding.arrays:
        files[ARRAYS] = npz_bytes(finding.arrays)
    write_folder(folder, files, about)


def _written(folder: Path) -> dict[str, object]:
    """What a finding says of itself; nothing where it is not whole."""
    return written_about(folder) or {}


def _about(setup: Setup, probe: str, cell: Cell) -> dict[str, object]:
    """What a finding in a cell depends on: who looked, at what, and by which code each was made."""
    versions = setup.versions
    return {
        **place(setup.run, cell),
        "probe": probe,
        "code": versions.of_probe(probe),
        "images": versions.of_images(cell.shift),
        "failed": False,
        "arms": {arm: made_by(setup, cell, arm) for arm in setup.arms_of(cell)},
        "budget": setup.budget_of(cell),
        "taps": setup.spec.taps,
        **setup.judged_by,
    }


def _about_run(setup: Setup, probe: str, cells: Sequence[Cell]) -> dict[str, object]:
    """What a finding in the whole run depends on; see `_about`."""
    versions = setup.versions
    return {
        **place(setup.run),
        "probe": probe,
        "code": versions.of_probe(probe),
        "images": {shift: versions.of_images(shift) for shift in sorted({cell.shift for cell in cells})},
        "failed": False,
        "arms": {cell.key: [made_by(setup, cell, arm) for arm in setup.arms_of(cell)] for cell in cells},
        "taps": setup.spec.taps,
        **setup.judged_by,
    }


def _within(asked: object, seen: object) -> bool:
    """Whether every arm that is asked for was seen, as today's code makes it."""
    if not isinstance(asked, Mapping) or not isinstance(seen, Mapping):
        return False
    return all(seen.get(arm) == made for arm, made in asked.items())


def _lost(error: str) -> dict[str, bool]:
    return {"failed": bool(error)}  # found() says no: the same command lets the probe look again


_models: dict[str, "Mapping[str, nn.Module]"] = {}
_shared: dict[str, "dict[tuple[str, str], View]"] = {}


def _checkpoint(setup: Setup) -> "Mapping[str, nn.Module]":
    """The source and its control, loaded once per process and run."""
    from shiftprobe.engine import networks

    key = str(setup.run.path)
    if key not in _models:
        _models.clear()
        _models[key] = {"source": networks.source(setup), "random": networks.random_control(setup).eval()}
    return _models[key]


def forget_views() -> None:
    """Views that cells share are computed again: one of them may be of a task that is thrown away."""
    _shared.clear()


def _views(setup: Setup) -> "dict[tuple[str, str], View]":
    key = str(setup.run.path)
    if key not in _shared:
        _shared.clear()
        _shared[key] = {}
    return _shared[key]
