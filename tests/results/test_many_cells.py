"""Runs of many cells: what planning, the resume check, tables and the page do for each does not grow with their number.

Operations are counted, not timed: files opened, validators built, comparisons made. `benchmarks/many_cells.py` times.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pydantic
import pytest
from tests.many_cells import SIZES, made, many_spec

from shiftprobe.api.finished import finish
from shiftprobe.core.regular_file import open_regular
from shiftprobe.engine.execute import missing
from shiftprobe.engine.plan import Plan
from shiftprobe.report.kit.contents import ReadRun

ROOT = Path(__file__).parents[2]
FEW, MANY = 30, 300
CHECKED = 7  # files that a resume check opens per cell: manifest and file of both arms, manifest and two of the finding
WHOLE = 14  # the same of all that follows
MAX_PAGE = 1_500_000  # bytes


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Plan]:
    """Finished runs by their size."""
    return {size: made(many_spec(size), tmp_path_factory.mktemp("runs")) for size in (FEW, MANY)}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often files are opened, validators built and the arms of a page looked up."""
    found: Counter[str] = Counter()
    opened, adapter, contrast = open_regular, pydantic.TypeAdapter, ReadRun.contrast

    def opening(*args: object, **kwargs: object) -> object:
        found["opened"] += 1
        return opened(*args, **kwargs)  # type: ignore[arg-type] # as it is called

    def building(kind: Any) -> object:
        found["validators"] += 1
        return adapter(kind)

    def looking(*args: object) -> object:
        found["looked up"] += 1
        return contrast(*args)  # type: ignore[arg-type] # as it is called

    monkeypatch.setattr("shiftprobe.core.reading.open_regular", opening)
    monkeypatch.setattr(pydantic, "TypeAdapter", building)
    monkeypatch.setattr(ReadRun, "contrast", looking)
    return found


def test_a_finished_folder_is_found_finished_by_a_bounded_number_of_files_per_cell(
    runs: dict[int, Plan], counted: Counter[str]
) -> None:
    for ready in runs.values():
        counted.clear()
        assert missing(ready.setup, ready.cells) == []
        assert counted["opened"] <= CHECKED * len(ready.cells)


def test_tables_and_page_open_a_bounded_number_of_files_per_cell_and_build_no_validator_for_it(
    runs: dict[int, Plan], counted: Counter[str]
) -> None:
    seen = {}
    for size, ready in runs.items():
        counted.clear()
        page = finish(ready.setup.run.path).report
        seen[size] = dict(counted), len(ready.cells)
        assert page.stat().st_size < MAX_PAGE
    (few, small), (many, large) = seen[FEW], seen[MANY]
    assert many["opened"] - few["opened"] <= WHOLE * (large - small)
    assert many["validators"] <= few["validators"] + 2
    assert many["looked up"] / large <= 1.5 * few["looked up"] / small


@pytest.mark.slow
def test_ten_thousand_cells_stay_within_two_gibibytes_and_a_page_of_five_megabytes(tmp_path: Path) -> None:
    made(many_spec(10_000), tmp_path)
    command = [sys.executable, str(ROOT / "benchmarks" / "many_cells.py"), "--measure", "10000"]
    done = subprocess.run(
        [*command, "--folder", str(tmp_path)], check=True, capture_output=True, text=True, cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["cells"] > 10_000
    assert found["peak_mib"] < 2048
    assert found["page_mb"] < 5
    assert found["check"] < 20
    assert found["tables"] + found["page"] < 60


def test_sizes_are_what_they_say() -> None:
    for size, axes in SIZES.items():
        conditions = 1 + axes["shifts"] * axes["severities"]
        cells = conditions * (1 + axes["budgets"] * axes["seeds"])
        assert size <= cells <= 1.1 * size + 5
