import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftprobe.core.escape import escape


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain Ünïcode 漢字", "plain Ünïcode 漢字"),
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("two\nlines\r", r"two\nlines\r"),
        ("gpj.\u202egnp", r"gpj.\u202egnp"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        (os.fsdecode(b"caf\xe9.png"), r"caf\xe9.png"),
        ("\ud800", r"\ud800"),
        ("\u2028", r"\u2028"),
        (12, "12"),
    ],
)
def test_shows_what_cannot_be_printed_as_an_escape(foreign: object, shown: str) -> None:
    assert escape(foreign) == shown


@given(st.text(st.characters(), max_size=400), st.integers(3, 150))
def test_is_printable_encodable_and_short_whatever_comes(text: str, limit: int) -> None:
    shown = escape(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    shown.encode("utf-8")


def test_keeps_both_ends_of_what_is_too_long() -> None:
    assert escape("/data/" + "x" * 5000 + "/cat.png", 20) == "/data/xxxx…x/cat.png"
    assert escape("x" * 120) == "x" * 120
