"""One cause, one alarm, in every output; and what was tried is not called untried."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.auditing.reading_xml import parsed
from tests.auditing.test_outputs import cases
from tests.report.fake_audit import typed, verdicts
from tests.report.fake_checks import Plain, check

from shiftprobe.auditing.estimate.methods import METHODS
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import card, github, junit, pretty, repair_words, step_summary, wording
from shiftprobe.auditing.types import Check, Note
from shiftprobe.auditing.verdicts_file import read, to_bytes
from shiftprobe.report.audit import checks as section
from shiftprobe.report.audit import rows
from shiftprobe.results.marks import Mark

SHIFTS = ("fog", "jpeg", "contrast")


def caused() -> Plain:
    """Preprocessing proven wrong, four gates and a warning that it explains, one gate of its own."""
    found = verdicts()
    found["checks"] = [
        check(
            "preprocessing", "warn", 0.54, unit="points", fix="audit again with `--mean 0.5`", title="Gain elsewhere"
        ),
        check("skipped", "fail", 0.2),
        check("accuracy", "fail", 0.29, explained_by="preprocessing", fix=""),
        *(check(f"severity:{name}", "fail", 0.2, explained_by="preprocessing", fix="") for name in SHIFTS),
        check("calibration", "warn", 0.4, explained_by="preprocessing", fix=""),
        check("class_order", "pass", 0.0),
    ]
    found["marks"] = [{"kind": "few_test_images", "text": "60 of 378 images", "label": "", "arms": []}]
    return found


@pytest.fixture(scope="module")
def audit() -> Verdicts:
    return typed(caused())


def test_the_terminal_counts_below_the_cause_what_it_explains(audit: Verdicts) -> None:
    text = " ".join(pretty(audit).split())
    assert "✕ CAUSE Gain elsewhere" in text
    assert "4 further gates fail and 1 further check warns for the same reason: Accuracy 29.0 %" in text
    assert text.count("✕ FAIL") == 1  # that of the files
    assert text.index("CAUSE") < text.index("FAIL", text.index("CAUSE"))
    assert "Of 6 gates 5 (4 of them for the cause of another) failed" in text
    assert text.endswith("5 failed, 2 warned, 1 passed")
    assert "[few test images] 60 of 378 images." in text


def test_a_family_tells_its_reason_and_its_way_out_once() -> None:
    family = [check(f"severity:{name}", "fail", 0.2, fix="train") for name in SHIFTS]
    found = typed({**verdicts(), "checks": [*family, check("accuracy", "fail", 0.2, fix="train")]})
    assert re.findall(r"How to fix: (.*)", pretty(found)) == ["Train", "as above"]
    assert pretty(found).count("was looked at") == 2
    assert pretty(found).count("20.0 % (17.0 to 23.0, n = 800)") == 4


def test_the_page_puts_a_family_of_one_way_out_into_one_card() -> None:
    family = [check(f"severity:{name}", "fail", 0.2, fix="train") for name in SHIFTS]
    other = check("severity:darken", "cannot tell", 0.7, gates=True, fix="add images")
    cards = section.section(typed({**verdicts(), "checks": [*family, other]}).checks, ()).open
    assert [[one.part for one in card.members] for card in cards] == [list(SHIFTS), []]


def test_a_note_that_a_mark_or_the_terminal_tells_already_is_not_told_again() -> None:
    noted, marked, left = (Note(about="data", text=one) for one in ("read so", "turned so", "drawn so"))
    mark = Mark(kind="reader_guessed", text="turned so; accuracy is 92.5 %")
    found = replace(typed(verdicts()), notes=(noted, marked, left), marks=(mark,))
    said = pretty(found, [noted])
    assert [said.count(one.text) for one in (noted, marked, left)] == [0, 1, 1]


def test_a_cause_that_does_not_gate_fails_in_junit_for_the_gates_that_it_explains(audit: Verdicts) -> None:
    inside = cases(junit(audit))
    assert [name for name, found in inside.items() if found == ["failure"]] == ["preprocessing", "skipped"]
    assert all(inside[name] == ["skipped"] for name in ("accuracy", "severity:fog", "calibration"))
    failure = parsed(junit(audit)).getElementsByTagName("failure")[0]
    assert failure.getAttribute("type") == "cause"
    assert "4 further gates fail" in failure.getAttribute("message")
    assert parsed(junit(audit)).getAttribute("tests") == "8"


def test_github_annotates_a_cause_once_as_an_error(audit: Verdicts) -> None:
    lines = github(audit).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 3  # the verdict, the cause, the files
    assert "4 further gates fail and 1 further check warns for the same reason" in lines[1]
    assert "[few test images]" in lines[0]


@pytest.mark.parametrize("make", [card, step_summary])
def test_markdown_says_how_many_share_the_cause(audit: Verdicts, make: object) -> None:
    text = make(audit)  # type: ignore[operator]
    assert "4 further gates fail and 1 further check warns for the same reason" in text
    assert "**few test images**" in text


def test_the_page_folds_them_into_the_card_of_the_cause(audit: Verdicts) -> None:
    found = section.section(audit.checks, ())
    assert [one.check.name for one in found.open] == ["preprocessing", "skipped"]
    assert [one.check.name for one in found.open[0].shares] == [
        "accuracy",
        *(f"severity:{one}" for one in SHIFTS),
        "calibration",
    ]
    assert found.open[0].word == "CAUSE"
    assert found.finding.startswith(wording.gates(audit.checks))


def test_terminal_and_page_count_the_same(audit: Verdicts) -> None:
    last = pretty(audit).splitlines()[-1]
    assert section.finding(audit.checks).endswith(f"All checks: {last}.")


def test_a_file_keeps_causes_and_marks_and_older_ones_have_none(audit: Verdicts) -> None:
    again = read(to_bytes(audit), Path("verdicts.json"))
    assert again == audit
    assert again.checks[2].explained_by == "preprocessing"
    assert again.marks == (Mark(kind="few_test_images", text="60 of 378 images"),)
    older = typed(verdicts())
    assert {one.explained_by for one in older.checks} == {""}
    assert older.marks == ()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("re-estimating changes 93.3 % of the answers", "changes 93.3 % of the answers"),
        ("tried, and it has no answer: none is best", "tried, and it has no answer: none is best"),
        ("", "not tried: no labels"),
    ],
)
def test_what_was_tried_is_not_called_untried(what: str, said: str) -> None:
    assert repair_words.repaired(Repair(name="it", title="re-estimating", what=what, reason="no labels")) == said


def test_a_method_of_an_estimate_has_words_by_the_name_it_goes_by() -> None:
    assert set(rows.METHODS) == set(METHODS)


def test_only_open_checks_have_a_cause() -> None:
    one = Check(name="a", kind="a", title="a", status="fail", gates=True, reason="so")
    assert wording.alarms(one, [one])
    assert not wording.alarms(
        Check(name="b", kind="b", title="b", status="fail", gates=True, reason="so", explained_by="a"), [one]
    )
