"""An arm with changes in it: trained with one seed, judged on the test images, written whole into the run folder."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.digest import digest
from shiftprobe.core.errors import NotAvailableError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import json_bytes, npz_bytes, write_folder, written_about
from shiftprobe.core.rows import Rows
from shiftprobe.core.types import Cell, Finding, Row, Taps, View, at_best
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.engine.cell import ABOUT, Made, trained
from shiftprobe.engine.changes import Change, Ingredients, Values, find_change
from shiftprobe.engine.changes.base import CHANGES, OWN_SOURCE
from shiftprobe.engine.choice import made_by, recipe_for
from shiftprobe.engine.code_version import TRAINS, version_of
from shiftprobe.engine.other_sources import other_source, source_version
from shiftprobe.engine.shifted_sets import open_set
from shiftprobe.engine.versions import DIGEST_CHARACTERS
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.placing import placed
from shiftprobe.models.sharing import check_room
from shiftprobe.probes.accuracy import AccuracyProbe
from shiftprobe.results.findings import ARRAYS, ROWS
from shiftprobe.results.interventions import INTERVENTION
from shiftprobe.spec.arm_names import base, parse, unchanged
from shiftprobe.spec.recipes import check
from shiftprobe.train.arms import ARMS, find

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup

RUNS = ("engine.interventions",)  # what runs a change


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit of work of a diagnosis: an arm, with changes or as it is, trained with one seed."""

    cell: Cell
    arm: str

    @property
    def changes(self) -> tuple[tuple[Change, Values], ...]:
        """What is changed in it, in order.

        Raises:
            SpecError: when there is no such change.
        """
        return tuple(map(find_change, parse(self.arm).changes))

    @property
    def source(self) -> str:
        """The source model that it begins from, by name: that of the last change that asks for one."""
        asked = [change.source for change, _ in self.changes if change.source != OWN_SOURCE]
        return asked[-1] if asked else OWN_SOURCE


def check_unit(unit: Unit) -> None:
    """Refuse what is no training.

    Raises:
        SpecError: when there is no such change, or nothing is trained.
        UnknownNameError: when there is no such arm.
    """
    arm, _ = find(unchanged(unit.arm)), unit.changes
    if not arm.learns or unit.cell.seed is None or unit.cell.budget is None:
        raise SpecError(f"arm {escape(unit.arm)}: wanted an arm, labels and a seed to train with, got fewer")


def with_arms(setup: "Setup", units: Iterable[Unit]) -> "Setup":
    """The setup with the arms of these units among its own: a run need not hold an arm for one to be changed."""
    more = {arm: "arms" for unit in units if (arm := unchanged(unit.arm)) not in setup.arms}
    known = {arm: version_of(ARMS, base(arm), TRAINS) for arm in more}
    versions = replace(setup.versions, arms={**setup.versions.arms, **known})
    return replace(setup, arms={**setup.arms, **dict.fromkeys(more, "arms")}, versions=versions)


def open_units(setup: "Setup", units: Iterable[Unit]) -> list[Unit]:
    """Those that are not in the run folder, whole, made by today's code and of what is there today; each once.

    Raises:
        SpecError: when there is no such change, or nothing is trained.
        UnknownNameError: when there is no such arm.
    """
    asked = list(dict.fromkeys(units))
    for unit in asked:
        check_unit(unit)
    known = with_arms(setup, asked)
    return [unit for unit in asked if not _finished(known, unit)]


def _finished(setup: "Setup", unit: Unit) -> bool:
    about = written_about(setup.run.intervention(unit.cell, unit.arm)) or {}
    return is_of(about, {**_by(setup, unit), "failed": False})


def _by(setup: "Setup", unit: Unit) -> dict[str, object]:
    """What a unit's folder says of itself: where it belongs, the code that made it, and all else that moves it."""
    changes = unit.changes
    codes = {change.name: version_of(CHANGES, change.name, RUNS)[:DIGEST_CHARACTERS] for change, _ in changes}
    return {
        **place(setup.run, unit.cell),
        "arm": unit.arm,
        "code": made_by(setup, unit.cell, unchanged(unit.arm)),
        "changes": codes or version_of(ARMS, base(unit.arm), RUNS)[:DIGEST_CHARACTERS],
        "source": source_version(setup, unit.source),
        "preprocess": digest(setup.preprocess.resolved())[:DIGEST_CHARACTERS],
        "depends": [change.depends(setup, unit.cell) for change, _ in changes],
    }


