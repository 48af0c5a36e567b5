"""A check of one's own is asked, decides as the policy says, and stands on the page with all it says."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from shiftprobe.api import audit
from shiftprobe.auditing.checks import QUESTIONS, Question
from shiftprobe.auditing.checks.base import begun, rule_of
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.policy import AtLeast, load_policy
from shiftprobe.core.errors import NotAvailableError, SpecError, UnknownNameError
from shiftprobe.report.audit.page import write_audit

DATA = [(np.random.default_rng(i).integers(0, 256, (8, 8)).astype(np.uint8), i % 3) for i in range(30)]


def ask(evidence: AuditEvidence) -> Part:
    if len(evidence.data) < 5:
        raise NotAvailableError("wanted 5 images")
    rule = rule_of(evidence.policy, QUESTIONS["spread"])
    assert isinstance(rule, AtLeast)
    check = begun("spread", "answers that are spread out", evidence="#classes")
    said = "answers take 40 % of the classes"
    return Part(checks=(decided(check, rule, (0.4, 0.3, 0.5, 30), ("at least", rule.at_least), said),))


@pytest.fixture(autouse=True)
def spread() -> Iterator[Question]:
    question = Question(name="spread", title="spread", ask=ask, rule=AtLeast(at_least=0.2, level="warn"))
    yield QUESTIONS.add(question)
    del QUESTIONS._items["spread"]


def audited(out: Path, **own: object) -> Path:
    nn.init.constant_((head := nn.Linear(64, 3)).weight, 0.1)
    policy = {"shifts": [], "repairs": False, "images": 30, **({"own": own} if own else {})}
    return audit(nn.Sequential(nn.Flatten(), head), DATA, classes=["a", "b", "c"], policy=policy, out=out).path


def test_it_stands_on_the_page_with_title_verdict_interval_and_reason(tmp_path: Path) -> None:
    page = (audited(tmp_path) / "report.html").read_text()
    row = re.search(r"<tr id=\"c\d+\">(?:(?!</tr>).)*Answers that are spread out.*?</tr>", page, re.DOTALL)
    assert row is not None
    for said in ("PASS", "40.0 %", "30.0 to 50.0, n = 30", "at least 20 %", "take 40 %"):
        assert said in row[0]


def test_it_may_name_a_section_which_then_tells_it(tmp_path: Path, spread: Question) -> None:
    folder = audited(tmp_path)
    QUESTIONS._items["spread"] = replace(spread, section="data")
    page = write_audit(folder).read_text()
    assert "take 40 %" in page[page.index('<section id="data"') : page.index('<section id="checkpoint"')]
    del QUESTIONS._items["spread"]  # as where the plugin is not installed: then what the file says counts
    page = write_audit(folder).read_text()
    assert "take 40 %" in page[page.index('<section id="classes"') : page.index('<section id="data"')]
    QUESTIONS.add(spread)


def test_the_policy_decides_what_it_is_worth(tmp_path: Path) -> None:
    found = (audited(tmp_path, spread={"level": "gate", "at_least": 0.9}) / "verdicts.json").read_text()
    assert re.search(r'"name": "spread",\s+"p": null,\s+"p_holm": null,\s+"power": null,', found)
    assert '"status": "fail"' in found[found.index("answers take 40 %") :][:200]
    rule = rule_of(load_policy({"own": {"spread": {"level": "off"}}}), QUESTIONS["spread"])
    assert rule == AtLeast(at_least=0.2, level="off")


def test_a_rule_of_no_check_and_one_that_is_none_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no check named 'spraed'; did you mean 'spread'"):
        audited(tmp_path / "a", spraed={"level": "gate"})
    with pytest.raises(SpecError, match=r"policy: own\.spread: unknown key at_lest; did you mean 'at_least'"):
        audited(tmp_path / "a", spread={"at_lest": 0.1})
    assert not (tmp_path / "a").exists()


def test_a_policy_without_own_rules_is_told_as_before() -> None:
    assert "own" not in load_policy().resolved()
    assert load_policy({"own": {"spread": {}}}).resolved()["own"] == {"spread": {}}
