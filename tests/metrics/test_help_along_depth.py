"""From which tap on a readout is better than its control."""

from dataclasses import dataclass

import pytest

from shiftprobe.metrics import (
    helps_from,
)


@dataclass(frozen=True)
class At:
    tap: str
    low: float | None
    half: float = 0.01

    @property
    def value(self) -> float | None:
        return None if self.low is None else self.low + self.half


@pytest.mark.parametrize(
    ("lows", "first"),
    [
        ([-0.1, 0.1, 0.2], "b"),
        ([0.1, -0.1, 0.2], "c"),
        ([0.1, 0.1, 0.1], "a"),
        ([0.1, None, 0.1], "c"),
        ([0.1, 0.1, 0.0], None),
        ([0.1, 0.1, None], None),
        ([], None),
    ],
)
def test_help_begins_where_the_interval_stays_above_zero(lows: list[float | None], first: str | None) -> None:
    assert helps_from([At(tap, low) for tap, low in zip("abc", lows, strict=False)]) == first


def test_many_taps_need_more_than_one_interval_that_just_clears_zero() -> None:
    just = At("a", low=0.1, half=1.0)
    assert helps_from([just]) == "a"
    assert helps_from([At("b", low=0.1, half=1.0), just]) is None
