"""Scores in policies: their names, what they decide, what they refuse."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sklearn
from tests.auditing.made_up import evidence, policy, seen, side

from shiftprobe.auditing.checks.base import QUESTIONS, answer, questions
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.policy import load_policy
from shiftprobe.auditing.types import Check
from shiftprobe.core.errors import SpecError


def asked(made: AuditEvidence, name: str) -> Check:
    (check,) = answer(QUESTIONS[name], made).checks
    return check


def test_top1_is_the_newer_name_of_accuracy() -> None:
    assert load_policy({"top1": {"at_least": 0.9}}) == load_policy({"accuracy": {"at_least": 0.9}})
    assert load_policy({"top1": {"level": "warn"}}).accuracy.at_least == load_policy().accuracy.at_least
    assert load_policy({"floor": 0.6, "top1": {"level": "warn"}}).accuracy.at_least == 0.6


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"top1": {}, "accuracy": {}}, "one rule under an older and a newer name"),
        ({"nll": {"at_most": 0.5, "level": "gate"}}, "no gate can rest on nll"),
        ({"regression": {"metric": "auroc"}}, "no regression can rest on auroc"),
        ({"auroc": {"at_least": 80}}, "auroc.at_least: wanted less than or equal to 1, got 80"),
    ],
)
def test_what_a_policy_cannot_ask_is_one_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError) as refused:
        load_policy(given)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_scores_that_nobody_names_are_not_asked_and_not_spelled_out() -> None:
    assert not {"macro_f1", "auroc", "nll"} & {one.name for one in questions(load_policy())}
    assert not {"macro_f1", "auroc", "nll"} & set(load_policy().resolved())
    named = load_policy({"macro_f1": {"at_least": 0.7}, "nll": {"at_most": 1}})
    assert {"macro_f1", "nll"} <= {one.name for one in questions(named)}
    assert load_policy(named.resolved()) == named
    assert (named.macro_f1.level, named.nll.level) == ("gate", "warn")
    assert load_policy({"macro_f1": {"level": "off"}}) == load_policy({})


@pytest.mark.parametrize(("right", "status"), [(200, "fail"), (320, "cannot tell"), (390, "pass")])
def test_macro_f1_is_held_by_its_own_interval(right: int, status: str) -> None:
    made = evidence(400, right, policy=policy(macro_f1={"at_least": 0.8}))
    check = asked(made, "macro_f1")
    wanted = sklearn.f1_score(made.labels, made.clean.answers, average="macro")
    assert check.value == pytest.approx(wanted)
    assert (check.status, check.gates, check.relation, check.n) == (status, True, "at least", 400)
    assert check.low is not None
    assert check.high is not None
    assert check.low < wanted < check.high


def test_a_class_of_few_images_takes_the_decision_from_it() -> None:
    labels = np.array([0] * 90 + [1] * 4)
    made = evidence(
        data=replace(side(94), labels=labels), clean=seen(labels, 40), n=94, policy=policy(macro_f1={"at_least": 0.9})
    )
    check = asked(made, "macro_f1")
    assert (check.status, check.gates) == ("cannot tell", True)
    assert "a class has fewer than 5 images, so no gate can rest on it" in check.reason
    warned = replace(made, policy=policy(macro_f1={"at_least": 0.9, "level": "warn"}))
    assert (asked(warned, "macro_f1").status, asked(warned, "macro_f1").gates) == ("warn", False)


def test_auroc_of_more_classes_cannot_be_told_and_the_likelihood_only_warns() -> None:
    rules = policy(auroc={"at_least": 0.8}, nll={"at_most": 0.001})
    made = evidence(400, 200, policy=rules)
    area, likelihood = asked(made, "auroc"), asked(made, "nll")
    assert (area.status, area.reason) == ("cannot tell", "auroc ranks the images of two classes, got 4 classes")
    assert (likelihood.status, likelihood.gates, likelihood.relation) == ("warn", False, "at most")
    assert "nats" in likelihood.reason
