"""Table 1 as papers print it: numbers against the summary, foreign text escaped."""

import csv
from typing import Any

from shiftprobe.results.about import Datasets
from shiftprobe.results.model import ArmPoint, Summary, Verdict
from shiftprobe.results.table1 import csv_text, latex


def point(arm: str, severity: float, **values: Any) -> ArmPoint:
    full = {"mean": 0.6861, "std": 0.0104, "n": 3, "images": 500, "low": 0.64, "high": 0.73, "budget": 900}
    shift = "rotation" if severity else "identity"
    return ArmPoint(**{"shift": shift, "severity": severity, "arm": arm, "values": (), **full, **values})


EMPTY = {"mean": None, "std": None, "n": 0, "images": None, "low": None, "high": None}
SUMMARY = Summary(
    command="shiftprobe sweep",
    name="made up",
    digest="0" * 8,
    verdict=Verdict(word="equivalent", sentence="100 % of a_b & c, ±1 point."),
    margin=0.01,
    arms=("zero_shot", "transfer", "scratch"),
    skipped_arms={},
    shifts=("rotation",),
    severities=(0.0, 0.5),
    budgets=(900,),
    seeds=(0, 1, 2),
    points=(
        point("scratch", 0.0, mean=0.685, std=0.012),
        point("transfer", 0.0),
        point("transfer", 0.5, mean=0.1),
        point("zero_shot", 0.0, std=None, n=1, budget=None),
        point("scratch", 0.0, **EMPTY),
    ),
    contrasts=(),
    data=Datasets(),
    failed=(),
    pairing="",
)


def test_csv_holds_the_unshifted_target_in_full_in_the_order_of_the_arms() -> None:
    rows = list(csv.DictReader(csv_text(SUMMARY).splitlines()))
    assert [(row["arm"], row["mean"], row["std"]) for row in rows] == [
        ("zero_shot", "0.6861", ""),
        ("transfer", "0.6861", "0.0104"),
        ("scratch", "0.685", "0.012"),
    ]


def test_latex_prints_percent_and_escapes_what_latex_would_read() -> None:
    table = latex(SUMMARY)
    assert r"transfer & 900 & 3 & 68.6 (1.0) \\" in table
    assert r"zero\_shot & -- & -- & 68.6 (--) \\" in table
    assert r"100 \% of a\_b \& c, $\pm$1 point." in table
