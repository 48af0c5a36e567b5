"""What an audit hands to CI systems and people: the mapping of every status, the same text for the same verdicts."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt
from tests.auditing.reading_xml import elements, parsed
from tests.report.fake_audit import typed, verdicts
from tests.report.fake_checks import Plain, check
from tests.report.hostile_audit import hostile

from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import (
    card,
    github,
    junit,
    model_index,
    pretty,
    repair_words,
    sarif,
    step_summary,
    wording,
)
from shiftprobe.auditing.types import Check

ALL: tuple[Callable[[Verdicts], str], ...] = (card, github, junit, model_index, pretty, sarif, step_summary)


def only(*checks: Plain, status: str = "pass", code: int = 0) -> Plain:
    return {**verdicts(), "checks": list(checks), "status": status, "exit_code": code, "sentence": "So it is."}


def cases(text: str) -> dict[str, list[str]]:
    """By name of the check, the elements inside its test case."""
    found = {}
    for case in parsed(text).getElementsByTagName("testcase"):
        inside = [one.tagName for one in elements(case)]
        found[case.getAttribute("name").rpartition("[")[2].rstrip("]")] = inside
    return found


@pytest.mark.parametrize("make", ALL)
def test_the_same_verdicts_give_the_same_text_and_nothing_is_changed_in_them(make: Callable[[Verdicts], str]) -> None:
    found = typed(verdicts())
    assert make(found) == make(typed(verdicts()))
    assert found == typed(verdicts())


def test_none_of_them_loads_torch() -> None:
    code = "import sys, shiftprobe.auditing.outputs, shiftprobe.report.audit.page; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("status", "gates", "inside", "kind"),
    [
        ("fail", True, "failure", "threshold"),
        ("cannot tell", True, "failure", "inconclusive"),
        ("cannot tell", False, "skipped", "cannot tell"),
        ("warn", False, "system-out", ""),
        ("pass", True, "system-out", ""),
        ("not done", False, "skipped", "not done"),
        ("not done", True, "skipped", "not done"),
    ],
)
def test_every_status_has_its_place_in_junit(status: str, gates: bool, inside: str, kind: str) -> None:
    text = junit(typed(only(check("accuracy", status, 0.5, gates=gates))))
    assert cases(text) == {"accuracy": [inside]}
    assert parsed(text).getElementsByTagName(inside)[0].getAttribute("type") == kind


def test_junit_counts_what_it_holds_and_fails_exactly_when_the_audit_does() -> None:
    root = parsed(junit(typed(verdicts())))
    suite = root.getElementsByTagName("testsuite")[0]
    for one in (root, suite):
        assert (
            one.getAttribute("tests")
            == str(len(one.getElementsByTagName("testcase")))
            == str(len(verdicts()["checks"]))
        )
        assert one.getAttribute("failures") == str(len(one.getElementsByTagName("failure"))) == "2"
        assert one.getAttribute("errors") == "0"
    assert suite.getAttribute("skipped") == str(len(suite.getElementsByTagName("skipped"))) == "2"
    passed = [one for one in verdicts()["checks"] if one["status"] not in {"fail", "cannot tell"}]
    assert "<failure" not in junit(typed(only(*passed)))


def test_junit_is_what_readers_of_the_format_ask_for() -> None:
    """The rules that the schemas of Jenkins and of Ant share: names, order of elements, required attributes."""
    root = parsed(junit(typed(verdicts())))
    assert root.tagName == "testsuites"
    (suite,) = elements(root)
    inside = [one.tagName for one in elements(suite)]
    assert inside == ["properties", *["testcase"] * (len(inside) - 2), "system-out"]
    names = [one.getAttribute("name") for one in suite.getElementsByTagName("testcase")]
    assert len(set(names)) == len(names)
    for one in suite.getElementsByTagName("testcase"):
        assert set(dict(one.attributes.items())) == {"classname", "name"}
    for one in suite.getElementsByTagName("property"):
        assert set(dict(one.attributes.items())) == {"name", "value"}


JUNIT_10 = {  # by element: attributes that it may have (those that it must have, marked), and what may stand inside
    "testsuites": ("name time tests failures errors", "testsuite"),
    "testsuite": (
        "name! tests! failures! errors! group time skipped timestamp hostname id package file log url",
        "testsuite properties testcase system-out system-err",
    ),
    "properties": ("", "property"),
    "property": ("name! value!", ""),
    "testcase": (
        "name! time classname group",
        "skipped error failure rerunFailure rerunError flakyFailure flakyError system-out system-err",
    ),
    "failure": ("type message", ""),
    "error": ("type message", ""),
    "skipped": ("type message", ""),
    "system-out": ("", ""),
    "system-err": ("", ""),
}


@pytest.mark.parametrize("make", [verdicts, hostile])
def test_junit_keeps_to_the_schema_of_jenkins(make: Callable[[], Plain]) -> None:
    """What `junit-10.xsd` of Jenkins's xUnit plugin says of elements and attributes; every value there is text."""
    root = parsed(junit(typed(make())))
    for one in (root, *root.getElementsByTagName("*")):
        attributes, inside = (text.split() for text in JUNIT_10[one.tagName])
        told = set(dict(one.attributes.items()))
        assert told <= {name.rstrip("!") for name in attributes}
        assert told >= {name.rstrip("!") for name in attributes if name.endswith("!")}
        assert {child.tagName for child in elements(one)} <= set(inside)


