"""The curves between two networks, as the page draws them."""

import re

from shiftprobe.report.kit.measures import Measure
from shiftprobe.report.run.weights_line import weights_line

HOME, TARGET = (0.9, 0.85, 0.4), (0.3, 0.7, 0.8)


def row(metric: str, value: float) -> Measure:
    return Measure(
        shift="identity", severity=0.0, probe="path", metric=metric, arm="transfer", tap="", value=value, reason="",
        low=None, high=None, n=100,
    )  # fmt: skip


def rows(home: tuple[float, ...] = HOME) -> list[Measure]:
    found = [row(f"accuracy at {share:g}", value) for share, value in zip((0, 0.5, 1), TARGET, strict=True)]
    return [*found, *(row(f"home accuracy at {share:g}", v) for share, v in zip((0, 0.5, 1), home, strict=False))]


def test_both_curves_and_where_they_are_highest_together() -> None:
    found = weights_line(rows())

    assert found is not None
    assert "home goes from 90.0 to 40.0 %" in found.said
    assert "the target from 30.0 to 80.0 %" in found.said
    assert "at 0.5 of the way both together are highest (85.0 % and 70.0 %)" in found.said
    assert len(re.findall(r"<path[^>]*class=\"line arm", str(found.figure))) == 2


def test_nothing_is_drawn_without_home_or_where_nobody_walked() -> None:
    assert weights_line(rows(home=())) is None
    assert weights_line([]) is None
