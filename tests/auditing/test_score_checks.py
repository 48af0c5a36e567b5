"""Scores in policies: their names, what they decide, what they refuse."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sklearn
from tests.auditing.made_up import CLASSES, evidence, policy, seen, side

from shiftprobe.auditing.check_scores import check_scores
from shiftprobe.auditing.checks.base import QUESTIONS, answer, questions
from shiftprobe.auditing.evidence import AuditEvidence, Baseline, Paired
from shiftprobe.auditing.policy import load_policy
from shiftprobe.auditing.policy_costs import read_costs
from shiftprobe.auditing.types import Check, Predictions
from shiftprobe.core.errors import SpecError
from shiftprobe.metrics import clopper_pearson


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
        ({"severity": {"metric": "macro_f1"}}, "no binomial test can rest on macro_f1"),
        ({"target": {"metric": "nll"}}, "name another (top1, top5)"),
        ({"break_point": {"metric": "top3"}}, "no score called top3"),
        ({"cost": {"matrix": {"ant": {"bee": -1}}}}, "cost.matrix.ant.bee: wanted greater than or equal to 0"),
        ({"cost": {"matrix": "nowhere.csv"}}, "no file nowhere.csv; give the path beside the policy"),
        ({"auroc": {"at_least": 80}}, "auroc.at_least: wanted less than or equal to 1, got 80"),
    ],
)
def test_what_a_policy_cannot_ask_is_one_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError) as refused:
        load_policy(given)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_scores_that_nobody_names_are_not_asked_and_not_spelled_out() -> None:
    assert not {"macro_f1", "auroc", "nll", "top5", "cost"} & {one.name for one in questions(load_policy())}
    assert not {"macro_f1", "auroc", "nll", "top5", "cost"} & set(load_policy().resolved())
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


EIGHT = tuple("abcdefgh")


def ranked(labels: np.ndarray, ranks: np.ndarray) -> Predictions:
    """Answers among which the right class has a given place, from 0."""
    logits = -np.tile(np.arange(8.0), (len(labels), 1))
    for i, (label, rank) in enumerate(zip(labels, ranks, strict=True)):
        logits[i] = np.roll(logits[i], label - rank)
    return Predictions(logits=logits.astype(np.float32))


def of_eight(near: int, **rules: Any) -> AuditEvidence:
    """So many of 400 images have their class among five answers, some of them as the first."""
    labels = np.arange(400) % 8
    ranks = np.where(np.arange(400) < 150, 0, np.where(np.arange(400) < near, 4, 5))
    answers = ranked(labels, ranks)
    whole = evidence(400, 400, policy=policy(**rules))
    return replace(
        whole,
        subject=replace(whole.subject, classes=EIGHT),
        data=replace(side(400), labels=labels),
        clean=answers,
        dial=dict.fromkeys(whole.dial, answers),
    )


@pytest.mark.parametrize(("near", "status"), [(390, "pass"), (362, "cannot tell"), (300, "fail")])
def test_top_5_is_an_exact_gate(near: int, status: str) -> None:
    check = asked(of_eight(near, top5={"at_least": 0.9}), "top5")
    assert (check.status, check.gates, check.value, check.title) == (
        status, True, near / 400, "top-5 accuracy on folder:photos",
    )  # fmt: skip
    assert (check.low, check.high) == pytest.approx(clopper_pearson(near, 400))


def test_gates_under_shifts_and_on_a_target_count_what_the_policy_says() -> None:
    rules = {name: {"at_least": 0.8, "metric": "top5"} for name in ("severity", "break_point", "target")}
    made = of_eight(380, **rules)
    made = replace(made, target=made.data, on_target=made.clean)
    for name in rules:
        part = answer(QUESTIONS[name], made)
        assert {one.status for one in part.checks} == {"pass"}, name
        plain = of_eight(380, **{name: {"at_least": 0.8}})
        assert asked_all(replace(plain, target=made.data, on_target=made.clean), name) <= {"fail", "warn"}
    assert answer(QUESTIONS["severity"], made).checks[0].title.startswith("top-5 accuracy under fog")
    dials = answer(QUESTIONS["break_point"], made).shown.dials
    assert dials["fog"].metric == "top5"
    unlabelled = replace(made, target=replace(side(400), labels=None))
    assert "top-1 accuracy alone is estimated" in asked(unlabelled, "target").reason


def asked_all(made: AuditEvidence, name: str) -> set[str]:
    return {one.status for one in answer(QUESTIONS[name], made).checks}


def test_a_regression_in_top_5_pairs_top_5() -> None:
    rights = np.arange(400) < 395
    other = Baseline(name="old", fingerprint="0", sides={"data": Paired(right=rights, index=np.arange(400), lost=0)})
    made = replace(of_eight(392, regression={"metric": "top5", "margin": 0.03}), baseline=other)
    check = asked(made, "regression")
    assert check.status == "pass"
    assert check.value == pytest.approx(-3 / 400)
    assert check.title.startswith("top-5 accuracy on")


def test_what_a_head_cannot_give_is_met_before_images_are_looked_at() -> None:
    labels = np.arange(8) % 4
    asked_for: tuple[dict[str, Any], ...] = (
        {"top5": {}}, {"severity": {"metric": "top5"}}, {"regression": {"metric": "top5"}},
    )  # fmt: skip
    for rules in asked_for:
        with pytest.raises(SpecError, match="top5 needs a head of at least 6 outputs, and there are 4"):
            check_scores(policy(**rules), CLASSES, labels)
        check_scores(policy(**rules), EIGHT, labels)
    check_scores(policy(severity={"metric": "top5", "level": "off"}), CLASSES, labels)
    with pytest.raises(SpecError, match="no class called bea; did you mean 'bee'"):
        check_scores(policy(cost={"matrix": {"ant": {"bea": 2}}}), CLASSES, labels)


def test_costs_are_a_mean_by_the_policys_matrix(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("label,ant,bee,cat\nant,0,4,\ndog,9,1,1\n")
    (tmp_path / "mine.yaml").write_text("cost: {at_most: 0.3, matrix: costs.csv}\n")
    rules = load_policy(tmp_path / "mine.yaml")
    assert rules.cost.matrix == {"ant": {"ant": 0, "bee": 4}, "dog": {"ant": 9, "bee": 1, "cat": 1}}
    assert load_policy(rules.resolved()) == rules
    made = replace(evidence(400, 380), policy=rules)
    wrong = made.labels[380:]  # each says the next class
    cost = np.select([wrong == 0, wrong == 3], [4.0, 9.0], 1.0).sum() / 400
    check = asked(made, "cost")
    assert check.value == pytest.approx(cost)
    assert (check.relation, check.unit, check.gates) == ("at most", "ratio", True)
    assert "costs from 0 to 9" in check.reason
    plain = asked(evidence(400, 380, policy=policy(cost={"at_most": 0.1})), "cost")
    assert plain.value == pytest.approx(0.05)
    assert plain.status == "pass"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got lines of other lengths, or none"),
        ("label,a\nb,1,2\n", "got lines of other lengths"),
        ("label,a,a\nb,1,2\n", "a name stands there twice"),
        ("label,a\nb,dear\n", "wanted costs from 0, got dear"),
        ("label,a\nb,nan\n", "wanted costs from 0, got nan"),
    ],
)
def test_a_table_of_costs_that_is_none_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "costs.csv").write_text(text)
    with pytest.raises(SpecError) as refused:
        read_costs(tmp_path / "costs.csv")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
