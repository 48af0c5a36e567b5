"""The straight line from the source to a fine-tuned network of a cell: no training, two looks, one finding.

On the target the fine-tuned network's head judges all along, at home the source's, so that the bodies alone differ.

Reference: Neyshabur et al., 2020, arXiv:2008.11687: networks fine-tuned from one source stay in its basin.
"""

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.files import json_bytes, npz_bytes, write_folder, written_about
from shiftprobe.core.reading import is_there
from shiftprobe.core.rows import Rows
from shiftprobe.core.types import Cell, Finding, Row
from shiftprobe.engine import networks
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.engine.cell import arm_folder, finished
from shiftprobe.engine.choice import made_by
from shiftprobe.engine.code_version import version
from shiftprobe.engine.executors.threads import limited
from shiftprobe.engine.home import reason
from shiftprobe.engine.perform import drop_stale_sets, write_sets
from shiftprobe.engine.shifted_sets import open_set
from shiftprobe.engine.versions import DIGEST_CHARACTERS
from shiftprobe.metrics import wilson
from shiftprobe.models.head import head_name, with_head_of
from shiftprobe.results.findings import ARRAYS, ROWS
from shiftprobe.stats.barrier import barrier, rise
from shiftprobe.train.path import Ground, LinearPath, along
from shiftprobe.train.watching import copied

if TYPE_CHECKING:
    from shiftprobe.core.monitor import Monitor
    from shiftprobe.engine.plan import Plan
    from shiftprobe.engine.setup import Setup

PATH = "path"
"""The probe that its rows name; `results.findings.read_rows` reads them by it."""

MAX_ESTIMATED = 1000  # training images that batch statistics are estimated on, evenly spread
FEWEST_ESTIMATED = 2


def no_path(setup: "Setup", cell: Cell, arm: str) -> str:
    """Why there is no line to walk; empty when there is one."""
    if setup.spec.keep != "weights":
        return "the run kept no weights; sweep again into another folder (--out) with keep: weights"
    folder = arm_folder(setup, cell, arm)
    if not finished(setup, cell, arm) or not is_there(folder / networks.WEIGHTS):
        return f"the weights of {arm} are not in the run folder; run the same command again with keep: weights"
    return ""


def do_path(ready: "Plan", cell: Cell, monitor: "Monitor", arm: str = "transfer") -> None:
    """Walk the line and keep what was found, in the run folder; leave it alone when it is there and whole.

    Args:
        ready: a plan of the run (`engine.reopen`); the caller holds its folder.
        cell: one that was trained, with its seed.
        monitor: is told how it goes.
        arm: which of its arms.

    Raises:
        NotAvailableError: when the weights were not kept, with what to do.
        ResourceError: when disk, memory or permission end.
    """
    setup = ready.setup
    if path_found(setup, cell, arm):
        return
    if missing := no_path(setup, cell, arm):
        raise NotAvailableError(missing)
    drop_stale_sets(ready)
    write_sets(ready, [cell], monitor, source=True, samples=False)
    monitor.begin("line between weights", 1)
    with limited(setup.spec.train.threads):
        keep_path(setup, cell, arm)
    monitor.step()
    shutil.rmtree(setup.run.sets, ignore_errors=True)


def path_found(setup: "Setup", cell: Cell, arm: str) -> bool:
    """Whether the finding is in the run folder, whole, made by today's code of what is there today."""
    return is_of(written_about(setup.run.finding(PATH, cell)) or {}, _by(setup, cell, arm))


def keep_path(setup: "Setup", cell: Cell, arm: str) -> None:
    """Walk the line and write rows and arrays; the images lie among the run's sets."""
    found = walked(setup, cell, arm)
    rows = [{key: value for key, value in asdict(row).items() if key != "cell"} for row in found.rows]
    files = {ROWS: json_bytes(rows), ARRAYS: npz_bytes(found.arrays)}
    write_folder(setup.run.finding(PATH, cell), files, _by(setup, cell, arm))


