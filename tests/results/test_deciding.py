"""Leave it, fine-tune it or train anew: every answer that the three comparisons can give."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.why.made_up import BUDGET, arm, still, summed

from shiftprobe.core.types import Condition, Row
from shiftprobe.results.decision import Choice, Decision
from shiftprobe.results.summary.deciding import Doubt, both_ways, chosen, decision, unbeaten

HIGH, LOW, CLOSE = (0.95, 0.94, 0.96), (0.80, 0.795, 0.805), (0.951, 0.941, 0.961)
WIDE = (0.95, 0.85, 0.75)


def decided(*rows: list[Row], **made: Any) -> Decision:
    found = summed(itertools.chain(*rows), **made)[1].decision
    assert found is not None
    return found


CASES: Mapping[str, tuple[tuple[list[Row], ...], Choice, str]] = {
    "harms": (
        (arm("transfer", *LOW), arm("scratch", *LOW), still("zero_shot", 0.95)),
        "leave_it",
        "Leave it as it is: 15.0 points above fine-tuning (95 % 13.8 to 16.2) and 15.0 points above training anew",
    ),
    "helps": (
        (arm("transfer", *HIGH), arm("scratch", *LOW), still("zero_shot", 0.5)),
        "fine_tune",
        "Fine-tune it: 45.0 points above leaving it (95 % 42.5 to 47.5) and 15.0 points above training anew",
    ),
    "from nothing": (
        (arm("transfer", *LOW), arm("scratch", *HIGH), still("zero_shot", 0.5)),
        "train_anew",
        "Train anew: 15.0 points above fine-tuning",
    ),
    "equal starts": (
        (arm("transfer", *CLOSE), arm("scratch", 0.95, 0.9395, 0.9605), still("zero_shot", 0.5)),
        "either",
        "Fine-tune it or train anew: equivalent within ±1 point.",
    ),
    "no target classes": (
        (arm("transfer", *HIGH), arm("scratch", *LOW)),
        "fine_tune",
        "Fine-tune it: 15.0 points above training anew",
    ),
    "open": (
        (arm("transfer", *WIDE), arm("scratch", *LOW), still("zero_shot", 0.84)),
        "cannot_tell",
        "Cannot tell yet between leaving it and fine-tuning: +1.0 points (95 % -23.8 to 25.8).",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_answer_of_each_case(case: str) -> None:
    rows, choice, said = CASES[case]
    found = decided(*rows)
    assert found.choice == choice
    assert found.sentence.startswith(said)
    assert len(found.sentence.split()) <= 25


def test_what_is_left_open_names_what_is_behind() -> None:
    found = decided(*CASES["equal starts"][0])
    assert found.reason == "Leaving it is behind."
    assert found.open == ("transfer", "scratch")


def test_equal_ways_give_the_cheapest() -> None:
    assert chosen(("zero_shot", "transfer"), both_ways({("transfer", "zero_shot"): "equivalent"})) == "leave_it"
    assert chosen(("transfer", "scratch"), both_ways({("transfer", "scratch"): "equivalent"})) == "either"
    assert chosen(("zero_shot", "transfer"), both_ways({("transfer", "zero_shot"): "inconclusive"})) == "cannot_tell"


def test_the_order_of_a_pair_does_not_decide() -> None:
    words = {("transfer", "zero_shot"): "worse", ("transfer", "scratch"): "better", ("scratch", "zero_shot"): "worse"}
    turned = {("zero_shot", "transfer"): "better", ("scratch", "transfer"): "worse", ("zero_shot", "scratch"): "better"}
    assert unbeaten(both_ways(words)) == unbeaten(both_ways(turned)) == ("zero_shot",)  # type: ignore[arg-type] # words


def test_better_than_a_start_that_nobody_would_ship_is_not_enough() -> None:
    found = decided(arm("transfer", *LOW), arm("scratch", 0.3, 0.31, 0.29), still("zero_shot", 0.9))
    assert found.choice == "leave_it"
    assert found.pair == ("transfer", "zero_shot")


def test_conditions_are_told_one_by_one() -> None:
    place = Condition("rotation", 1.0)
    rows = (
        arm("transfer", *HIGH),
        arm("scratch", *LOW),
        still("zero_shot", 0.5),
        arm("transfer", *LOW, place=place),
        arm("scratch", *LOW, place=place),
        still("zero_shot", 0.99, place),
    )
    found = decided(*rows, shifts=["rotation"], severities=[1.0])
    assert [(one.severity, one.choice) for one in found.places] == [(0.0, "fine_tune"), (1.0, "leave_it")]
    assert found.places[1].difference == pytest.approx(-0.19)


def test_nothing_to_compare_and_nothing_in_common_are_told_apart() -> None:
    assert decided(arm("transfer", *HIGH)).choice == "no_comparison"
    lost = (arm("transfer", *HIGH), [one for one in arm("scratch", *LOW, budget=BUDGET) if one.cell.seed == 9])
    assert decided(*lost).choice in {"no_comparison", "cannot_tell"}


def at_best(rows: list[Row]) -> list[Row]:
    return [replace(one, metric="top1_best") for one in rows]


def test_an_answer_that_hangs_on_the_epoch_is_marked() -> None:
    rows = [*arm("transfer", *LOW), *arm("scratch", *LOW), *still("zero_shot", 0.9)]
    best = [*at_best(arm("transfer", 0.96, 0.955, 0.965)), *at_best(arm("scratch", *LOW))]
    summary = summed([*rows, *best])[1]
    assert summary.best is not None
    assert summary.best.decision is not None
    assert (summary.decision or summary.best.decision).choice == "leave_it"
    assert summary.best.decision.choice == "fine_tune"
    mark = next(one for one in summary.limits if one.kind == "epoch_decides")
    assert "best epoch" in mark.text
    assert "Fine-tune it: 6.0 points above leaving it" in mark.text
    same = summed([*rows, *at_best(arm("transfer", *LOW)), *at_best(arm("scratch", *LOW))])[1]
    assert "epoch_decides" not in [one.kind for one in same.limits]


def test_a_checkpoint_at_chance_at_home_decides_nothing_and_says_what_to_check() -> None:
    rows = (arm("transfer", *HIGH), arm("scratch", *LOW), still("zero_shot", 0.5))
    found = decided(*rows, source=0.1)
    assert found.choice == "cannot_tell"
    assert found.sentence == (
        "No decision: the checkpoint is at chance on its own test images, 10.0 %; check model.preprocess."
    )
    assert not found.places
    assert decided(*rows, source=0.9).choice == "fine_tune"


def test_being_ahead_of_an_arm_at_the_commonest_class_is_not_told() -> None:
    verdicts = summed([*arm("transfer", *HIGH), *arm("scratch", *LOW), *still("zero_shot", 0.5)])[1].verdicts
    found = decision(verdicts, (), Doubt(weak=frozenset({"scratch"})))
    assert found.choice == "fine_tune"
    assert "training anew" not in found.sentence
    assert found.reason == "Against training anew nothing is shown: not trained out."
    alone = [one for one in verdicts if one.pair == ("transfer", "scratch")]
    assert decision(alone, (), Doubt(weak=frozenset({"scratch"}))).choice == "cannot_tell"
    assert decision(verdicts, (), Doubt(weak=frozenset({"transfer"}))).choice == "cannot_tell"


def test_an_answer_that_hangs_on_a_training_that_went_astray_says_so() -> None:
    found = decided(arm("transfer", 0.86, 0.865, 0.30, 0.86, 0.855), arm("scratch", *[0.72] * 5), seeds=5)
    assert found.choice == "cannot_tell"
    assert found.reason == "It hangs on 1 training that went astray."
