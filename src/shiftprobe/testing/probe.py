"""The promises of a probe."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.files import json_bytes, npz_bytes
from shiftprobe.core.types import Cell, Evidence, Finding, Probe, Row, RunProbe, Scope, Taps, View, at_best
from shiftprobe.probes.base import Amount, price_of
from shiftprobe.testing.broken import VALID_NAME, ContractError, require

SAMENESS = "constant_units"
"""The one number that features have which are all alike: how many of them are."""

LOST = "training diverged at epoch 1, lr 9; try a smaller train.lr"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Altered:
    """Other evidence in copies that a probe could write to, with arms that failed or features that are all alike."""

    inner: Evidence
    lost: tuple[str, ...] = ()
    constant: bool = False
    given: dict[tuple[str, str], tuple[View, str]] = field(default_factory=dict)  # with the print it was given with

    @property
    def cell(self) -> Cell:
        return self.inner.cell

    @property
    def classes(self) -> tuple[str, ...]:
        return self.inner.classes

    @property
    def taps(self) -> Taps:
        return self.inner.taps

    @property
    def arms(self) -> tuple[str, ...]:
        return tuple(arm for arm in self.inner.arms if arm not in self.lost)

    @property
    def failed(self) -> Mapping[str, str]:
        return {**self.inner.failed, **dict.fromkeys(self.lost, LOST)}

    def view(self, model: str, images: str) -> View:
        if model.removesuffix(at_best("")) in self.lost:
            raise NotAvailableError(LOST)
        if (model, images) not in self.given:
            view = _copy(self.inner.view(model, images), constant=self.constant)
            self.given[model, images] = (view, _print(view))
        return self.given[model, images][0]


def check_probe(probe: Probe | RunProbe, evidence: Evidence | Mapping[Cell, Evidence]) -> None:
    """Hold a probe to its promises on some evidence, and on the same with failed arms and with constant features.

    Args:
        probe: what is checked.
        evidence: of a cell that the probe's scope fits, such as `toy_evidence(probe.scope)`; of several cells, such
            as `toy_run()`, for a probe of the whole run.

    Raises:
        ContractError: when a promise is broken; the message says which.
    """
    _require(VALID_NAME.fullmatch(probe.name), probe, "the name must be lower case letters, digits and _")
    _require(probe.scope in get_args(Scope), probe, f"the scope must be one of {get_args(Scope)}, got {probe.scope!r}")
    _require(isinstance(evidence, Mapping) == (probe.scope == "run"), probe, "a probe of the run looks at many cells")
    _check_cost(probe)
    cells = list(evidence.values()) if isinstance(evidence, Mapping) else [evidence]
    first = _look(probe, [_Altered(inner=cell) for cell in cells])
    _require(first.rows, probe, "at least one row is needed; what does not exist is a row with a reason")
    again = _look(probe, [_Altered(inner=cell) for cell in cells])
    _require(_same(first, again), probe, "the same evidence must give the same finding")
    arms = {cell.cell.seed is None: cell.arms for cell in cells}
    if probe.scope == "arms" or (probe.scope in {"cells", "run"} and False in arms):
        trained = arms.get(False, arms.get(True, ()))
        for lost in (trained[:1], trained):
            _check_lost(probe, [_Altered(inner=cell, lost=lost) for cell in cells], lost)
    _check_constant(probe, [_Altered(inner=cell, constant=True) for cell in cells])


def _require(kept: object, probe: Probe | RunProbe, promise: str) -> None:
    require(kept, f"probe {probe.name!r}", promise)


def _check_cost(probe: Probe | RunProbe) -> None:
    """What it says that it costs, where it says so: a number, and no less for more images, arms and cells."""
    amounts = [Amount(looks=n, trainings=n, arms=n, budget=10 * n, test=100 * n) for n in (0, 1, 2)]
    prices = [price_of(probe, amount).seconds_at(1.0) for amount in amounts]
    rises = np.isfinite(prices).all() and 0 <= prices[0] <= prices[1] <= prices[2]
    _require(rises, probe, f"its cost must be finite, at least 0, and must not fall as work grows, got {prices}")


def _look(probe: Probe | RunProbe, cells: Sequence[_Altered]) -> Finding:
    """What the probe finds, its every row and array checked, and the evidence found as it was."""
    try:
        if probe.scope == "run":
            finding = cast("RunProbe", probe)({one.cell: one for one in cells})
        else:
            finding = cast("Probe", probe)(cells[0])
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise ContractError(f"probe {probe.name!r}: what does not exist is a row with a reason, got {told}") from error
    for place, (view, before) in (item for one in cells for item in one.given.items()):
        _require(_print(view) == before, probe, f"the evidence must not change, and {' '.join(place)} did")
    for row in finding.rows:
        _check_row(probe, row, [one.cell for one in cells])
    addresses = [(row.cell.key, *_address(row)) for row in finding.rows]
    for address in addresses:
        _require(addresses.count(address) == 1, probe, f"two rows share the address {address}")
    _check_arrays(probe, finding.arrays)
    return finding


def _address(row: Row) -> tuple[str, ...]:
    return (row.metric, row.arm, row.tap, row.versus)


def _check_row(probe: Probe | RunProbe, row: Row, cells: Sequence[Cell]) -> None:
    where = f"in row {_address(row)}"
    known = row.cell in cells or probe.scope == "run"
    _require(known, probe, f"the cell must be the evidence's, got {row.cell.key} {where}")
    _require(row.probe == probe.name, probe, f"the row must carry the probe's name, got {row.probe!r} {where}")
    _require(row.metric and row.unit, probe, f"metric and unit must be named {where}")
    _require("\n" not in row.reason, probe, f"a reason is one line {where}")
    numbers = [number for number in (row.value, row.low, row.high, row.n) if number is not None]
    plain = all(isinstance(number, float | int) and np.isfinite(number) for number in numbers)
    _require(plain, probe, f"numbers must be finite and Python's own, got {numbers} {where}")
    ends = (row.low, row.high)
    if ends == (None, None):
        return
    _require(row.n, probe, f"an interval needs n, the images it rests on {where}")
    inside = None not in (*ends, row.value) and row.low <= row.value <= row.high  # type: ignore[operator]
    _require(inside, probe, f"low, value and high must rise, got {row.low}, {row.value}, {row.high} {where}")


def _check_arrays(probe: Probe | RunProbe, arrays: Mapping[str, NDArray[Any]]) -> None:
    for name, array in arrays.items():
        kind = array.dtype.kind if isinstance(array, np.ndarray) else type(array).__name__
        _require(kind in set("biufU"), probe, f"array {name!r} must hold numbers or text, got {kind}")
        _require(kind != "f" or np.isfinite(array).all(), probe, f"array {name!r} holds NaN or infinity")
    try:
        npz_bytes(arrays)
    except TypeError as error:
        raise ContractError(f"probe {probe.name!r}: arrays cannot be written: {error}") from None


def _check_lost(probe: Probe | RunProbe, cells: Sequence[_Altered], lost: Sequence[str]) -> None:
    rows = _look(probe, cells).rows
    for arm in lost:
        mine = [row for row in rows if row.arm == arm]
        whole = probe.scope == "run"  # an arm that failed in one cell may stand in another
        _require(mine or whole, probe, f"an arm that failed needs a row with the reason, got none for {arm!r}")
        told = all(row.value is None and (whole or LOST in row.reason) for row in mine)
        _require(told, probe, f"rows of an arm that failed hold its reason and no value, not so for {arm!r}")


def _check_constant(probe: Probe | RunProbe, cells: Sequence[_Altered]) -> None:
    for row in _look(probe, cells).rows:
        told = not row.tap or row.value is None or row.metric == SAMENESS
        _require(told, probe, f"features that are all alike give a reason and no value, got {row.value} at {row.tap}")


def _same(one: Finding, other: Finding) -> bool:
    rows = [json_bytes([asdict(row) for row in finding.rows]) for finding in (one, other)]
    return rows[0] == rows[1] and npz_bytes(one.arrays) == npz_bytes(other.arrays)


def _copy(view: View, *, constant: bool) -> View:
    features = {tap: np.array(x[:1].repeat(len(x), axis=0) if constant else x) for tap, x in view.features.items()}
    images = None if view.images is None else np.array(view.images)
    return replace(view, labels=np.array(view.labels), logits=np.array(view.logits), features=features, images=images)


def _print(view: View) -> str:
    """A digest of all that a probe could change: arrays, weights, modes and gradients."""
    from shiftprobe.core.digest import digest

    arrays: dict[str, NDArray[Any]] = {f"features {tap}": x for tap, x in view.features.items()}
    arrays |= {"labels": view.labels, "logits": view.logits}
    if view.images is not None:
        arrays["images"] = np.asarray(view.images)
    return digest([npz_bytes(arrays).hex(), list(view.features), _state(view.model)])


def _state(model: Any) -> list[Any]:
    if model is None:
        return []
    from shiftprobe.models.formats.checkpoint import state_digest

    parameters = [(one.requires_grad, one.grad is None) for one in model.parameters()]
    return [state_digest(model.state_dict()), [part.training for part in model.modules()], parameters]
