"""Spec -> Plan: names resolved, data split, classes matched; nothing is written yet."""

from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.digest import digest
from shiftprobe.core.readers import OwnReader
from shiftprobe.core.reading import check_folder
from shiftprobe.core.types import Cell
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.clusters import clusters
from shiftprobe.data.colours import has_colour
from shiftprobe.data.split import Split, fewer, split
from shiftprobe.engine import brought, networks
from shiftprobe.engine.applicable_arms import arms_for, columns_of
from shiftprobe.engine.check_spec import check_out_place, check_spec, check_target, with_origins
from shiftprobe.engine.device import check_precision, device_for
from shiftprobe.engine.doubles import told_apart
from shiftprobe.engine.facts import Facts, counts
from shiftprobe.engine.given_data import ReadOnce
from shiftprobe.engine.home import at_home, trained_hashes
from shiftprobe.engine.identity import identity
from shiftprobe.engine.known import known_of
from shiftprobe.engine.preprocessing import reader_of
from shiftprobe.engine.recipes import check_recipes, with_crossed
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.shift_binding import Dosing, bind
from shiftprobe.engine.versions import versions_of
from shiftprobe.models.build import check_arch
from shiftprobe.models.family import family
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.probes import PROBES
from shiftprobe.results.about import BroughtCheckpoint, NameConflict
from shiftprobe.results.run_folder import RunDir
from shiftprobe.spec.model import AUTO
from shiftprobe.spec.placement import HERE, Placement
from shiftprobe.spec.schema import Spec, arm_cells, checkpoint_cells
from shiftprobe.train.adaptation import has_batch_norm
from shiftprobe.train.arms import Case, find

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a caller hands over beside the spec: objects that stand in for names, and where runs go."""

    out: Path = Path("runs")
    source: Any = None  # a torch Dataset or a Bundle
    target: Any = None
    model: "nn.Module | None" = None
    allow_code: bool = False
    download: bool = False  # whether published weights may be fetched
    placement: Placement = HERE  # where cells are done
    command: str = "shiftprobe sweep"
    loaded: ReadOnce = field(default_factory=ReadOnce)  # shared by the plans of one command


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A spec ready to be executed."""

    setup: Setup
    facts: Facts
    source: Bundle | None
    target: Bundle
    split: Split
    dosing: Dosing
    cells: tuple[Cell, ...]
    groups: NDArray[np.int64] | None = None  # (N,) which test images count as one draw; None: all are independent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What planning has read so far: data, who trains on what, weights."""

    spec: Spec
    given: Given
    source: Bundle | None
    target: Bundle
    parts: Split
    brought: brought.Brought | None  # a checkpoint that somebody brings
    conflict: NameConflict | None  # what the names given say against those in its file
    home: NDArray[np.int64] | None  # what may judge a checkpoint that is brought; None where it is trained here
    reader: OwnReader  # of both sides

    @property
    def fitted_on(self) -> tuple[Bundle, NDArray[np.int64]]:
        """The images that tell the preprocessing: those that train the source, or the target without them."""
        return (self.target, self.parts.target_train) if self.source is None else (self.source, self.parts.source_train)


def plan(spec: Spec, given: Given) -> Plan:
    """Resolve a spec.

    Raises:
        ShiftprobeError: for the first thing in it that cannot be run, in one line.
    """
    check_spec(
        spec,
        allow_code=given.allow_code,
        source=given.source is not None,
        target=given.target is not None,
        model=given.model is not None,
    )
    check_out_place(spec, given.out, source=given.source is not None, target=given.target is not None)
    if given.model is None and spec.model.arch != AUTO:
        check_arch(spec.model.arch)
    read = _read(with_origins(spec), given)
    source, target, parts = read.source, read.target, read.parts
    setup, dosing, skipped, checkpoint = _setup(read)
    check_folder(setup.run.path)
    groups = clusters(target, parts.target_test)
    facts = Facts(
        command=given.command,
        digest=setup.run.path.name.rpartition("-")[2],
        classes=target.classes,
        skipped_arms=skipped,
        arms_about={arm: find(arm).about for arm in setup.spec.arms},
        data=counts(source, target, parts, read.home, groups, reader=read.reader),
        device=setup.device,
        family=setup.family,
        preprocess=asdict(setup.preprocess),
        scale=dosing.scale.told() if dosing.scale else None,
        toward=dosing.left,
        identity=setup.identity,
        checkpoint=checkpoint,
        source_brought=read.brought is not None,
        conflict=None if read.conflict is None else asdict(read.conflict),
        colours_dropped=setup.preprocess.channels == 1 and has_colour(target),
        working=dosing.working(target),
    )
    cells = (*checkpoint_cells(spec), *(arm_cells(spec) if "arms" in setup.arms.values() else ()))
    if read.brought is not None and given.model is None:
        networks.checkpoint(setup, read.brought.weights)  # one that does not fit is met before anything is paid for
    return Plan(
        setup=setup, facts=facts, source=source, target=target, split=parts, dosing=dosing, cells=cells, groups=groups
    )