def test_annotations_stand_in_order_with_the_level_of_their_status() -> None:
    lines = github(typed(verdicts())).splitlines()
    levels = [line.split(" ")[0].lstrip(":") for line in lines]
    assert levels == ["error"] * 3 + ["warning"] * 5 + ["notice"]
    assert lines[0].startswith("::error title=shiftprobe audit of digits%3A FAIL::FAIL: 1 of 9 gates fails")
    assert "31.2 %25" in lines[1]
    assert github(typed(only(check("accuracy", "pass", 0.9)))).startswith(
        "::notice title=shiftprobe audit of digits%3A PASS::"
    )


def test_more_annotations_than_github_shows_are_counted() -> None:
    many = [check(f"severity:s{i}", "warn", 0.1) for i in range(30)]
    lines = [line for line in github(typed(only(*many))).splitlines() if line.startswith("::warning")]
    assert len(lines) == 9
    assert lines[-1].endswith("::22 more stand in the summary of this step")


def test_a_cannot_tell_gate_is_an_error_because_the_step_ends_with_one() -> None:
    found = github(typed(only(check("accuracy", "cannot tell", 0.8, gates=True), status="cannot tell", code=3)))
    assert [line.split(" ")[0] for line in found.splitlines()] == ["::error", "::error"]


def rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def test_the_summary_holds_every_check_failed_first_and_folds_what_passed() -> None:
    html = rendered(step_summary(typed(verdicts())))
    assert html.startswith("<h3>✕ FAIL: digits</h3>")
    rows = html.count("<tr>") - html.count("<thead>")
    assert rows == len(verdicts()["checks"])
    assert (
        html.index("Accuracy on digits:uci")
        < html.index("<summary>12 passed, 1 not done</summary>")
        < html.index(">Accuracy<")
    )
    assert verdicts()["command"] in html


def test_the_card_fits_a_page_and_says_what_was_asked() -> None:
    text = card(typed(verdicts()))
    assert len(text.encode()) <= 6000
    html = rendered(text)
    for said in (
        "✕ FAIL",
        "small_cnn",
        "digits:uci, 800 images with labels",
        "95 %",
        "severity 0.75",
        "38 % of the time",
    ):
        assert said in html
    assert "0f" * 32 in html


