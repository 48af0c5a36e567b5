"""Every promise of docs/statistics.md names what it assumes and the file that holds it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "statistics.md").read_text().partition("## What each promise assumes")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| ([^|]+) \| ([^|]+) \| (`[^|]+`) \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize(("promise", "assumes", "held"), ROWS, ids=[row[0] for row in ROWS])
def test_a_promise_is_held_by_draws(promise: str, assumes: str, held: str) -> None:
    assert len(assumes) > 15, promise
    for file in re.findall("`([^`]+)`", held):
        code = (ROOT / file).read_text()
        assert re.search(r"default_rng|generator\(|binom\.pmf", code), f"{file} draws and sums nothing"


def test_no_promise_is_left_out() -> None:
    assert len(ROWS) == len(re.findall(r"^\| ", TEXT, re.MULTILINE)) - 1 >= 20  # all but the head are read
    assert {"gate by groups", "prediction sets", "regression by groups", "break-points", "domain classifier"} <= {
        row[0] for row in ROWS
    }
