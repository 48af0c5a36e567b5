"""A plan carried out in its run folder: what it is, its shifted sets, its cells, its gallery."""

import platform
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import numpy as np
import yaml

from shiftprobe.core.checksums import is_whole, with_own, write_with_checksums
from shiftprobe.core.errors import RunError
from shiftprobe.core.files import intact, json_bytes, write_bytes
from shiftprobe.core.folder_kinds import RUN
from shiftprobe.core.holding import host
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.out_folder import held
from shiftprobe.core.reading import read_json
from shiftprobe.core.rows import Subset
from shiftprobe.core.types import IDENTITY, Cell, Condition
from shiftprobe.engine.execute import execute
from shiftprobe.engine.home import source_made
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.shared_arms import take_over
from shiftprobe.engine.shifted_sets import Dose, write_samples, write_set
from shiftprobe.engine.used_images import path_of, used_images
from shiftprobe.engine.versions import DIGEST_CHARACTERS, training_version
from shiftprobe.engine.within import Allowed
from shiftprobe.results.cell_parts import CellParts, PartNames
from shiftprobe.results.gallery import write_gallery
from shiftprobe.results.images import IMAGES, csv_bytes
from shiftprobe.results.run_folder import GROUPS, TRAINED, RunDir
from shiftprobe.shifts import find as find_shift

SAMPLES = 8  # test images kept per dose, one per class
SETS = "shifted images"  # what a monitor is told while they are written
PACKAGES = ("albumentations", "captum", "numpy", "scikit-learn", "scipy", "torch", "torchvision", "umap-learn")


def perform(
    ready: Plan,
    monitor: Monitor,
    *,
    workers: int | None = None,
    allowed: Allowed | None = None,
    others: Sequence[Setup] = (),
) -> RunDir:
    """Execute a plan in its run folder, held for as long as it takes; tables and report are made of what it leaves.

    Args:
        ready: the plan.
        monitor: is told how it goes.
        workers: processes; None takes as many as there are cores.
        allowed: the time that it may take; the cells that it leaves are named in `about.json`.
        others: of runs of other checkpoints, whose arms from random weights are taken over where they are the same.

    Raises:
        SpecError: when something of somebody else lies where the folder goes.
        RunError: when there is a link in the folder.
        ResourceError: when disk, memory or permission end; what is finished is kept.
        BusyError: when another process holds the folder.
    """
    run = ready.setup.run
    with held(run.path, RUN):
        _write_about(ready)
        drop_stale_sets(ready)
        _drop_damaged_interventions(run)
        take_over(ready.setup, ready.cells, others, monitor)

        def make_sets(cells: Iterable[Cell], tell: Monitor) -> None:
            write_sets(ready, cells, tell)

        left = execute(ready.setup, ready.cells, make_sets, monitor, workers, allowed=allowed)
        if left:
            write_with_checksums(run.path, {"about.json": _about(ready, [cell.key for cell in left])})
        _mend_shown(ready)
        test = ready.split.target_test
        paths = [path_of(ready.target, i) for i in test]
        write_gallery(run, ready.setup.spec, ready.target.classes, Subset(ready.target.images, test.tolist()), paths)
    return run