def walked(setup: "Setup", cell: Cell, arm: str) -> Finding:
    """Accuracy and loss at each share of the way, and the barriers, on the target and at home.

    Returns:
        Rows of `accuracy at 0.3`, `loss at 0.3`, `barrier` and `loss barrier`, at home with `home ` before them; home
        is one row with the reason where there is none. The arrays hold the curves.

    Raises:
        CheckpointError: when weights are not as they were written.
    """
    source, twin = networks.source(setup), networks.fresh(setup, len(setup.classes), 0)
    tuned = networks.loaded(twin, arm_folder(setup, cell, arm) / networks.WEIGHTS)
    head, own = head_name(tuned, len(setup.classes)), head_name(source, setup.source_classes)
    before, after = copied(source), copied(tuned)
    walk = partial(along, preprocess=setup.preprocess, device=setup.device)
    lines = [walk(tuned, (with_head_of(before, after, head), after), _target(setup, cell), head=head)]
    rows = []
    try:
        home = _home(setup)
        lines.append(walk(source, (before, with_head_of(after, before, own)), home, head=own))
    except NotAvailableError as error:
        rows.append(_row(cell, arm, "home barrier", None, reason=str(error)))
    arrays: dict[str, NDArray[np.float64]] = {}
    for line in lines:
        rows += _told(cell, arm, line)
        arrays[f"{line.at}:accuracy"] = 1 - line.wrong.mean(axis=1)
        arrays[f"{line.at}:loss"] = line.loss.mean(axis=1)
        arrays["alphas"] = np.asarray(line.alphas)
    return Finding(tuple(rows), arrays)


def _target(setup: "Setup", cell: Cell) -> Ground:
    whole = open_set(setup.run.images(cell.condition))
    train = setup.parts(cell)[0]
    labels = setup.labels[setup.pool :]
    return Ground(at="target", images=whole[setup.pool :], labels=labels, train=_some(whole, train))


def _home(setup: "Setup") -> Ground:
    """Held-out images of the source, and those that trained it.

    Raises:
        NotAvailableError: when there are none, or nobody knows what the outputs of the head stand for.
    """
    if not len(setup.held_out):
        raise NotAvailableError(reason(setup))
    labels = setup.source_labels[setup.held_out]
    if setup.home is not None:
        if setup.source_columns is None:
            raise NotAvailableError("nobody knows which class each output of the checkpoint's head is")
        labels = np.asarray(setup.source_columns, np.int64)[labels]
    train = np.setdiff1d(np.arange(setup.source_train), setup.at_home)
    if len(train) < FEWEST_ESTIMATED:
        raise NotAvailableError("no image of the source is left to estimate batch statistics on")
    pixels = _some(open_set(setup.run.sets / "source.npy"), train)
    return Ground(at="home", images=open_set(setup.run.held_out), labels=labels, train=pixels)


def _some(whole: NDArray[np.uint8], index: NDArray[np.int64]) -> NDArray[np.uint8]:
    """At most so many of these rows, evenly spread."""
    few = index[:: -(-len(index) // MAX_ESTIMATED)]
    return Rows(whole, few)[:]


def _told(cell: Cell, arm: str, line: LinearPath) -> Iterator[Row]:
    before, n = "home " if line.at == "home" else "", line.wrong.shape[1]
    for alpha, wrong, loss in zip(line.alphas, line.wrong, line.loss, strict=True):
        right = int(n - wrong.sum())
        low, high = wilson(right, n)
        yield _row(cell, arm, f"{before}accuracy at {alpha:g}", right / n, ends=(low, high), n=n)
        yield _row(cell, arm, f"{before}loss at {alpha:g}", float(loss.mean()), n=n, unit="nats")
    found = barrier(line.alphas, line.wrong)
    yield _row(cell, arm, f"{before}barrier", found.value, ends=(found.low, found.high), n=n)
    highest = float(rise(line.alphas, line.loss.mean(axis=1)).max())
    yield _row(cell, arm, f"{before}loss barrier", max(0.0, highest), n=n, unit="nats")


def _row(
    cell: Cell,
    arm: str,
    metric: str,
    value: float | None,
    *,
    ends: tuple[float, float] | None = None,
    n: int | None = None,
    unit: str = "fraction",
    reason: str = "",
) -> Row:
    low, high = ends or (None, None)
    return Row(
        cell=cell,
        probe=PATH,
        metric=metric,
        value=value,
        reason=reason,
        low=low,
        high=high,
        n=n,
        unit=unit,
        arm=arm,
        versus="source",
    )


def _by(setup: "Setup", cell: Cell, arm: str) -> dict[str, object]:
    """What the finding depends on: where it belongs, who walked, and the arm at the other end."""
    code = version(("engine.linear_path",))[:DIGEST_CHARACTERS]
    return {
        **place(setup.run, cell),
        "probe": PATH,
        "code": code,
        "arm": arm,
        "made": made_by(setup, cell, arm),
        **setup.judged_by,
    }
