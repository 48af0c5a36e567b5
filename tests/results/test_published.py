"""Published numbers: the paper's, in the forms that tables print, and per-seed CSV files."""

import os
import time
from pathlib import Path

import pytest

from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.results.published import Columns, PublishedResult, compare_csv, compare_published, parse_published
from shiftprobe.stats import compare_paired

LINES = """arm,seed,value
transfer,0,91.2
scratch,1,90.5
scratch,0,90.0
transfer,1,91.5
transfer,2,90.9
scratch,2,90.1
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "results.csv"
    path.write_text(LINES)
    return path


@pytest.mark.parametrize(
    "text", ["68.6 (1.0)", "68.6(1.0)", " 68.6 ± 1 ", "68.6+-1.0", "68.6 % (1.0 %)", "68.6 +/- 1.0 %"]
)
def test_reads_what_tables_print(text: str) -> None:
    assert parse_published(text) == PublishedResult(68.6, 1.0)


@pytest.mark.parametrize("text", ["", "abc", "68,6 (1,0)", "168 (1)", "68 (-1)", "68.6 (1.0) (2.0)", "nan (1)"])
def test_refuses_what_is_no_percentage(text: str) -> None:
    with pytest.raises(SpecError, match="wanted a mean"):
        parse_published(text)


def test_the_paper_certifies_two_points_only() -> None:
    result = compare_published("68.6 (1.0)", "68.5 (1.2)", (3, 3), 0.01)
    assert result.verdict == "inconclusive"
    assert result.margin_certified == pytest.approx(0.0204, abs=5e-5)


def test_a_single_run_needs_no_spread_and_settles_nothing() -> None:
    assert compare_published("68.6", "60.0", (1, 1), 0.01).verdict == "inconclusive"
    with pytest.raises(SpecError, match="spread of 3 runs"):
        compare_published("68.6", "60.0 (1.0)", (3, 3), 0.01)


def test_a_csv_is_paired_by_its_column_whatever_the_order_of_its_lines(table: Path) -> None:
    direct = compare_paired([0.912, 0.915, 0.909], [0.900, 0.905, 0.901], 0.01)
    assert compare_csv(table, "transfer", "scratch", Columns(), 0.01).interval == pytest.approx(direct.interval)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("scratch,2,90.1\n", ""), "got 2 in one only"),
        (("scratch,2,", "scratch,1,"), "stands twice"),
        (("90.1", "n/a"), "wanted a number, got n/a"),
        (("arm,seed", "arm,sed"), "did you mean 'sed'"),
        (("scratch", "scrach"), "did you mean 'scrach'"),
    ],
)
def test_refuses_a_table_that_cannot_be_paired(table: Path, change: tuple[str, str], words: str) -> None:
    table.write_text(LINES.replace(*change))
    with pytest.raises(DataError, match=words):
        compare_csv(table, "transfer", "scratch", Columns(), 0.01)


def test_fractions_are_refused_because_a_point_would_then_be_a_hundredth() -> None:
    with pytest.raises(SpecError, match="read as fractions"):
        compare_published("0.92 (0.01)", "0.70 (0.02)", (5, 5), 0.01)


@pytest.mark.parametrize(
    "text",
    ["1" * 50_000, "1" * 50_000 + "x", "68.6 (" + "1" * 50_000, "1" * 150 + "x", "68.6 (" + "9" * 190 + ")" * 20],
)
def test_a_long_text_is_refused_as_fast_as_it_is_read(text: str) -> None:
    began = time.process_time()
    with pytest.raises(SpecError) as told:
        parse_published(text)
    assert time.process_time() - began < 0.2
    assert len(str(told.value)) < 600


def test_a_csv_is_a_regular_file_of_bounded_size(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large.csv").touch()
    os.truncate(tmp_path / "large.csv", 65 * 2**20)
    (tmp_path / "digits.csv").write_text(f"arm,value,seed\ntransfer,{'1' * 50_000},0\n")
    (tmp_path / "cell.csv").write_text(f"arm,value,seed\ntransfer,{'1' * 200_000},0\n")
    for name, words in (
        ("pipe", "no regular file"),
        ("large.csv", "wanted at most 67,108,864"),
        ("digits.csv", "wanted a number"),
        ("cell.csv", "field larger than field limit"),
        (".", "Is a directory"),
    ):
        with pytest.raises(DataError, match=words) as told:
            compare_csv(tmp_path / name, "transfer", "scratch", Columns(), 0.01)
        assert len(str(told.value).splitlines()) == 1
