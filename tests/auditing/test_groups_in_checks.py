"""Checks of an audit whose images come in groups: each counts draws, or says that it does not and only warns."""

from dataclasses import replace

import numpy as np
import pytest
from tests.auditing.made_up import SHIFTS, evidence, labels_of, policy, seen, side, subject

from shiftprobe.auditing.advice import Looked
from shiftprobe.auditing.checks import QUESTIONS
from shiftprobe.auditing.checks.base import answer, by_images
from shiftprobe.auditing.checks.base import begun as begin
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.limits import limits
from shiftprobe.auditing.model import Measurements
from shiftprobe.auditing.request import request
from shiftprobe.auditing.types import Check

COUNTED = (
    "balanced_accuracy", "worst_class", "worst_group", "break_point", "calibration", "overconfidence", "risk_coverage",
    "corruption_error", "accuracy", "severity",
)  # fmt: skip
RULES = policy(
    balanced_accuracy={"at_least": 0.5, "level": "gate"},
    worst_class={"at_least": 0.3, "level": "gate"},
    worst_group={"at_least": 0.3},
    break_point={"at_least": 0.5, "level": "gate"},
    calibration={"at_most": 0.5, "level": "gate"},
    overconfidence={"at_most": 0.5, "level": "gate"},
    risk_coverage={"error": 0.4, "reject_at_most": 0.9, "level": "gate"},
    corruption_error={"at_most": 2.0, "level": "gate", "reference": {SHIFTS[0]: (0.5, 0.5, 0.5)}},
    class_order={"at_most": 0.5},
)


def made(groups: int | None, n: int = 960) -> AuditEvidence:
    """Of 12 images in a row all are right, one time in 12 all wrong; images of a group stand in a row."""
    right = np.arange(n) // 12 % 12 != 5
    data = side(n, groups=["day"] * n)
    if groups is not None:
        data = replace(data, clusters=np.arange(n) // (n // groups))
    whole = evidence(n, n, data=data, policy=RULES)
    answers = seen(labels_of(n), right.tolist())
    return replace(whole, clean=answers, dial=dict.fromkeys(whole.dial, answers))


def asked(name: str, groups: int | None) -> Check:
    return answer(QUESTIONS[name], made(groups)).checks[0]


@pytest.mark.parametrize("name", COUNTED)
def test_a_check_counts_groups(name: str) -> None:
    alone, found = asked(name, None), asked(name, 80)
    assert found.value == pytest.approx(alone.value)
    assert found.gates
    assert (alone.status, found.status) == ("pass", "pass")
    if found.unit != "dose":
        assert (found.low, found.high) != (alone.low, alone.high)
    assert "groups" in found.reason
    assert "groups" not in alone.reason


@pytest.mark.parametrize("name", COUNTED)
def test_a_check_over_few_groups_cannot_tell(name: str) -> None:
    found = asked(name, 8)
    assert found.status == "cannot tell"
    assert "ewer than 10" in found.reason


def test_a_check_that_counts_images_says_so_and_only_warns() -> None:
    alone, found = asked("class_order", None), asked("class_order", 80)
    assert alone.gates
    assert not found.gates
    assert found.reason == f"{alone.reason}; images that belong together count as independent here, so it only warns"
    failed = by_images(replace(begin("drift", "harm"), status="fail", gates=True, reason="harm 9 points"))
    assert (failed.status, failed.gates) == ("warn", False)
    skipped = replace(begin("drift", "harm"), status="not done", gates=True, reason="no target")
    assert by_images(skipped) == skipped


def test_every_question_counts_groups_or_says_that_it_does_not() -> None:
    counts = {name for name in QUESTIONS if QUESTIONS[name].counts_groups}
    ours = {"preprocessing", "class_order", "attribution", "label_shift", "drift"}
    assert counts >= {*COUNTED, "target", "regression", "skipped", "transfer"}
    assert not counts & ours


def test_a_target_is_worse_by_its_groups() -> None:
    whole = made(80)
    labels, there = labels_of(960), replace(side(960, name="folder:new"), clusters=np.arange(960) // 12)
    right = (np.arange(960) // 12 % 4 > 0) & (np.arange(960) // 12 % 12 != 5)
    target = replace(whole, target=there, on_target=seen(labels, right.tolist()))
    (check,) = answer(QUESTIONS["target"], target).checks
    assert "25.0 points less than on the data (11.5 to 37.8)" in check.reason
    assert check.power is None
    few = replace(target, target=replace(there, clusters=np.arange(960) // 120))
    (check,) = answer(QUESTIONS["target"], few).checks
    assert "points less" not in check.reason


def test_the_mark_says_what_counts_images() -> None:
    data = made(80).data
    looked = Looked(data=data, target=None, request=request("m.pt", "folder:photos"))
    (mark,) = limits((), "pass", looked, subject(), Measurements())
    assert mark.label == "80 groups of images"
    assert "say so and only warn" in mark.text
