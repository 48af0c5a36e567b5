"""What planning, the resume check, tables and the page take as a run grows to 10,000 cells with three arms.

Finished folders are made by code (`tests/many_cells.py`: 50 test images, the accuracy probe, no weights kept), each is
measured in a process of its own: `plan` (the spec to a plan), `check` (all that `shiftprobe sweep` does in a folder in
which nothing is missing, before it makes tables), `tables` (every file but the page), `page`. Seconds are processor
time of one process; `wall` is what passed by the clock meanwhile. Rows go to `many_cells.csv`, those of the same state
and size anew.

    PYTHONPATH=.:src python benchmarks/many_cells.py --state after
"""

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.many_cells import SIZES, made, many_spec

from shiftprobe import report
from shiftprobe.api import finished
from shiftprobe.core.monitor import Silent
from shiftprobe.engine.cost import cost_of
from shiftprobe.engine.execute import missing
from shiftprobe.engine.perform import perform
from shiftprobe.engine.plan import Given, Plan, plan

ROWS = Path(__file__).with_suffix(".csv")
STAGES = ("plan", "check", "tables", "page")
COLUMNS = ("state", "size", "cells", *STAGES, "wall", "page_mb", "csv_mb", "peak_mib")
MEGABYTE, KIBIBYTE = 10**6, 2**10


def check(ready: Plan) -> None:
    """What a sweep of a finished folder asks: before it tells its price, and once more when it holds the folder."""
    todo = missing(ready.setup, ready.cells)
    if todo:
        raise SystemExit(f"wanted a finished folder, got {len(todo)} missing cells")
    cost_of(ready.setup, ready.cells, todo, 1)
    perform(ready, Silent(), workers=1)


def measure(size: int, out: Path) -> dict[str, object]:
    """One row, of this process."""
    took: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        found = work()
        took[name] = round(time.process_time() - began, 2)
        return found

    began = time.perf_counter()
    ready: Plan = timed("plan", lambda: plan(many_spec(size), Given(out=out)))
    path = ready.setup.run.path
    timed("check", lambda: check(ready))
    with patch.object(report, "write", return_value=path):
        timed("tables", lambda: finished.finish(path))
    page: Path = timed("page", lambda: report.write(path))
    sizes = {name: round((path / file).stat().st_size / MEGABYTE, 2) for name, file in
             (("page_mb", page.name), ("csv_mb", "results.csv"))}  # fmt: skip
    return {
        "size": size,
        "cells": len(ready.cells),
        **took,
        "wall": round(time.perf_counter() - began, 1),
        **sizes,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIBIBYTE,
    }


def row(size: int, args: Namespace) -> dict[str, object]:
    """One row, by a process that has made nothing."""
    made(many_spec(size), args.folder)
    command = [sys.executable, __file__, "--measure", str(size), "--folder", str(args.folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return {"state": args.state, **json.loads(done.stdout)}


def show(rows: list[dict[str, Any]]) -> None:
    """Milliseconds per cell, a line per row."""
    print(f"{'':14}{'cells':>8}" + "".join(f"{name:>10}" for name in STAGES) + "  ms per cell; then MB of page, MiB")
    for one in rows:
        cells = int(one["cells"])
        each = "".join(f"{1000 * float(one[name]) / cells:10.2f}" for name in STAGES)
        print(f"{one['state']:14}{cells:8,}{each}{float(one['page_mb']):12.2f}{int(one['peak_mib']):8,}")


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000], choices=sorted(SIZES))
    parser.add_argument("--state", default="after", help="what the code is called in the table")
    parser.add_argument("--folder", type=Path, help="where runs lie, and stay; a temporary folder when none")
    parser.add_argument("--out", type=Path, default=ROWS)
    parser.add_argument("--measure", type=int, help="for the process that is measured")
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measure(args.measure, args.folder)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        args.folder = args.folder or Path(temporary)
        for size in args.sizes:
            there: list[dict[str, Any]] = list(csv.DictReader(args.out.open())) if args.out.exists() else []
            there = [one for one in there if (one["state"], one["size"]) != (args.state, str(size))]
            there.append(row(size, args))
            with args.out.open("w", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(there)
            show(there)


if __name__ == "__main__":
    main()
