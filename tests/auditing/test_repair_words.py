"""What makes it worse, or is not shown to help, is called so wherever repairs are told."""

from dataclasses import replace
from typing import Any

import pytest
from tests.auditing.test_outputs_whole import without

from shiftprobe.auditing.measurements import PathPoint, Repair, StreamOrders, WeightLine, WrittenRepair
from shiftprobe.auditing.model import Measurements, Verdicts
from shiftprobe.auditing.outputs import card, pretty, repair_words
from shiftprobe.auditing.verdicts_file import to_bytes
from shiftprobe.report.audit.path_chart import path_chart
from shiftprobe.report.audit.repairs import finding, repairs


def repair(name: str, gain: float | None, low: float | None, high: float | None, **more: Any) -> Repair:
    after = None if gain is None else 0.5 + gain
    before, n = (None, None) if gain is None else (0.5, 200)
    numbers = {"before": before, "after": after, "gain": gain, "low": low, "high": high, "n": n, "on": "target"}
    return Repair(name=name, title=f"the {name}", **{**numbers, **more})


FOUND = (
    repair("shrug", -0.017, -0.05, 0.02, home_gain=-0.03, home_low=-0.05, home_high=-0.01, home_n=300),
    repair("absent", None, None, None, reason="no batch norm"),
    repair("poison", -0.2, -0.26, -0.14),
    repair("cure", 0.3, 0.24, 0.36),
)


def holding(written: WrittenRepair | None = None) -> Verdicts:
    """An audit with these repairs."""
    return replace(without(), shown=Measurements(repairs=FOUND, written=written))


def plain(text: str) -> str:
    """In one line, with hyphens for minus signs."""
    return " ".join(text.split()).replace("\N{MINUS SIGN}", "-")


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(0.01, 0.2, "helps"), (0.0, 0.2, "not shown"), (-0.2, 0.0, "not shown"), (-0.2, -0.01, "harms")],
)
def test_the_interval_gives_the_word(low: float, high: float, word: str) -> None:
    assert repair("it", 0.05, low, high).verdict == word


def test_what_has_no_number_was_not_tried_or_is_not_shown() -> None:
    assert Repair(name="a", title="a", reason="no batch norm").verdict == "not tried"
    assert Repair(name="a", title="a", what="changes 12 % of the answers", n=80).verdict == "not shown"


def test_they_are_told_by_verdict_and_only_a_shown_gain_is_called_one() -> None:
    assert [one.name for one in repair_words.by_verdict(FOUND)] == ["cure", "poison", "shrug", "absent"]
    assert [one.sign.word for one in repairs(FOUND)] == ["HELPS", "HARMS", "NOT SHOWN", "NOT TRIED"]
    assert [one.kind for one in repairs(FOUND)] == ["k-pass", "k-fail", "k-none", "k-none"]
    told = {one.name: repair_words.repaired(one) for one in FOUND}
    assert "gain +30.0 points" in told["cure"]
    for name in ("shrug", "poison"):
        assert "gain" not in told[name]
        assert "change" in told[name]


def test_terminal_and_card_carry_the_word_and_the_cost_at_home() -> None:
    shown = holding()
    lines = pretty(shown)
    assert "HARMS the poison: accuracy 50.0 % → 30.0 % (change -20.0 points" in plain(lines)
    assert lines.index("HELPS") < lines.index("HARMS") < lines.index("NOT SHOWN") < lines.index("NOT TRIED")
    assert "at home -3.0 points" in plain(lines)
    table = plain(card(shown))
    assert "the poison | ✕ HARMS |" in table
    assert "-3.0 points (-5.0 to -1.0, n = 300) |" in table
    assert "the absent" not in table


def test_the_page_says_how_many_make_it_worse() -> None:
    assert "1 shown to make it worse" in finding(FOUND)
    assert "none is shown to help" in finding(FOUND[:3])


def test_the_file_holds_the_word() -> None:
    assert b'"verdict": "harms"' in to_bytes(holding())


def test_a_stream_says_what_sorting_does_and_a_line_that_there_is_no_common_beginning() -> None:
    stream = StreamOrders(orders=(0.7, 0.8), sorted_after=0.2, sorted_gain=-0.3, sorted_low=-0.4, sorted_high=-0.2)
    said = plain(repair_words.beside(repair("tent", 0.2, 0.1, 0.3, stream=stream)))
    assert said == "2 orders 70.0 % to 80.0 %; sorted by class -30.0 points (-40.0 to -20.0, n = 200)"
    line = WeightLine(other="x", sha256="0", barrier=0.5, barrier_low=0.4, barrier_high=0.6, apart=True)
    assert "no common beginning" in repair_words.beside(repair("line", 0.2, 0.1, 0.3, line=line, chosen=(0.5, 1.0)))


def test_what_is_kept_stands_with_its_command_and_what_is_not_with_its_reason() -> None:
    written = WrittenRepair(
        title="the cure", file="r.safetensors", card="r.card.md", gain=0.3, low=0.2, high=0.4, n=90,
        home_gain=-0.01, home_low=-0.02, home_high=0.0, home_n=95, command="shiftprobe audit r.safetensors --data x",
    )  # fmt: skip
    lines = pretty(holding(written))
    assert "\n  shiftprobe audit r.safetensors --data x\n" in lines
    assert "+30.0 points (+20.0 to +40.0, n = 90) there, -1.0 points" in plain(lines)
    lines = pretty(holding(WrittenRepair(reason="nothing helps")))
    assert "Nothing is kept: nothing helps." in lines


def test_a_path_is_drawn_with_both_places() -> None:
    points = tuple(
        PathPoint(weight=w, there=0.5, there_low=0.4, there_high=0.6, home=0.9, home_low=0.8, home_high=0.95)
        for w in (0.0, 0.5, 1.0)
    )
    drawn = path_chart("p", repair("line", 0.2, 0.1, 0.3, path=points))
    assert drawn is not None
    assert drawn.count("<circle") == 4  # three points and one in the legend
    assert "share 0.5: 50.0 % there, at home 90.0 %" in drawn
    assert path_chart("p", repair("line", 0.2, 0.1, 0.3)) is None