def test_a_card_of_a_hundred_checks_still_fits_and_counts_the_rest() -> None:
    many = [check(f"severity:{'s' * 200}{i}", "fail", 0.1, reason="r" * 900, fix="f" * 900) for i in range(100)]
    text = card(typed({**only(*many, status="fail", code=1), "sentence": "s" * 3000, "command": "c" * 3000}))
    assert len(text.encode()) <= 6000
    left = int(re.search(r"(\d+) more \((\d+) failed\) stand in report.html", text)[1])  # type: ignore[index]
    assert left + text.count("✕ FAIL |") == 100


def test_the_terminal_reads_failed_first_within_its_columns() -> None:
    lines = pretty(typed(verdicts())).splitlines()
    assert max(map(len, lines)) <= 96
    heads = [line for line in lines if line[:1].strip() and line[1:2] == " "]
    assert [line[2:13].strip() for line in heads[:4]] == ["FAIL", "CANNOT TELL", "CANNOT TELL", "WARN"]
    text = pretty(typed(verdicts()))
    assert "With 800 images this gate misses a 3-point loss 38 % of the time" in " ".join(text.split())
    assert "needs no labels" in text
    assert "not tried: no alternative was better" in text
    assert lines[-1] == "1 failed, 2 cannot tell, 5 warned, 12 passed, 1 not done"


def test_a_number_stays_with_its_unit_at_the_end_of_a_line() -> None:
    lines = pretty(typed(only(check("accuracy", "fail", 0.5, reason="70 % " * 60)))).splitlines()
    assert not any(line.endswith("70") for line in lines)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.312, "fraction", "31.2 %"), (-0.0001, "fraction", "0.0 %"), (0.057, "points", "+5.7 points"),
        (-0.02, "points", "\N{MINUS SIGN}2.0 points"),
        (0.42, "dose", "dose 0.42"), (1.08, "ratio", "1.08"), (1204.0, "count", "1,204"),
    ],
)  # fmt: skip
def test_numbers_carry_their_unit(value: float, unit: str, said: str) -> None:
    assert wording.number(value, unit) == said


def test_a_value_says_what_it_rests_on_and_a_missing_one_is_no_number() -> None:
    made = typed(only(check("accuracy", "fail", 0.312), check("mce", "not done", threshold=None))).checks
    assert wording.amount(made[0]) == "31.2 % (28.2 to 34.2, n = 800)"
    assert wording.wanted(made[0]) == "at least 70 %"
    assert (wording.amount(made[1]), wording.wanted(made[1])) == ("n/a", "")


def test_keys_of_a_later_version_are_left_out() -> None:
    data = only({**check("accuracy", "pass", 0.9), "new": 1})
    assert [type(one) for one in typed(data).checks] == [Check]


def test_a_repair_without_a_gain_says_why() -> None:
    repair = Repair(name="bn_adapt", title="it", before=0.5, reason="no batch norm", labels=1)
    assert repair_words.repaired(repair) == "not tried: no batch norm"
    assert repair_words.needs(repair) == "needs 1 label"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accuracy on digits", "Accuracy on digits"), ("digits:mnist: 400 of", "digits:mnist: 400 of"), ("", ""),
        ("--mean 0.5", "--mean 0.5"), ("70 % of them", "70 % of them"), ("mCE is", "mCE is"),
        ("re-estimating it", "Re-estimating it"),
        ("<b>bold</b>", "<b>bold</b>"),
    ],
)  # fmt: skip
def test_a_sentence_begins_large_and_a_name_keeps_its_letters(text: str, said: str) -> None:
    assert wording.upper(text) == said


def test_what_gates_can_see_is_said_once_with_the_gates_it_is_about() -> None:
    power = {
        "loss": 0.03,
        "images": 9,
        "missed": 0.5,
        "wanted": 0.2,
        "needed": None,
        "sentence": "with 9 images it sees little",
    }
    many = [check(f"severity:s{i}", "pass", 0.9, power=power) for i in range(3)]
    warns = check("drift", "warn", 0.9, power={**power, "sentence": "not about a gate"})
    made = wording.powers(typed(only(*many, warns)).checks)
    assert made == ["Severity under s0 (and 2 others): with 9 images it sees little"]
