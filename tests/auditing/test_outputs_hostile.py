"""Names that want to be more than text are text in every format."""

import re

import pytest
from markdown_it import MarkdownIt
from tests.auditing.reading_xml import parsed
from tests.report.fake_audit import typed, verdicts
from tests.report.fake_checks import check
from tests.report.hostile_audit import HOSTILE, hostile

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import card, github, junit, pretty, step_summary
from shiftprobe.core.escape import escape

OURS = {
    "h3",
    "h4",
    "p",
    "strong",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "ul",
    "li",
    "code",
    "pre",
    "details",
    "summary",
}


def named(text: str) -> Verdicts:
    """Verdicts in which one check, and all around it, bears this name."""
    one = {**check("accuracy", "fail", 0.1), "title": text, "reason": text, "fix": text, "name": text}
    return typed({**hostile(), "checks": [one], "name": text, "sentence": text, "command": text})


def tags(html: str) -> set[str]:
    return set(re.findall(r"</?([a-z0-9]+)", re.sub(r"<!--.*?-->", "", html)))


@pytest.mark.parametrize("text", HOSTILE)
def test_junit_is_well_formed_and_gives_the_name_back(text: str) -> None:
    made = junit(named(text))
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\u202e]", made)
    root = parsed(made)
    (case,) = root.getElementsByTagName("testcase")
    shown = escape(text, 200)
    assert case.getAttribute("name") == f"{shown} [{shown}]"
    assert case.getElementsByTagName("failure")[0].getAttribute("message") == escape(text, 600)
    assert {one.tagName for one in root.getElementsByTagName("*")} == {
        "testsuite", "properties", "property", "testcase", "failure", "system-out",
    }  # fmt: skip


def unescaped(text: str) -> str:
    """As GitHub reads a value of a workflow command."""
    for code, char in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, char)
    return text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_begins_a_command_or_ends_a_title(text: str) -> None:
    made = github(named(text))
    lines = made.splitlines()
    assert len(lines) == 2
    for line in lines:
        level, title, message = re.fullmatch(r"::(\w+) title=([^:,]*)::(.*)", line).groups()  # type: ignore[union-attr]
        assert level == "error"
        assert escape(text, 40) in unescaped(title) or escape(text, 100) in unescaped(title)
        assert not re.search(r"%(?!25|0A|0D|3A|2C)", title + message)
    assert unescaped(lines[0].split("::", 2)[2]) == escape(text, 800)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("make", [card, step_summary])
def test_markdown_holds_our_elements_alone(text: str, make: object) -> None:
    made = make(named(text))  # type: ignore[operator]
    html = str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(made))
    assert tags(html) <= OURS
    assert "\u202e" not in made
    assert "\x1b" not in made


@pytest.mark.parametrize("make", [card, step_summary])
def test_a_table_keeps_its_columns_whatever_stands_in_it(make: object) -> None:
    html = str(MarkdownIt("commonmark").enable("table").render(make(typed(hostile()))))  # type: ignore[operator]
    for table in re.findall(r"<table>.*?</table>", html, re.DOTALL):
        widths = {len(re.findall("<t[hd]", row)) for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)}
        assert widths == {4}
    assert len(make(typed(hostile())).encode()) < 200_000  # type: ignore[operator]


def test_a_hostile_card_still_fits_its_page() -> None:
    assert len(card(typed(hostile())).encode()) <= 6000


def test_nothing_moves_the_cursor_of_a_terminal() -> None:
    made = pretty(typed(hostile()))
    assert not [char for char in made if not char.isprintable() and char != "\n"]
    assert max(map(len, made.splitlines())) <= 96
    for text in HOSTILE[:3]:
        assert escape(text, 60) in made


def test_a_name_of_a_class_that_is_a_number_or_empty_is_kept() -> None:
    found = typed(verdicts(("", "0", *"23456789")))
    for make in (card, github, junit, pretty, step_summary):
        assert make(found)
