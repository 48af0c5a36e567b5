"""Run folder -> rows -> results.csv, results.json, summary.json. Sorted, rebuilt whole, never appended to."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from shiftprobe import summary, table1
from shiftprobe.rundir import RunDir, intact, json_bytes, read_json, write_bytes
from shiftprobe.spec import Spec, arm_cells, checkpoint_cells
from shiftprobe.summary import Pairing
from shiftprobe.types import Cell, Row

PAIRED_BY = ("split", "order", "head")  # what two arms of a seed must share, as hashes
COLUMNS = (
    "shift", "severity", "budget", "seed", "probe", "metric", "arm", "tap", "versus",
    "value", "low", "high", "n", "unit", "reason", *PAIRED_BY,
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a cell that begins so
OWN = ("source", "random", "")  # rows of the checkpoint and its control stand beside any choice of arms


def collect(run: RunDir, spec: Spec) -> list[Row]:
    """Every row that the probes left for the cells of a spec, sorted by address."""
    return sorted(_found(run, spec), key=_address)


def _found(run: RunDir, spec: Spec) -> list[Row]:
    """The rows as the probes wrote them, taps in depth order."""
    arms = {*spec.arms, *OWN}
    cells = (*checkpoint_cells(spec), *arm_cells(spec))
    found = (row for cell in cells for probe in spec.probes for row in _rows(run, cell, probe))
    return [row for row in found if row.arm in arms]


def _rows(run: RunDir, cell: Cell, probe: str) -> list[Row]:
    folder = run.finding(probe, cell)
    if not intact(folder):
        return []
    return [Row(cell=cell, **row) for row in read_json(folder / "rows.json")]


def _address(row: Row) -> tuple[Any, ...]:
    return (row.cell.order, row.probe, row.metric, row.arm, row.tap, row.versus)


def flat(row: Row, pairing: Pairing) -> dict[str, Any]:
    """A row with its cell's address and its arm's pairing hashes beside its value."""
    whole = asdict(row)
    paired = pairing.get((row.cell, row.arm), {})
    return {**whole.pop("cell"), **whole, **{what: paired.get(what, "")[:12] for what in PAIRED_BY}}


def csv_bytes(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The table as CSV: floats in full, nothing rounded, text that no spreadsheet can run."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _safe(value) for key, value in row.items()} for row in rows)
    return out.getvalue().encode()


def _safe(value: Any) -> Any:
    """No formula, and no carriage return: the writer leaves one unquoted, and readers end the line there."""
    if not isinstance(value, str):
        return value
    return ("'" if value.startswith(FORMULA) else "") + value.replace("\r", "\\r")


def write_tables(run: RunDir) -> dict[str, Any]:
    """Rebuild every table of a run folder from what its cells and probes hold; the summary is handed back."""
    spec, about = Spec.model_validate(read_json(run.path / "spec.json")), read_json(run.path / "about.json")
    found, pairing = _found(run, spec), _pairing(run, spec)
    rows = sorted(found, key=_address)
    failed = {cell.key: _last_line(run, cell) for cell in (*checkpoint_cells(spec), *arm_cells(spec))}
    whole = summary.summarize_run(
        rows,
        spec,
        about=about,
        pairing=pairing,
        failed={key: error for key, error in failed.items() if error},
        source=_source_accuracy(run),
    )
    lines = [flat(row, pairing) for row in rows]
    whole["taps"] = list(dict.fromkeys(row.tap for row in found if row.tap))
    write_bytes(run.path / "results.csv", csv_bytes(lines))
    write_bytes(run.path / "results.json", json_bytes(lines))
    write_bytes(run.path / "summary.json", json_bytes(whole))
    write_bytes(run.path / "table1.csv", table1.csv_text(whole).encode())
    write_bytes(run.path / "table1.tex", table1.latex(whole).encode())
    return whole


def _last_line(run: RunDir, cell: Cell) -> str:
    path = run.error(cell)
    lines = path.read_text("utf-8").strip().splitlines() if path.exists() else []
    return lines[-1] if lines else ""


def _pairing(run: RunDir, spec: Spec) -> Pairing:
    """What every trained arm was paired by, for those that are there."""
    found = {}
    for cell in arm_cells(spec):
        for arm in spec.arms:
            folder = run.cell(cell) / arm
            if intact(folder):
                found[cell, arm] = read_json(folder / "about.json")["pairing"]
    return found


def _source_accuracy(run: RunDir) -> dict[str, float] | None:
    path = run.source / "about.json"
    return read_json(path)["accuracy"] if path.exists() else None
