"""All rules together: ranking, and runs that lack this or that."""

import itertools
import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from pydantic import TypeAdapter
from tests.why.made_up import (
    ABOUT,
    BUDGET,
    EQUAL,
    GOOD,
    HELPS,
    SIDE,
    WORSE,
    arm,
    curve,
    gaps,
    likeness,
    readout,
    still,
    summed,
    told,
)

from shiftprobe.core.types import Cell, Condition, Row
from shiftprobe.results.about import Datasets
from shiftprobe.results.marks import Mark
from shiftprobe.results.model import Why
from shiftprobe.why import RULES, explain

KEPT = (likeness("transfer", 0.9, 0.88, 0.91), likeness("scratch", 0.5, 0.45, 0.55))
CLEAR = gaps(0.0, 0.1, 0.2, 0.3)
FULL = (*HELPS, *KEPT, CLEAR, still("zero_shot", 0.05), readout("source", 0.94), readout("random", 0.6))


def names(found: Why) -> list[str]:
    return [one.name for one in found.explanations]


def test_strong_ones_come_first_and_equals_in_the_order_of_the_rules() -> None:
    found = told(*FULL)
    assert names(found) == ["head_not_features", "reused"]
    falling = [curve("scratch", [2.0, 1.6, 1.2, 0.8, 0.4], [0.5] * 5)]
    assert names(told(*FULL, curves=falling))[0] == "not_converged"
    leaning = (arm("transfer", 0.9, 0.8, 0.9), arm("scratch", 0.7, 0.79, 0.89), gaps(0, 0, 0, 0))
    left = (likeness("transfer", 0.5, 0.5, 0.5), likeness("scratch", 0.5, 0.4, 0.6))
    assert names(told(*leaning, *left)) == ["source_like_random", "not_reused", "too_little"]


def test_what_is_said_is_plain_data_in_the_shape_that_the_page_reads() -> None:
    found = told(*FULL)
    plain = json.loads(json.dumps(asdict(found)))
    assert TypeAdapter(Why).validate_python(plain) == found
    for one in found.explanations:
        assert one.evidence
        assert one.experiment
    assert set(plain) == {"explanations", "undecided"}
    for unknown in plain["undecided"]:
        assert set(unknown) == {"name", "needs"}
        assert unknown["needs"].startswith("--")


def test_no_more_are_shown_than_explain_anything() -> None:
    assert len(names(told(*FULL))) <= 5


def test_a_rule_is_named_as_it_names_its_explanation() -> None:
    rules = {rule.__name__ for rule in RULES}
    found = told(*FULL)
    said = {one.name for one in found.explanations} | {one.name for one in found.undecided}
    assert said <= rules
    assert len(rules) == len(RULES) == 14


def test_an_empty_run_says_nothing() -> None:
    assert told() == Why()


def test_rows_without_values_change_nothing() -> None:
    empty = [
        Row(cell=row.cell, probe=row.probe, metric=row.metric, value=None, reason="lost", arm=row.arm, tap="x")
        for rows in FULL
        for row in rows
        if row.probe != "accuracy"
    ]
    assert told(*FULL, empty) == told(*FULL)


def test_the_order_of_rows_does_not_matter() -> None:
    rows, summary = summed(itertools.chain(*FULL))
    assert explain(rows[::-1], summary).undecided == explain(rows, summary).undecided
    assert names(explain(rows[::-1], summary)) == names(explain(rows, summary))


ODD: dict[str, tuple[tuple[list[Row], ...], dict[str, Any]]] = {
    "one seed": ((arm("transfer", 0.9), arm("scratch", 0.8), CLEAR), {"seeds": 1}),
    "no zero_shot, no probes": (EQUAL, {}),
    "one arm": ((arm("transfer", *GOOD),), {}),
    "no trained arm": ((still("zero_shot", 0.5), CLEAR), {}),
    "an arm that failed everywhere": ((arm("transfer", None, None, None), arm("scratch", *WORSE), CLEAR), {}),
    "an arm that failed once": ((arm("transfer", 0.9, None, 0.8), arm("scratch", None, 0.8, 0.8), *KEPT), {}),
    "shifts whose cells are missing": (FULL, {"shifts": ["gaussian_blur"], "severities": [0.5]}),
    "budgets that are missing": (FULL, {"target": {"data": "digits:uci", "budgets": [10, BUDGET]}}),
    "nothing known of the data": (FULL, {"about": replace(ABOUT, data=Datasets()), "source": None}),
    "two classes": (FULL, {"about": replace(ABOUT, data=Datasets(target=replace(SIDE, classes=("a", "b"))))}),
    "only a probe": ((CLEAR,), {}),
    "arms that the spec alone knows": (EQUAL, {"arms": ["scratch", "transfer", "lp_ft", "mean_var", "bn_adapt"]}),
    "equal to the last digit": ((arm("transfer", *GOOD), arm("scratch", *GOOD), arm("lp_ft", *GOOD), *KEPT), {}),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_run_is_answered_all_the_same(odd: str) -> None:
    rows, made = ODD[odd]
    assert isinstance(told(*rows, **made), Why)


def test_a_run_that_lacks_probes_says_what_to_run() -> None:
    found = told(*EQUAL)
    needs = {one.name: one.needs for one in found.undecided}
    assert "--probes linear" in needs["source_like_random"]
    assert "lp_ft" in needs["head_beats_fine_tuning"]
    assert "--budget" in needs["labels_plentiful"]
    assert "cka" in needs["not_reused"]


def test_a_thousand_doses_are_answered_at_once() -> None:
    doses = [Condition(f"shift{i}", 0.5) for i in range(300)]
    rows = [row for place in doses for row in gaps(0, 0, 0, 0, place=place)]
    rows += [row for place in doses for one in EQUAL for row in arm(one[0].arm, *GOOD, place=place)]
    rows += [
        row for place in doses for name in ("transfer", "scratch") for row in likeness(name, 0.5, 0.5, place=place)
    ]
    found = told(*EQUAL, rows, shifts=[place.shift for place in doses], severities=[0.5])
    assert "not_reused" in names(found)
    assert {row.cell for row in rows} >= {Cell("shift7", 0.5)}


@pytest.mark.parametrize("arms", [("scratch",), ("transfer",), ()])
def test_no_cause_is_strong_beside_an_arm_that_was_not_trained_out(arms: tuple[str, ...]) -> None:
    rows, summary = summed([row for one in FULL for row in one])
    before = explain(rows, summary).explanations
    assert "strong" in [one.grade for one in before]
    mark = Mark(kind="at_majority", text="It names one class.", arms=arms)
    after = explain(rows, replace(summary, marks=(mark,))).explanations
    assert {one.name for one in after} == {one.name for one in before}
    if arms:
        assert {one.grade for one in after} == {"suggestive"}
        assert all(one.against[0].text == mark.text for one in after)
    else:
        assert after == before
    light = replace(mark, kind="untuned")
    assert explain(rows, replace(summary, marks=(light,))).explanations == before
