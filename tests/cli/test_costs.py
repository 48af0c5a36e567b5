"""What a run costs and settles, as it is said before it begins."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.tiny import tiny_plan

from shiftprobe.cli.terminal import costs
from shiftprobe.engine import priced
from shiftprobe.engine.outlook import Outlook, PlanOutlook, Spread

WHOLE = PlanOutlook(seeds=10, severities=9, budgets=2, margin=0.011, spread=Spread(sd=0.019))
FEWER = PlanOutlook(seeds=5, severities=3, budgets=1, margin=0.016, spread=Spread(sd=0.017, seeds=4), share=0.17)


@pytest.fixture
def bill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> costs.RunBill:
    monkeypatch.setattr(priced, "prices_of", lambda _: (0.5, 0.01))
    return costs.bill_of(tiny_plan(tmp_path), 1, None)


def said(bill: costs.RunBill, whole: PlanOutlook, *cheaper: PlanOutlook, **changed: Any) -> list[str]:
    seen = Outlook(pair=("transfer", "scratch"), wanted=0.01, whole=whole, needed=12, cheaper=cheaper)
    return costs.lines(replace(bill, outlook=seen, **changed))[3:]


def test_a_cheaper_plan_is_told_in_one_sentence_that_names_its_spread(bill: costs.RunBill) -> None:
    first, second = said(bill, WHOLE, FEWER)
    assert first == (
        "Settles, where transfer and scratch are truly equal: 10 seeds certify ±1.1 points at best; for ±1 with a "
        "chance of 80 % it takes 12 seeds (assumed: a seed's difference spreads by 1.9 points)."
    )
    assert second == (
        "5 seeds, 3 severities and the largest budget alone: 1/6 of the cost, certifies ±1.6 points instead of ±1.1 (a "
        "seed's difference spreads by 1.7 points, measured on the 4 seeds that this run has)."
    )


def test_what_changes_nothing_but_the_cost_says_so(bill: costs.RunBill) -> None:
    alone = replace(WHOLE, budgets=1, share=0.62)
    (_, told) = said(bill, WHOLE, alone)
    assert told.startswith("The largest budget alone: 62 % of the cost, certifies the same ±1.1 points (assumed: ")
    one = replace(WHOLE, seeds=1, margin=None)
    first, told = said(bill, one, replace(one, severities=3, share=0.5))
    assert "one seed has no spread and certifies nothing" in first
    assert told == "3 severities: 1/2 of the cost, and the headline says as much."


def test_minutes_are_told_with_what_fits_into_them(bill: costs.RunBill) -> None:
    todo = bill.run.todo
    (_, told) = said(bill, WHOLE, minutes=7.5, within=todo[:4])
    assert told.startswith("--minutes 7.5: 4 of 6 cells fit by this estimate, those that settle the headline first; ")
    (_, told) = said(bill, WHOLE, minutes=90.0, within=todo)
    assert told == "--minutes 90: every cell fits by this estimate."


def test_a_run_of_which_nothing_is_left_is_told_in_one_line(bill: costs.RunBill) -> None:
    done = replace(bill.run, todo=())
    nothing = replace(bill.cost, todo=0, trainings=0, seconds=0.0, arms={})
    (line,) = costs.lines(replace(bill, run=done, cost=nothing, outlook=None, minutes=3.0, within=()))
    assert line.startswith("0 of 6 cells to do, 6 done before: 0 trainings")


def test_several_devices_are_told_each(bill: costs.RunBill) -> None:
    assert "Each of 4 devices works for about " in "\n".join(costs.lines(replace(bill, devices=4)))
