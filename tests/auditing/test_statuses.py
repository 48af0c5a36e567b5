"""How answers become statuses and statuses a verdict; what a policy asks for that says nothing."""

from typing import Any

import pytest
from tests.auditing.made_up import evidence, policy, side

from shiftprobe.auditing.checks.base import (
    Question,
    begun,
    gates,
    interval,
    measured,
    not_done,
    settled,
    status,
    unanswered,
)
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.perform import answers
from shiftprobe.auditing.policy import Policy, Rule, load_policy
from shiftprobe.auditing.types import Check
from shiftprobe.auditing.verdict import ordered, outcome, sentence
from shiftprobe.core.monitor import Silent

DEFAULTS: dict[str, dict[str, Any]] = {
    "skipped": {"level": "gate", "at_most": 0.01},
    "preprocessing": {"level": "warn", "at_most": 0.02},
    "class_order": {"level": "gate", "at_most": 0.1},
    "accuracy": {"level": "gate", "at_least": 0.8},
    "balanced_accuracy": {"level": "warn", "at_least": 0.75},
    "worst_class": {"level": "warn", "at_least": 0.5, "images": 10},
    "worst_group": {"level": "gate", "at_least": 0.7, "images": 10},
    "slices": {"level": "warn", "images": 500, "below": 0.05, "shortcut": 0.5},
    "risk_coverage": {"level": "warn", "error": 0.05, "reject_at_most": 0.3},
    "calibration": {"level": "warn", "at_most": 0.1},
    "overconfidence": {"level": "warn", "at_most": 0.2},
    "severity": {"level": "gate", "at_least": 0.7, "at": 0.25},
    "break_point": {"level": "warn", "at_least": 0.7, "dose": 0.5},
    "corruption_error": {"level": "warn", "at_most": 1.0, "reference": None},
    "attribution": {"level": "warn", "at_least": 0.5},
    "target": {"level": "gate", "at_least": 0.7},
    "label_shift": {"level": "warn", "at_most": 0.1},
    "drift": {"level": "warn", "at_most": 0.05},
    "transfer": {"level": "warn", "at_least": 0.0},
    "regression": {"level": "gate", "margin": 0.02},
}


@pytest.mark.parametrize("rule", DEFAULTS)
def test_a_policy_that_says_nothing_asks_for_what_is_documented(rule: str) -> None:
    assert load_policy({}).rule(rule).model_dump() == DEFAULTS[rule]


def test_the_rest_of_an_empty_policy() -> None:
    whole = Policy()
    assert (whole.confidence, whole.images, whole.seed, whole.power, whole.loss) == (0.95, 2000, 0, 0.2, 0.03)
    assert whole.repairs
    assert whole.severities == whole.doses == whole.asked == (0.25, 0.5, 0.75, 1.0)
    assert len(whole.shifts) == 6
    assert load_policy({"severities": [0.5, 0, 0.2]}).doses == (0.2, 0.5)


@pytest.mark.parametrize(
    ("level", "word", "expected"),
    [
        ("gate", "fail", "fail"),
        ("warn", "fail", "warn"),
        ("warn", "pass", "pass"),
        ("warn", "cannot tell", "cannot tell"),
    ],
)
def test_only_a_gate_fails(level: Any, word: Any, expected: str) -> None:
    rule = Rule(level=level)
    assert status(rule, word) == expected
    assert gates(rule) is (level == "gate")
    check = settled(begun("a:b", "t", fix="mend"), rule, word, "so")
    assert (check.status, check.gates, check.kind, check.reason) == (expected, level == "gate", "a", "so")
    assert check.fix == ("" if word == "pass" else "mend")


def test_a_question_without_an_answer_opens_a_gate_and_nothing_else() -> None:
    question = Question(name="drift", title="harm", ask=lambda _: Part())
    for level, word in (("gate", "cannot tell"), ("warn", "not done")):
        check = unanswered(Rule(level=level), question, "too few")  # type: ignore[arg-type] # a plain word
        assert (check.status, check.gates, check.reason, bool(check.fix)) == (
            word,
            level == "gate",
            "too few",
            level == "gate",
        )
    assert not_done(Rule(), question, "no target").status == "not done"


def test_intervals_are_told_in_percent_at_their_level() -> None:
    assert interval(0.28, 0.345, 1800) == "95 % interval 28.0 to 34.5, n = 1,800"
    assert interval(-0.0001, 0.5, 3, 0.9) == "90 % interval 0.0 to 50.0, n = 3"
    assert measured(0.312, 0.28, 0.345, 800, 0.8) == "31.2 % (80 % interval 28.0 to 34.5, n = 800)"


def check(name: str, word: Any, *, gate: bool = True) -> Check:
    return Check(name=name, kind=name, title=name, status=word, gates=gate, reason=f"{name} is so")


def test_three_deciding_checks_are_told_and_further_ones_counted() -> None:
    fails = [check(name, "fail") for name in "abcde"]
    assert sentence(fails[:3]) == "Fail: 3 of 3 gates fail: a is so; b is so; c is so."
    assert sentence(fails[:4]) == "Fail: 4 of 4 gates fail: a is so; b is so; c is so; and 1 more."
    assert sentence(fails[:1]) == "Fail: 1 of 1 gate fails: a is so."
    assert sentence([check("a", "cannot tell"), check("b", "pass")]) == "Cannot tell: 1 of 2 gates open: a is so."


def test_a_pass_is_told_by_its_gates_and_the_warnings_beside() -> None:
    one, warned = check("a", "pass"), [check(name, "warn", gate=False) for name in "xy"]
    assert sentence([one]) == "Pass: the one gate holds."
    assert sentence([one, *warned]) == "Pass: the one gate holds. 2 warnings beside."
    assert sentence([one, one]) == "Pass: all 2 gates hold."
    assert sentence([check("a", "not done")]) == sentence([check("a", "pass", gate=False)])
    assert "gates nothing" in sentence([])
    assert outcome([check("a", "pass"), check("b", "not done")]) == "pass"


def test_gates_stand_before_warnings_of_the_same_status() -> None:
    found = ordered([check("a", "cannot tell", gate=False), check("b", "cannot tell"), check("c", "fail")])
    assert [one.name for one in found] == ["c", "b", "a"]


def answered(made: AuditEvidence) -> dict[str, Check]:
    return {check.name: check for part in answers(made, Silent()) for check in part.checks}


def test_every_rule_that_is_not_off_is_asked_in_the_order_of_the_policy() -> None:
    rules = {name: {"level": "off"} for name in ("preprocessing", "attribution", "accuracy")}
    found = answered(evidence(policy=policy(**rules)))
    assert "accuracy" not in found
    assert list(found)[:3] == ["skipped", "class_order", "balanced_accuracy"]
    assert list(found)[-1] == "regression"


def test_what_cannot_be_asked_is_not_done_and_what_cannot_be_answered_opens_its_gate() -> None:
    rules = {"preprocessing": {"level": "off"}, "attribution": {"level": "off"}, "worst_class": {"level": "gate"}}
    found = answered(evidence(8, 8, data=side(8), policy=policy(**rules)))
    assert (found["target"].status, found["target"].gates) == ("not done", True)
    assert found["target"].reason == "no target was given (--target)"
    assert (found["worst_class"].status, found["worst_class"].gates) == ("cannot tell", True)