def _write_about(ready: Plan) -> None:
    path, resolved = ready.setup.run.path, ready.setup.spec.resolved()
    files = {
        "spec.json": json_bytes(resolved),
        "spec.yaml": yaml.safe_dump(resolved, sort_keys=False).encode(),
        "about.json": _about(ready),
        TRAINED: json_bytes(_trained_on(ready)),
        IMAGES: csv_bytes(used_images(ready)),
    }
    if ready.groups is not None:
        files[GROUPS] = json_bytes(ready.groups.tolist())
    write_with_checksums(path, files)
    environment = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": ready.setup.device,
        "code": training_version()[:DIGEST_CHARACTERS],
        "versions": {name: metadata.version(name) for name in ("shiftprobe", *PACKAGES)},
        "argv": sys.argv,
        "base": str(ready.setup.spec.base.resolve()),  # where relative paths of the spec start
        "host": host(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_bytes(path / "environment.json", json_bytes(with_own(environment)))


def _about(ready: Plan, left: Sequence[str] = ()) -> bytes:
    """What planning found, with the cells that were left for later."""
    facts = asdict(replace(ready.facts, left=tuple(left)))
    return json_bytes({**facts, "cell_parts": asdict(_cell_parts(ready.setup))})


def _cell_parts(setup: Setup) -> CellParts:
    """What belongs into which cells, so that whoever looks at the folder can count those that are whole."""
    untouched, seeded = Cell(IDENTITY, 0.0), Cell(IDENTITY, 0.0, budget=max(setup.spec.target.budgets), seed=0)
    checkpoint, arms = (PartNames(arms=setup.arms_of(one), probes=setup.probes_of(one)) for one in (untouched, seeded))
    return CellParts(checkpoint=checkpoint, arms=arms, run=setup.run_probes)


def drop_stale_sets(ready: Plan) -> None:
    """Images that a stopped run left and that today's code, or who may judge, would make otherwise are made again."""
    sets = ready.setup.run.sets
    marker, wanted = sets / "versions.json", {**ready.setup.versions.shifts, **ready.setup.judged_by}
    if sets.exists() and not _made_by(marker, wanted):
        shutil.rmtree(sets)
    write_bytes(marker, json_bytes(wanted))


def _drop_damaged_interventions(run: RunDir) -> None:
    """A training of a diagnosis that is not as it was written is made again, as a damaged cell is."""
    for folder in run.interventions.glob("*/*"):
        if folder.is_dir() and not intact(folder):
            shutil.rmtree(folder)


def _made_by(marker: Path, wanted: Mapping[str, str]) -> bool:
    """Whether sets were made by today's code; one that is gone or damaged says nothing."""
    try:
        before = read_json(marker)
        return all(before.get(shift) == version for shift, version in wanted.items())
    except (OSError, AttributeError, RunError):
        return False


def _trained_on(ready: Plan) -> list[str]:
    """Content hashes of the images that train any network of this run, so that an audit can leave them out."""
    parts, source = ready.split, ready.source
    found = {ready.target.hashes[i] for i in parts.target_train.tolist()}
    found |= {source.hashes[i] for i in parts.source_train.tolist()} if source is not None else set()
    return sorted(found)


def write_sets(
    ready: Plan, cells: Iterable[Cell], monitor: Monitor, *, source: bool = False, samples: bool = True
) -> None:
    """The source's images, and the target under every dose that a missing cell needs.

    Args:
        ready: the plan.
        cells: whose doses.
        monitor: is told how it goes.
        source: write the images that train a source model also where the run's own is there.
        samples: write the few images that the page shows of each dose.
    """
    setup, parts = ready.setup, ready.split
    doses = sorted({(IDENTITY, 0.0), *((cell.shift, cell.severity) for cell in cells)})
    pool = np.concatenate([parts.target_train, parts.target_test])
    monitor.begin(SETS, len(doses) + 1)
    if ready.source is not None:
        whole = np.concatenate([parts.source_train, parts.source_test])
        dose = Dose(find_shift(IDENTITY), 0.0, 0)  # whatever was done to the target
        sets = {setup.run.held_out: whole[setup.held_out]}
        sets |= {} if source_made(setup) and not source else {setup.run.sets / "source.npy": whole}
        for path, index in sets.items():
            write_set(path, ready.source.images, index, setup.preprocess, dose)
    monitor.step()
    for shift, severity in doses:
        place = Condition(shift, severity)
        dose = ready.dosing.dose(shift, severity, setup.spec.data_seed)
        write_set(setup.run.images(place), ready.target.images, pool, setup.preprocess, dose)
        if samples:
            _show(ready, place)
        monitor.step()


def _show(ready: Plan, place: Condition) -> None:
    """The few images of a condition that the page shows."""
    shown = _shown(ready)
    dose = ready.dosing.dose(place.shift, place.severity, ready.setup.spec.data_seed)
    labels = ready.target.labels[shown].tolist()
    write_samples(ready.setup.run.samples(place), ready.target.images, shown, labels, dose)


def _mend_shown(ready: Plan) -> None:
    """Samples that are gone or damaged, of conditions with nothing left to do."""
    for place in dict.fromkeys(cell.condition for cell in ready.cells):
        if not is_whole(ready.setup.run.samples(place)):
            _show(ready, place)


def _shown(ready: Plan) -> list[int]:
    """The first test image of each class, for the strips along the dial."""
    labels = ready.target.labels[ready.split.target_test]
    _, first = np.unique(labels, return_index=True)
    return [int(i) for i in ready.split.target_test[first[:SAMPLES]]]