def _read(spec: Spec, given: Given) -> _Read:
    reader = reader_of(spec, in_memory=given.model is not None)
    load = partial(given.loaded.load, base=spec.base, reader=reader.name, no_label=spec.no_label)
    target = load(spec.target.data, given.target)
    there = spec.source.data is not None or given.source is not None
    source = load(spec.source.data or "memory:source", given.source) if there else None
    found = brought.brought(spec, given.model, allow_code=given.allow_code, download=given.download)
    spec = brought.with_arch(spec, found)
    against = brought.name_conflict(spec, found, source)
    trained = trained_hashes(spec, brought=found is not None, reader=reader.name)
    parts = split(
        source, target, test=spec.target.test, seed=spec.data_seed, pretrained=found is not None, trained=trained
    )
    parts = replace(parts, source_train=fewer(source, parts.source_train, spec.source.images, spec.data_seed))
    check_target(spec, target.classes, pool=len(parts.target_train), tested=target.labels[parts.target_test])
    home = at_home(spec, source, parts, trained) if found is not None else None
    if found is not None:
        home_images = None if source is None else (source, parts.source_train)
        met = (target, parts.target_train)
        found = told_apart(spec, found, home_images, met, allow_code=given.allow_code)
        spec = brought.with_arch(spec, found)
    return _Read(
        spec=spec,
        given=given,
        source=source,
        target=target,
        parts=parts,
        brought=found,
        conflict=against,
        home=home,
        reader=reader,
    )


def _setup(read: _Read) -> tuple[Setup, Dosing, dict[str, str], BroughtCheckpoint | None]:
    """The setup, its shifts, the arms left out, each with the reason, and what a checkpoint that is brought is."""
    source, target, parts = read.source, read.target, read.parts
    allow = read.given.allow_code
    known = known_of(read.spec, read.brought, source, read.fitted_on, allow_code=allow)
    preprocess, names = replace(known.preprocess, reader=read.reader.name), known.names
    skeleton = known.network(read.spec.model.arch, len(target.classes), allow_code=allow)
    spec = with_crossed(read.spec, family=family(skeleton), preprocess=preprocess)
    columns = columns_of(names, target.classes)
    case = Case(columns=columns, keep_head=spec.model.head == "source", batch_norm=has_batch_norm(skeleton))
    arms, skipped = arms_for(spec, case, names=names, classes=target.classes, unsure=known.unsure)
    device = device_for(spec.train.device)
    check_precision(spec.train.precision, device)
    dosing = bind(spec, target, parts.target_train, preprocess)
    whole = _identity(read, preprocess, device, dosing)
    setup = Setup(
        spec=spec,
        run=RunDir(read.given.out / f"{spec.name}-{digest(whole)[:8]}"),
        identity=whole,
        versions=versions_of(arms=arms, shifts=spec.shifts, probes=spec.probes),
        preprocess=preprocess,
        classes=target.classes,
        source_classes=known.outputs,
        source_columns=known.source_columns,
        side=known.side,
        columns=columns,
        arms=arms,
        probes={probe: PROBES[probe].scope for probe in spec.probes},
        labels=target.labels[np.concatenate([parts.target_train, parts.target_test])],
        pool=len(parts.target_train),
        source_labels=_source_labels(source, parts),
        source_train=len(parts.source_train),
        device=device,
        family=family(skeleton),
        allow_code=read.given.allow_code,
        placement=read.given.placement,
        module=known.module,
        home=read.home,
    )
    check_recipes(setup, skeleton)
    return setup, dosing, skipped, known.checkpoint


def _identity(read: _Read, preprocess: Preprocess, device: str, dosing: Dosing) -> dict[str, str]:
    spec, given = read.spec, read.given
    return identity(
        spec,
        source=read.source,
        target=read.target,
        named=(
            spec.source.data if given.source is None else None,
            spec.target.data if given.target is None else None,
        ),
        parts=read.parts,
        preprocess=preprocess,
        weights=None if read.brought is None else read.brought.weights.sha256,
        device=device,
        dosing=dosing,
    )


def _source_labels(source: Bundle | None, parts: Split) -> NDArray[np.int64]:
    if source is None:
        return np.empty(0, np.int64)
    labels: NDArray[np.int64] = source.labels[np.concatenate([parts.source_train, parts.source_test])]
    return labels
