"""A gate that was asked and that the images cannot answer keeps the audit open; what has no sense here does not."""

from typing import Any

import pytest
from tests.auditing.made_up import evidence, labels_of, policy, seen, side

from shiftprobe.auditing.checks import QUESTIONS
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.perform import answers
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.types import Check
from shiftprobe.auditing.verdict import outcome
from shiftprobe.core.monitor import Silent


def only(level: str, **rule: Any) -> Policy:
    """One rule beside accuracy, which passes."""
    (name,) = rule
    off = {one: {"level": "off"} for one in Policy.model_fields if one in QUESTIONS}
    return policy(**{**off, "accuracy": {"at_least": 0.2}, name: {"level": level, **rule[name]}})


def answered(made: AuditEvidence) -> dict[str, Check]:
    return {check.name: check for part in answers(made, Silent()) for check in part.checks}


WITHOUT_ANSWER: dict[str, dict[str, Any]] = {
    "risk_coverage": {"right": 100},
    "worst_group": {"data": side(400, groups=[str(i // 5) for i in range(400)])},
    "worst_class": {"n": 12, "right": 12, "data": side(12)},
    "drift": {"target": side(1), "on_target": seen(labels_of(1), 1)},
}


@pytest.mark.parametrize("name", WITHOUT_ANSWER)
def test_a_gate_that_cannot_be_answered_cannot_tell_and_a_warning_is_not_done(name: str) -> None:
    for level, status, word in (("gate", "cannot tell", "cannot tell"), ("warn", "not done", "pass")):
        found = answered(evidence(**WITHOUT_ANSWER[name], policy=only(level, **{name: {}})))
        assert (found[name].status, found[name].value) == (status, None)
        assert found[name].reason
        assert outcome(list(found.values())) == word


@pytest.mark.parametrize("name", ["worst_group", "drift", "regression", "transfer", "corruption_error"])
def test_a_gate_that_has_no_sense_here_is_not_done_and_decides_nothing(name: str) -> None:
    found = answered(evidence(policy=only("gate", **{name: {}})))
    assert found[name].status == "not done"
    assert outcome(list(found.values())) == "pass"
