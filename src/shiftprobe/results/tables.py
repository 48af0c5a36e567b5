"""Run folder -> rows -> results.csv, results.json, summary.json, flips. Sorted, rebuilt whole, never appended to."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.checksums import write_with_checksums
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import json_bytes
from shiftprobe.core.reading import is_there, read_bytes
from shiftprobe.core.types import Cell, Row
from shiftprobe.results import flip_map, table1
from shiftprobe.results.cells_made import CellsMade, cells_made
from shiftprobe.results.csv_text import safe
from shiftprobe.results.findings import Answers, read_answers, read_rows, read_run_rows
from shiftprobe.results.flip_map import FlipsFound
from shiftprobe.results.images import paths_of_tests
from shiftprobe.results.interventions import Intervened, read_interventions
from shiftprobe.results.model import Curve, Summary
from shiftprobe.results.planned import read_cell_parts
from shiftprobe.results.reading import read_about, read_groups, read_source_accuracy, read_spec, read_trained
from shiftprobe.results.run_folder import GROUPS, PAIRED_BY, RunDir
from shiftprobe.results.summary import Pairing, RunContents, flips_of, summarize_run
from shiftprobe.results.summary.so_far import so_far
from shiftprobe.results.summary_file import to_json
from shiftprobe.results.trials import read_tuning
from shiftprobe.spec.schema import Spec, arm_cells, checkpoint_cells

COLUMNS = (
    "shift", "severity", "budget", "seed", "probe", "metric", "arm", "tap", "versus",
    "value", "low", "high", "n", "unit", "reason", *PAIRED_BY,
)  # fmt: skip
MAX_TRACEBACK, MAX_LINE = 2**24, 2000  # bytes; characters
OWN = ("source", "random", "")  # rows of the checkpoint and its control stand beside any choice of arms


def _found(run: RunDir, spec: Spec, cells: Sequence[Cell]) -> list[Row]:
    """The rows as the probes wrote them, taps in depth order."""
    arms = {*spec.arms, *OWN}
    found = [row for cell in cells for probe in spec.probes for row in read_rows(run, cell, probe)]
    found += [row for probe in spec.probes for row in read_run_rows(run, probe)]
    return [row for row in found if row.arm in arms]


def _address(row: Row) -> tuple[object, ...]:
    return (row.cell.order, row.probe, row.metric, row.arm, row.tap, row.versus)


def flat(row: Row, pairing: Pairing) -> dict[str, object]:
    """A row with its cell's address and its arm's pairing hashes beside its value."""
    whole = asdict(row)
    paired = pairing.get((row.cell, row.arm), {})
    return {**whole.pop("cell"), **whole, **{what: paired.get(what, "")[:12] for what in PAIRED_BY}}


def csv_bytes(rows: Iterable[Mapping[str, object]]) -> bytes:
    """The table as CSV: floats in full, nothing rounded, text that no spreadsheet can run."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: safe(value) for key, value in row.items()} for row in rows)
    return out.getvalue().encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What a run folder says: rows sorted by address, trainings, and the summary of both."""

    rows: tuple[Row, ...]
    summary: Summary
    curves: tuple[Curve, ...]
    pairing: Pairing
    flips: FlipsFound = field(default_factory=FlipsFound)
    labels: tuple[str, ...] = ()  # class of every test image by name, where answers were kept
    interventions: Intervened = field(default_factory=Intervened)  # beside the run: its summary never reads them


def read_tables(run: RunDir) -> Tables:
    """Every table of a run folder, made of what its cells and probes hold; of one that goes on, of its whole cells."""
    spec = read_spec(run.path)
    made = cells_made(run, spec, read_cell_parts(run.path))
    cells = _readable(made, spec)
    found, (pairing, curves, machines) = _found(run, spec, cells), read_trained(run, spec, cells)
    rows = sorted(found, key=_address)
    answers = {cell: one for cell in cells if (one := read_answers(run, cell)) is not None}
    groups = read_groups(run)
    _check_counts(run, answers, groups)
    failed = {cell.key: _last_line(run.error(cell)) for cell in cells}
    failed |= {f"probe {probe}": _last_line(run.run_error(probe)) for probe in spec.probes}
    seen = RunContents(
        rows=rows,
        about=read_about(run.path),
        answers=answers,
        groups=groups,
        curves=curves,
        machines=machines,
        pairing=pairing,
        failed={key: error for key, error in failed.items() if error},
        source=read_source_accuracy(run),
        taps=tuple(dict.fromkeys(row.tap for row in found if row.tap)),
        tuning=read_tuning(run, spec, groups) if spec.train.tune else None,
    )
    return Tables(
        rows=tuple(rows),
        summary=so_far(summarize_run(seen, spec), made.unfinished),
        curves=tuple(curves),
        pairing=pairing,
        interventions=read_interventions(run, arm_cells(spec)),
        flips=flips_of(seen, spec),
        labels=_labels(seen),
    )


def _readable(made: CellsMade, spec: Spec) -> tuple[Cell, ...]:
    """The cells to read: all of a finished run, and of another those in which nobody is at work."""
    every = (*checkpoint_cells(spec), *arm_cells(spec))
    settled = {one.cell for one in made.settled}
    return every if made.finished else tuple(cell for cell in every if cell in settled)


def _labels(seen: RunContents) -> tuple[str, ...]:
    """The class of every test image; its number where the folder names fewer."""
    first, target = next(iter(seen.answers.values()), None), seen.about.data.target
    names: Sequence[str] = target.classes if target is not None else ()
    numbers = [] if first is None else first.labels.tolist()
    return tuple(names[one] if one < len(names) else str(one) for one in numbers)


def _check_counts(run: RunDir, answers: Mapping[Cell, Answers], groups: NDArray[np.int64] | None) -> None:
    """Refuse a folder whose cells are not about the same number of test images.

    Raises:
        RunError: naming the first file that is about another number.
    """
    counts = {run.finding("accuracy", cell): len(one.labels) for cell, one in answers.items()}
    counts |= {run.path / GROUPS: len(groups)} if groups is not None else {}
    first = next(iter(counts.values()), 0)
    for path, count in counts.items():
        if count != first:
            raise RunError(
                f"{escape(path)}: wanted {first:,} test images, as elsewhere in this run, got {count:,}; remove it "
                "and make the run again: what is whole is kept"
            )


def write_tables(run: RunDir, tables: Tables, at: Path | None = None) -> None:
    """Write every table, each file whole or not at all.

    Args:
        run: the run folder.
        tables: what it says.
        at: the folder of the files; the run folder when None.
    """
    beside = tables.interventions
    rows = sorted((*tables.rows, *beside.rows), key=_address)
    paired = {**tables.pairing, **beside.pairing}
    lines = [flat(row, paired) for row in rows]
    files = {
        "results.csv": csv_bytes(lines),
        "results.json": json_bytes(lines),
        "curves.json": json_bytes([asdict(one) for one in tables.curves]),
        flip_map.JSON: json_bytes(asdict(tables.flips)),
        flip_map.CSV: flip_map.csv_text(tables.flips, paths_of_tests(run), tables.labels).encode(),
        "summary.json": json_bytes(to_json(tables.summary)),
        "table1.csv": table1.csv_text(tables.summary).encode(),
        "table1.tex": table1.latex(tables.summary).encode(),
    }
    write_with_checksums(at or run.path, files)


def _last_line(path: Path) -> str:
    """What a traceback says in the end; printable, whatever it is."""
    content = read_bytes(path, MAX_TRACEBACK) if is_there(path) else b""
    lines = content.decode("utf-8", "backslashreplace").strip().splitlines()
    return escape(lines[-1], MAX_LINE) if lines else ""
