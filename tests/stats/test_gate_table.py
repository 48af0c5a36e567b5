"""The table of docs/statistics.md on gates is what an exact sum gives, cell by cell."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from shiftprobe.stats import gate

DOCS = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text()
ROW = re.compile(r"^\| ([\d,]+) \| 0\.80 / 0\.90 / 0\.99 \| (.*) \| (.*) \| (.*) \|$", re.MULTILINE)


@pytest.mark.parametrize("row", ROW.findall(DOCS), ids=lambda row: row[0])
def test_every_cell_is_rounded_as_it_should_be(row: tuple[str, str, str, str]) -> None:
    n = int(row[0].replace(",", ""))
    counts = np.arange(n + 1)
    for place, threshold in enumerate((0.8, 0.9, 0.99)):
        chance = binom.pmf(counts, n, threshold)
        likely = counts[chance > 1e-12]
        found = {int(k): gate(int(k), n, threshold) for k in likely}
        exact = (
            sum(chance[k] for k, one in found.items() if one.word == "pass"),
            sum(chance[k] for k, one in found.items() if one.word == "fail"),
            sum(chance[k] for k, one in found.items() if one.low <= threshold <= one.high),
        )
        told = [float(cells.split(" / ")[place]) for cells in row[1:]]
        assert told == [round(float(one), 3) for one in exact]


def test_the_table_is_there() -> None:
    assert len(ROW.findall(DOCS)) == 3
