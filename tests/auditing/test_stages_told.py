"""What a bar is told of the checks: those that look at images again are stages of their own, and the order is kept."""

from typing import Any

import pytest
from tests.auditing.made_up import evidence, policy

from shiftprobe.auditing import perform
from shiftprobe.auditing.checks.base import Question, begun, questions
from shiftprobe.auditing.model import Part


class Told:
    """A monitor that keeps each stage: its name, its steps, and how many were done."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int, int]] = []

    def begin(self, what: str, total: int) -> None:
        self.stages.append((what, total, 0))

    def step(self) -> None:
        what, total, done = self.stages[-1]
        self.stages[-1] = (what, total, done + 1)


def answered(question: Question, _: Any) -> Part:
    return Part(checks=(begun(question.name, question.title),))


def test_what_looks_again_is_a_stage_of_its_own_and_the_order_is_that_of_the_policy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(perform, "answer", answered)
    told, rules = Told(), policy()
    found = perform.answers(evidence(40, 30, policy=rules), told)
    names = [one.name for one in questions(rules)]
    quick = len(names) - 2
    assert told.stages == [("checks", quick, quick), ("preprocessing", 1, 1), ("attribution", 1, 1)]
    assert [part.checks[0].kind for part in found] == names
