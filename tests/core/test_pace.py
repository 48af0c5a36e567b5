"""The pace of work: what was done in so much time, and what is left at that."""

import pytest

from shiftprobe.core.pace import Pace


def test_what_is_left_takes_as_long_a_step_as_what_was_done() -> None:
    pace = Pace(12, 30.0)
    assert pace.per_minute == pytest.approx(24)
    assert pace.left(0) == 0
    assert pace.left(12) == pytest.approx(30)
    assert pace.left(36) == pytest.approx(3 * pace.left(12))
