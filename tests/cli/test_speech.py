"""Whatever a folder holds, a line on the terminal moves no cursor and paints no link."""

import pytest
from tests.why.made_up import HELPS, summed

from shiftprobe.cli.terminal import tables
from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.core.escape import printable, visible


def test_lines_stay_lines_and_everything_else_is_visible(capsys: pytest.CaptureFixture[str]) -> None:
    say("two\nlines \x1b[2J\u202eé ±1 \ud800")
    tell("\r\x07")
    said = capsys.readouterr()
    assert said.out == "two\nlines \\x1b[2J\\u202eé ±1 \\ud800\n"
    assert said.err == "\\r\\x07\n"


def test_what_is_printable_is_left_alone() -> None:
    text = "".join(chr(i) for i in range(32, 127)) + "é漢🙂"
    assert visible(text) == printable(text) == text


def test_arms_are_no_markup_of_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    from dataclasses import replace

    _, summary = summed([row for one in HELPS for row in one])
    arms = ("[link=https://example.org]x[/link]", "[/bold]")
    tables.show(replace(summary, arms=arms))
    shown = capsys.readouterr().out
    assert "[/bold]" in shown
    assert "\x1b" not in shown
