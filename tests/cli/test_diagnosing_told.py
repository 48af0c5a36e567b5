"""A diagnosis at the terminal: the bill, the finding with its path in at most eight lines, the page at the end."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.made_diagnoses import DIAGNOSES, LEFT, STATISTICS, STRONG, TWO, tried

from shiftprobe.cli.terminal.diagnosing import bar_label, print_bill, print_diagnosis
from shiftprobe.results.diagnosis import STAGES, Diagnosis, Effect
from shiftprobe.results.diagnosis_bill import Bill, StageBill

PAGE = Path("runs/x/report.html")


def told(found: Diagnosis, capsys: pytest.CaptureFixture[str]) -> str:
    print_diagnosis(found, PAGE)
    return capsys.readouterr().out


def path_of(said: str) -> list[str]:
    lines = said.partition("\nPath (")[2].splitlines()[1:]
    return lines[: lines.index("")]


@pytest.mark.parametrize("name", DIAGNOSES)
def test_the_finding_stands_first_and_the_page_last(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = DIAGNOSES[name]
    said = told(found, capsys)
    assert said.startswith(f"\nDiagnosis: {found.sentence}\n")
    assert said.endswith("\nReport: runs/x/report.html\n")
    assert len(path_of(said)) <= 8
    assert said.isascii()
    for one in found.causes:
        assert f"{one.claim} ({one.grade})" in said
        assert f"What to do: {one.do}" in said
    for left in found.left:
        assert f"  {left.title}: " in said


def test_a_cause_has_its_numbers_with_n_interval_and_unit(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        "Proved by: batch statistics re-estimated on the target: 41.2 % -> 78.9 % (its sham: 41.5 %); +37.4 points "
        "beyond its sham (95 % +34.1 to +40.6, n = 1,000 images); 91 % of the gap.\n"
    ) in told(STRONG, capsys)
    assert "twice the width: 6 units, beyond the budget of 12 trainings" in told(STRONG, capsys)


def test_the_path_never_loses_what_was_named(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [tried(f"way {i}", ("home", "target")[i % 2], 0.4, 0.4) for i in range(20)]
    lines = path_of(told(replace(TWO, path=(*TWO.path, *steps)), capsys))
    assert len(lines) == 8
    assert sum("CAUSE" in line for line in lines) == 2
    assert lines[-1].endswith("more on the page")
    assert sum("Kept" in line for line in path_of(told(TWO, capsys))) == 2


def test_what_is_not_known_is_said_to_be_so(capsys: pytest.CaptureFixture[str]) -> None:
    nan = float("nan")
    odd = replace(
        STATISTICS, before=nan, sham=nan, recovers=nan, effect=Effect(value=nan, low=nan, high=nan, n=0), units=nan
    )
    said = told(replace(STRONG, path=(*STRONG.path[:8], odd), units=nan, budget=nan), capsys)
    assert "nan" not in said
    print_bill(Bill(stages=(StageBill(stage="file", experiments=("a",), units=0.0, seconds=nan),)))
    assert "nan" not in capsys.readouterr().out


def test_foreign_names_move_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in told(replace(STRONG, path=(tried("\x1b[2J", "target", 0.4, 0.4), *STRONG.path[1:])), capsys)


def test_the_bill_adds_up_and_says_what_the_budget_leaves_out(capsys: pytest.CaptureFixture[str]) -> None:
    stages = (
        StageBill(stage="file", experiments=("a", "b", "c", "d", "e"), units=0.0, seconds=12.0),
        StageBill(
            stage="schedule", experiments=("three times the steps", "a tenth of the rate"), units=8.0, seconds=300.0
        ),
        StageBill(stage="where", experiments=("shuffled labels",), units=3.5, seconds=60.0, done=1),
    )
    print_bill(Bill(stages=stages, left=LEFT, trainings=12.0, minutes=30.0, confirming=6.0))
    said = capsys.readouterr().out
    assert "5: a, b, c, d and 1 more" in said
    assert "1: shuffled labels, 1 done before" in said
    assert "In all 11.5 units, 6 min, and up to 6 units to confirm the candidate." in said
    assert "Budget: 12 units and 30 min." in said
    assert "Left out:\n  twice the width: 6 units" in said
    print_bill(Bill(stages=()))
    assert "In all no training" in capsys.readouterr().out


def test_every_stage_has_a_bar_label_that_fits() -> None:
    assert all(0 < len(bar_label(stage)) <= 14 for stage in STAGES)
    assert len({bar_label(stage) for stage in STAGES}) == len(STAGES)
