"""Checkpoints of several runs on a line, one of them off it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm
from tests.report.fake_run import Fake, write_run

from shiftprobe.report.side_by_side.page import write_many
from shiftprobe.report.side_by_side.reading import read_many
from shiftprobe.report.side_by_side.robustness import robustness

FAKE = Fake(shifts=("gaussian_noise",), severities=(0.0, 1.0), taps=("penultimate",), compared=False, moved=False)
PLACES = np.linspace(0.0, 1.6, 7)


def _checkpoint(home: float, first: float, second: float) -> Callable[[dict[str, Any], list[Any]], None]:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["source_accuracy"] = {"value": home, "low": home - 0.01, "high": home + 0.01, "n": 1000}
        for one in summary["points"]:
            if one["arm"] == "zero_shot":
                one["mean"] = second if one["severity"] > 0 else first

    return changes


def _runs(folder: Path, off: float = 0.0, slope: float = 0.9, count: int = 7) -> list[Path]:
    rng = np.random.default_rng(0)
    paths = []
    for i, place in enumerate(PLACES[:count]):
        first, home = norm.cdf(place), norm.cdf(place + 0.5 + 0.02 * rng.standard_normal())
        second = norm.cdf(-0.5 + slope * place + 0.03 * rng.standard_normal() + (off if i == 3 else 0.0))
        paths.append(write_run(folder / str(i), FAKE, _checkpoint(float(home), float(first), float(second))))
        (paths[-1] / "about.json").write_text("{}")
    return paths


def test_the_checkpoint_off_the_line_is_named(tmp_path: Path) -> None:
    home, shifted = robustness(read_many(_runs(tmp_path, off=0.8)))
    assert home.said[0].startswith("No checkpoint is shown to lie off the line")
    assert shifted.said[0].startswith("Off the line through all others, also after Holm: D: +2")
    assert shifted.figure.count('class="off-line"') == 1
    write_many([tmp_path / str(i) for i in range(7)], tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "Who lies off the line?" in text
    assert shifted.said[0] in text


def test_nothing_is_said_where_there_is_no_line(tmp_path: Path) -> None:
    assert [one.title for one in robustness(read_many(_runs(tmp_path, slope=0.0)))] == ["Home against target"]
    assert robustness(read_many([tmp_path / str(i) for i in range(5)])) == ()


def test_one_checkpoint_counts_once(tmp_path: Path) -> None:
    runs = _runs(tmp_path, count=5)
    for i in range(3):
        same = write_run(tmp_path / f"again{i}", FAKE, _checkpoint(0.9, 0.8, 0.7))
        (same / "about.json").write_text("{}")
        runs.append(same)
    (home, *_) = robustness(read_many(runs))
    assert "n = 6 networks" in home.said[1]
