"""The library's front door: a spec in, a run out. The command line calls nothing else."""

import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from shiftprobe import execute
from shiftprobe.finished import Run, finish
from shiftprobe.gallery import write_gallery
from shiftprobe.owncode import MAKERS, digest_of
from shiftprobe.plan import Given, Plan, plan
from shiftprobe.reopen import reopen
from shiftprobe.rundir import TRAINED, intact, json_bytes, lock, sweep_leftovers, write_bytes
from shiftprobe.sets import write_samples, write_set
from shiftprobe.spec import Spec
from shiftprobe.specfile import load_spec
from shiftprobe.types import IDENTITY, Cell, Taps

if TYPE_CHECKING:
    from torch import nn

SAMPLES = 8  # test images kept per dose, one per class
PACKAGES = ("albumentations", "numpy", "scikit-learn", "scipy", "torch", "torchvision")


def sweep(
    spec: Spec | str | Path | Mapping[str, Any] | None = None,
    *,
    out: str | Path = "runs",
    source: Any = None,
    target: Any = None,
    model: "nn.Module | None" = None,
    workers: int | None = None,
    allow_code: bool = False,
) -> Run:
    """Move the target away from the source dose by dose, and compare the arms at every dose.

    Args:
        spec: a Spec, a preset's name, a file or the keys themselves; None is the embedded default.
        out: folder that run folders go into. The same spec finds its run again and does what is missing.
        source: a torch Dataset that stands in for `source.data`; items are (image, label).
        target: a torch Dataset that stands in for `target.data`.
        model: a trained network that stands in for `model.arch` and `model.weights`. Its last layer must have
            one output per class of the target.
        workers: processes; None takes as many as there are cores. Does not move any result.
        allow_code: let `model.arch` name a factory of your own, which is then imported and called.

    Raises:
        ShiftprobeError: when something in the spec or the data cannot be used, before anything is computed.
    """
    chosen = spec if isinstance(spec, Spec) else load_spec(spec)
    given = Given(out=Path(out), source=source, target=target, model=model, allow_code=allow_code)
    return perform(plan(chosen, given), workers=workers)


def compare(
    spec: Spec | str | Path | Mapping[str, Any] | None = None, *, out: str | Path = "runs", **given: Any
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
    return perform(reopen(Path(run), probes, Given(**given), taps), workers=workers)


def perform(ready: Plan, *, workers: int | None = None, monitor: execute.Monitor | None = None) -> Run:
    """Execute a plan in its run folder, then write tables and report."""
    run = ready.setup.run
    with lock(run.path):
        sweep_leftovers(run.path)
        _write_about(ready)

        def write_sets(cells: Iterable[Cell], tell: execute.Monitor) -> None:
            _write_sets(ready, cells, tell)

        execute.execute(ready.setup, ready.cells, write_sets, monitor or execute.Silent(), workers)
        test = [ready.target.images[i] for i in ready.split.target_test]
        write_gallery(run, ready.setup.spec, ready.target.classes, test)
        return finish(run.path)


def _write_about(ready: Plan) -> None:
    path, resolved = ready.setup.run.path, ready.setup.spec.resolved()
    write_bytes(path / "spec.json", json_bytes(resolved))
    write_bytes(path / "spec.yaml", yaml.safe_dump(resolved, sort_keys=False).encode())
    write_bytes(path / "about.json", json_bytes(asdict(ready.facts)))
    write_bytes(path / TRAINED, json_bytes(_trained_on(ready)))
    environment = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": ready.setup.device,
        "code": digest_of(MAKERS)[:12],
        "versions": {name: metadata.version(name) for name in ("shiftprobe", *PACKAGES)},
        "argv": sys.argv,
        "base": str(ready.setup.spec.base.resolve()),  # where relative paths of the spec start
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_bytes(path / "environment.json", json_bytes(environment))


def _trained_on(ready: Plan) -> list[str]:
    """Content hashes of the images that train any network of this run, so that an audit can leave them out."""
    parts, source = ready.split, ready.source
    found = {ready.target.hashes[i] for i in parts.target_train.tolist()}
    found |= {source.hashes[i] for i in parts.source_train.tolist()} if source is not None else set()
    return sorted(found)


def _write_sets(ready: Plan, cells: Iterable[Cell], monitor: execute.Monitor) -> None:
    """The source's images, and the target under every dose that a missing cell needs."""
    setup, parts = ready.setup, ready.split
    doses = sorted({(IDENTITY, 0.0), *((cell.shift, cell.severity) for cell in cells)})
    pool = np.concatenate([parts.target_train, parts.target_test])
    monitor.begin("shifted images", len(doses) + 1)
    if ready.source is not None:
        whole = np.concatenate([parts.source_train, parts.source_test])
        dose = ready.dosing.dose(IDENTITY, 0.0, 0)
        sets = {setup.run.held_out: whole[setup.held_out]}
        sets |= {} if intact(setup.run.source) else {setup.run.sets / "source.npy": whole}
        for path, index in sets.items():
            write_set(path, ready.source.images, index, setup.preprocess, dose)
    monitor.step()
    shown = _shown(ready)
    for shift, severity in doses:
        dose = ready.dosing.dose(shift, severity, setup.spec.data_seed)
        write_set(setup.run.images(shift, severity), ready.target.images, pool, setup.preprocess, dose)
        labels = ready.target.labels[shown].tolist()
        write_samples(setup.run.samples(shift, severity), ready.target.images, shown, labels, dose)
        monitor.step()


def _shown(ready: Plan) -> list[int]:
    """The first test image of each class, for the strips along the dial."""
    labels = ready.target.labels[ready.split.target_test]
    _, first = np.unique(labels, return_index=True)
    return [int(i) for i in ready.split.target_test[first[:SAMPLES]]]
