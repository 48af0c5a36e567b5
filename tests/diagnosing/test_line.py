"""The straight line between two networks, told as a step of the path."""

from dataclasses import replace

import pytest

from shiftprobe.core.types import Cell, Row
from shiftprobe.diagnosing.line import along_the_line

CELL = Cell("rotation", 0.5, 40, 0)


def walked(*right: float, low: float, high: float) -> list[Row]:
    shares = [i / (len(right) - 1) for i in range(len(right))]
    rows = [
        Row(cell=CELL, probe="path", metric=f"accuracy at {a:g}", value=v) for a, v in zip(shares, right, strict=True)
    ]
    value = max((1 - a) * right[0] + a * right[-1] - v for a, v in zip(shares, right, strict=True))
    return [*rows, Row(cell=CELL, probe="path", metric="barrier", value=max(0.0, value), low=low, high=high, n=200)]


def test_a_valley_between_two_networks_is_told_where_it_is_deepest() -> None:
    (found,) = along_the_line(walked(0.8, 0.3, 0.9, low=0.4, high=0.7))

    assert (found.before, found.after) == pytest.approx((0.85, 0.3))
    assert found.effect is not None
    assert (found.effect.value, found.effect.low, found.effect.high, found.effect.n) == pytest.approx(
        (-0.55, -0.7, -0.4, 200)
    )
    assert "left the basin" in found.reason
    assert found.details == ("lowest at 0.5 of the way",)
    assert found.outcome == "unclear"  # it proves no cause


def test_a_flat_line_is_one_basin_and_a_wide_interval_tells_nothing() -> None:
    flat = along_the_line(walked(0.8, 0.85, 0.9, low=0.0, high=0.02))
    wide = along_the_line(walked(0.8, 0.8, 0.9, low=0.0, high=0.2))

    assert "stayed in the basin" in flat[0].reason
    assert "cannot be told" in wide[0].reason


def test_nothing_is_told_of_a_line_that_was_not_walked() -> None:
    assert along_the_line([]) == ()
    lost = [
        replace(row, value=None, reason="lost") if row.metric == "barrier" else row
        for row in walked(0.8, 0.3, 0.9, low=0.4, high=0.7)
    ]
    assert along_the_line(lost) == ()
