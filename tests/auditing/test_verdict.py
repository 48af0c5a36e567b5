from typing import Any

import pytest

from shiftprobe.auditing.types import Check
from shiftprobe.auditing.verdict import ordered, outcome, sentence


def check(status: Any, *, gates: bool = True, name: str = "accuracy") -> Check:
    return Check(name=name, kind=name, title=name, status=status, gates=gates, reason=f"{name} is so")


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "cannot tell"], "cannot tell"),
        (["cannot tell", "fail"], "fail"),
        (["pass", "not done"], "pass"),
        (["not done"], "cannot tell"),
        ([], "cannot tell"),
    ],
)
def test_a_failing_gate_goes_before_an_open_one_and_that_before_a_pass(statuses: list[str], word: str) -> None:
    assert outcome([check(status) for status in statuses]) == word


def test_what_does_not_gate_never_decides() -> None:
    assert outcome([check("pass"), check("warn", gates=False), check("cannot tell", gates=False)]) == "pass"


def test_the_sentence_names_what_decided_and_how_many_gates_there_were() -> None:
    said = sentence([check("pass"), check("fail", name="target"), check("warn", gates=False, name="drift")])
    assert said == "Fail: 1 of 2 gates fails: target is so."


def test_a_pass_counts_its_gates_and_warnings() -> None:
    assert sentence([check("pass"), check("pass"), check("warn", gates=False)]) == (
        "Pass: all 2 gates hold. 1 warning beside."
    )


def test_what_must_be_answered_first_stands_first() -> None:
    statuses = ["not done", "pass", "warn", "cannot tell", "fail"]
    assert [one.status for one in ordered([check(status) for status in statuses])] == statuses[::-1]