def made_of(setup: "Setup", unit: Unit) -> Ingredients:
    """All that the training of a unit is made of.

    Args:
        setup: with the unit's arm among its own (`with_arms`).
        unit: which arm, with which seed.

    Raises:
        SpecError: when a change cannot be made here.
        RunError: when something that a change needs is not in the run folder.
    """
    name = unchanged(unit.arm)
    train, validation = setup.parts(unit.cell)
    whole = Ingredients(
        setup=setup,
        cell=unit.cell,
        arm=find(name),
        recipe=recipe_for(setup, unit.cell, name),
        train=train,
        validation=validation,
    )
    for change, values in unit.changes:
        whole = change.apply(whole, values)
    check(whole.recipe, len(whole.train))
    return whole


def make_unit(setup: "Setup", unit: Unit) -> None:
    """Train a unit and write what came of it.

    Raises:
        ShiftprobeError: when a change cannot be made here.
        RunError: when the device has no memory left, or what it needs is not there.
    """
    setup = with_arms(setup, [unit])
    whole = made_of(setup, unit)
    made, about = trained(
        whole.setup,
        unit.cell,
        whole.arm,
        other_source(setup, whole.source),
        whole.recipe,
        parts=(whole.train, whole.validation),
        build=whole.build,
    )
    check_room()
    _keep(setup, unit, _judged(whole, unit, made), about)


def keep_failed(setup: "Setup", unit: Unit, reason: str) -> None:
    """A row with the reason in place of what an intervention that failed should have found."""
    setup = with_arms(setup, [unit])
    said = " ".join(reason.split())
    row = Row(cell=unit.cell, probe=INTERVENTION, metric="top1", arm=unit.arm, value=None, reason=said, unit="fraction")
    _keep(setup, unit, Finding((row,)), {"failed": said}, failed=True)


def _keep(setup: "Setup", unit: Unit, found: Finding, about: Mapping[str, object], *, failed: bool = False) -> None:
    files = {ROWS: json_bytes([asdict(row) for row in found.rows]), ABOUT: json_bytes(about)}
    if found.arrays:
        files[ARRAYS] = npz_bytes(found.arrays)
    write_folder(setup.run.intervention(unit.cell, unit.arm), files, {**_by(setup, unit), "failed": failed})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What the accuracy probe asks of a cell, for one arm alone."""

    cell: Cell
    arms: tuple[str, ...]
    failed: Mapping[str, str]
    classes: tuple[str, ...]
    taps: Taps
    views: Mapping[str, View]

    def view(self, model: str, images: str) -> View:
        """The test images as one network sees them."""
        for arm, why in self.failed.items():
            if model in {arm, at_best(arm)}:
                raise NotAvailableError(why)
        if model not in self.views or images != "target":
            raise NotAvailableError("no validation part, so no epoch is the best; set train.validation above 0")
        return self.views[model]


def _judged(whole: Ingredients, unit: Unit, made: Made) -> Finding:
    """The scores of a run's own arms, and every answer on the test images."""
    last, best = made.model, made.best
    views = {} if last is None else {unit.arm: _seen(whole, last)}
    if best is not None:
        views[at_best(unit.arm)] = views[unit.arm] if best is last else _seen(whole, best)
    looked = _Looked(
        cell=unit.cell,
        arms=(unit.arm,) if last is not None else (),
        failed={} if last is not None else {unit.arm: made.failed},
        classes=whole.setup.classes,
        taps=whole.setup.spec.taps,
        views=views,
    )
    found = AccuracyProbe()(looked)
    return Finding(tuple(replace(row, probe=INTERVENTION) for row in found.rows), found.arrays)


def _seen(whole: Ingredients, model: "nn.Module") -> View:
    setup = whole.setup
    test = np.arange(setup.pool, len(setup.labels))
    labels: NDArray[np.int64] = setup.labels[setup.pool :]
    images = Rows(open_set(setup.run.images(whole.cell.condition)), test)
    head = head_name(model, len(setup.classes))
    view = extract(
        placed(model, setup.device),
        images,
        labels,
        setup.preprocess,
        taps=(),
        head=head,
        device=setup.device,
        precision=setup.spec.looks,
    )
    model.cpu()
    return view
