import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftprobe.core.errors import RunError
from shiftprobe.core.files import json_bytes, write_bytes, write_folder
from shiftprobe.core.types import Cell, Row
from shiftprobe.results.model import Failure
from shiftprobe.results.reading import read_summary
from shiftprobe.results.run_folder import RunDir
from shiftprobe.results.summary_file import to_json
from shiftprobe.results.tables import COLUMNS, Tables, csv_bytes, flat, read_tables, write_tables
from shiftprobe.spec.schema import Spec

LOOK, TRAINED = Cell("rotation", 0.5), Cell("rotation", 0.5, 40, 0)
SPEC = Spec.model_validate(
    {
        "target": {"data": "digits:uci", "budgets": [40]},
        "shifts": ["rotation"],
        "severities": [0.5],
        "seeds": 1,
        "arms": ["scratch", "transfer"],
    }
)
ABOUT: dict[str, Any] = {
    "command": "shiftprobe sweep",
    "digest": "0" * 8,
    "skipped_arms": {},
    "data": {},
    "device": "cpu",
    "preprocess": None,
}


def rebuilt(run: RunDir) -> Tables:
    tables = read_tables(run)
    write_tables(run, tables)
    return tables


def row(**keys: Any) -> Row:
    return Row(**{"cell": TRAINED, "probe": "accuracy", "metric": "top1", "value": 0.5, "arm": "scratch", **keys})


def found(run: RunDir, *rows: Row) -> None:
    """Leave rows as their probe would."""
    first = rows[0]
    plain = [{k: v for k, v in flat(one, {}).items() if k in Row.__dataclass_fields__} for one in rows]
    write_folder(run.finding(first.probe, first.cell), {"rows.json": json_bytes(plain)}, {"arms": []})


def collect(run: RunDir, spec: Spec) -> list[Row]:
    """The rows that the tables of a run are made of."""
    write_bytes(run.path / "spec.json", json_bytes(spec.resolved()))
    write_bytes(run.path / "about.json", json_bytes(ABOUT))
    return list(rebuilt(run).rows)


def lines_of(run: RunDir) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((run.path / "results.csv").read_text())))


def table(*rows: Row) -> list[dict[str, str]]:
    text = csv_bytes(flat(one, {}) for one in rows).decode()
    return list(csv.DictReader(io.StringIO(text)))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_comes_back_as_it_was(value: float) -> None:
    (line,) = table(row(value=value, low=-value))
    assert float(line["value"]) == value
    assert float(line["low"]) == -value


def test_a_row_is_its_whole_address_and_a_missing_value_its_reason() -> None:
    (line,) = table(row(value=None, reason="training diverged", tap="blocks.3", versus="clean", n=7))
    assert tuple(line) == COLUMNS
    assert (line["shift"], line["severity"], line["budget"], line["seed"]) == ("rotation", "0.5", "40", "0")
    assert (line["value"], line["reason"], line["tap"], line["n"]) == ("", "training diverged", "blocks.3", "7")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_spreadsheet_runs_a_text_of_ours(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    (line,) = table(row(value=None, reason=text, tap=text))
    assert line["reason"] == line["tap"] == f"'{text}".replace("\r", "\\r")
    (line,) = table(row(value=-0.25))
    assert line["value"] == "-0.25"


def test_quotes_commas_and_line_ends_stay_inside_their_cell() -> None:
    text = 'a "b", c\nd\r\ne'
    (line,) = table(row(value=None, reason=text))
    assert line["reason"] == 'a "b", c\nd\\r\ne'


def test_rows_of_trained_arms_carry_their_pairing() -> None:
    pairing = {(TRAINED, "scratch"): {"split": "a" * 64, "order": "b" * 64, "head": "c" * 64}}
    assert flat(row(), pairing)["order"] == "b" * 12
    assert flat(row(arm="zero_shot"), pairing)["order"] == ""


def test_rows_come_sorted_by_address_whatever_the_order_they_were_left_in(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    found(run, row(arm="transfer"), row(arm="scratch"))
    found(run, *(row(cell=LOOK, probe="cka", metric="cka", arm="source", tap=tap) for tap in ("b", "a")))
    collected = [(one.cell.seed, one.probe, one.arm, one.tap) for one in collect(run, SPEC)]
    assert collected == [
        (None, "cka", "source", "a"),
        (None, "cka", "source", "b"),
        (0, "accuracy", "scratch", ""),
        (0, "accuracy", "transfer", ""),
    ]


def test_only_what_the_spec_asks_for_is_collected(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    found(run, row(), row(arm="transfer"), row(arm="lp_ft"))
    found(run, row(cell=Cell("rotation", 0.5, 40, 7)))
    found(run, row(cell=Cell("rotation", 1.0, 40, 0)))
    found(run, row(probe="other"))
    assert {one.arm for one in collect(run, SPEC)} == {"scratch", "transfer"}
    narrow = SPEC.model_copy(update={"arms": ("scratch",)})
    assert collect(run, narrow) == [row()]


def test_a_damaged_finding_is_refused(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    found(run, row())
    (run.finding("accuracy", TRAINED) / "rows.json").write_text("[]")
    with pytest.raises(RunError, match="wanted the files that were written"):
        collect(run, SPEC)


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A run folder with one finding and one failed cell."""
    run = RunDir(tmp_path)
    write_bytes(tmp_path / "spec.json", json_bytes(SPEC.resolved()))
    write_bytes(tmp_path / "about.json", json_bytes(ABOUT))
    found(run, row(n=100), row(arm="transfer", n=100, value=0.25))
    write_bytes(run.error(LOOK), b"Traceback (most recent call last):\n  ...\nRuntimeError: planted\n")
    return run


def test_tables_tell_one_story(run: RunDir) -> None:
    whole = rebuilt(run).summary
    assert json.loads((run.path / "summary.json").read_bytes()) == json.loads(json_bytes(to_json(whole)))
    assert read_summary(run.path) == whole
    assert whole.failed == (Failure(cell=LOOK.key, error="RuntimeError: planted"),)
    assert whole.source_accuracy is None
    lines = json.loads((run.path / "results.json").read_bytes())
    assert [(line["arm"], line["value"]) for line in lines] == [("scratch", 0.5), ("transfer", 0.25)]
    assert [float(line["value"]) for line in lines_of(run)] == [0.5, 0.25]


def test_tables_are_rebuilt_whole_and_the_same(run: RunDir) -> None:
    names = ("results.csv", "results.json", "summary.json")
    rebuilt(run)
    before = [(run.path / name).read_bytes() for name in names]
    (run.path / "results.csv").write_text("somebody's notes")
    rebuilt(run)
    assert [(run.path / name).read_bytes() for name in names] == before


def test_hashes_of_the_arms_reach_the_rows_and_unpaired_arms_the_verdict(run: RunDir) -> None:
    for arm, order in (("scratch", "1" * 64), ("transfer", "2" * 64)):
        pairing = {"split": "s" * 64, "order": order, "head": "h" * 64}
        write_folder(run.cell(TRAINED) / arm, {"about.json": json_bytes({"pairing": pairing})}, {})
    whole = rebuilt(run).summary
    assert whole.verdict.word == "none"
    assert not whole.paired
    assert "their order differs" in whole.verdict.sentence
    assert read_summary(run.path) == whole
    assert [line["order"] for line in lines_of(run)] == ["1" * 12, "2" * 12]
