import csv
import io

import pytest

from shiftprobe.results.csv_text import cell, safe

TEXTS = ["plain", "a,b", 'say "hi"', "two\nlines", "", "café", "-1.5 px", "=1+1", "@home", "a\rb", "\ttab"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_cell_reads_back_as_its_safe_text(text: str) -> None:
    whole = f"{cell(text)},end\n"
    assert next(csv.reader(io.StringIO(whole, newline=""))) == [str(safe(text)), "end"]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert cell(text).lstrip('"').startswith("'")


def test_numbers_and_nothing_stay_what_they_are() -> None:
    assert [cell(-1.5), cell(0), cell(None), cell("")] == ["-1.5", "0", "", ""]
