"""The five files of a run, written from a folder made by hand."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.paper.made import RUN, SUMMARY, files

from shiftprobe.core.errors import RunError
from shiftprobe.core.files import json_bytes
from shiftprobe.paper import FILES, write
from shiftprobe.paper.finished import FinishedRun
from shiftprobe.paper.pair_tables import csv_text, latex


def folder(path: Path, run: FinishedRun = RUN) -> Path:
    for name, content in files(run).items():
        (path / f"{name}.json").write_bytes(json_bytes(content))
    about = {"command": "", "digest": "", "skipped_arms": {}, "data": {}, "device": "cpu"}
    (path / "about.json").write_bytes(json_bytes(about))
    (path / "source").mkdir()
    (path / "source" / "about.json").write_bytes(json_bytes({"loss": [0.5] * 17}))
    return path


def test_the_files_are_written_where_they_are_wanted_and_always_the_same(tmp_path: Path) -> None:
    run = folder(tmp_path)
    first = write(run)
    assert [one.relative_to(run / "methods").name for one in first.files] == list(FILES)
    other = write(run, tmp_path / "elsewhere")
    for one, two in zip(first.files, other.files, strict=True):
        assert one.read_bytes() == two.read_bytes()
    assert "trained the same way for 17 epochs" in first.text


def test_latex_and_markdown_cite_what_the_bibliography_holds(tmp_path: Path) -> None:
    markdown, tex, bib, *_ = (one.read_text() for one in write(folder(tmp_path)).files)
    entries = set(re.findall(r"^@\w+\{(\w+),", bib, re.MULTILINE))
    assert {key for group in re.findall(r"\\cite\{([^}]*)\}", tex) for key in group.split(",")} == entries
    assert set(re.findall(r"@([a-z]+\d{4})", markdown)) == entries
    assert "zero\\_shot" in markdown
    assert "zero\\_shot" in tex
    assert not re.search(r"(?<!\\)[%&#_]", re.sub(r"\\cite\{[^}]*\}", "", tex))


def test_the_csv_holds_every_pair_in_full() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(RUN), newline="")))
    assert len(rows) == len(SUMMARY.verdicts) + len(SUMMARY.contrasts)
    whole = {(row["a"], row["b"]): row for row in rows if row["shift"] == "all"}
    for one in SUMMARY.verdicts:
        assert one.contrast is not None
        row = whole[one.pair]
        assert float(row["difference"]) == one.contrast.difference
        assert row["both_low"] == ("" if one.contrast.both_low is None else repr(one.contrast.both_low))
        assert row["budget"] == "310"
    single = [row for row in rows if row["shift"] != "all"]
    for row, found in zip(single, sorted(SUMMARY.contrasts, key=lambda c: c.b == "scratch"), strict=True):
        assert (row["a"], row["b"], row["shift"], float(row["severity"])) == (
            found.a, found.b, found.shift, found.severity,
        )  # fmt: skip
        for key in ("difference", "low", "high", "p", "p_holm", "image_low"):
            assert float(row[key]) == getattr(found, key)


def test_the_latex_table_has_the_lines_of_the_csv_rounded() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(RUN), newline="")))
    lines = [line for line in latex(RUN).splitlines() if line.startswith("transfer - ")]
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        cells = line.removesuffix(r" \\").split(" & ")
        assert cells[0].replace("\\", "") == f"{row['a']} - {row['b']}"
        assert cells[3] == f"${100 * float(row['difference']):+.1f}$"
        low, high = (row["both_low"], row["both_high"]) if row["both_low"] else (row["low"], row["high"])
        assert cells[4] == f"${100 * float(low):+.1f}$ to ${100 * float(high):+.1f}$"
        assert cells[7] == row["verdict"]


def test_an_arm_of_an_odd_name_breaks_neither_table() -> None:
    odd = replace(SUMMARY.contrasts[0], a='=a&b_"%\\', b="scratch")
    run = replace(RUN, summary=replace(SUMMARY, contrasts=(odd,), verdicts=()))
    row = next(row for row in csv.DictReader(io.StringIO(csv_text(run), newline="")) if row["shift"] == "identity")
    assert row["a"] == "'=a&b_\"%\\"
    assert r"=a\&b\_" in latex(run)


def test_what_is_no_run_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="wanted a run folder"):
        write(tmp_path)
    (tmp_path / "about.json").write_text("{}")
    with pytest.raises(RunError, match=r"spec\.json"):
        write(tmp_path)
