import pytest

from shiftprobe.auditing.checks.base import begun
from shiftprobe.auditing.checks.bounded import decided, side_of
from shiftprobe.auditing.policy import AtMost


@pytest.mark.parametrize(
    ("low", "high", "relation", "word"),
    [
        (0.8, 0.9, "at least", "pass"),
        (0.6, 0.69, "at least", "fail"),
        (0.6, 0.8, "at least", "cannot tell"),
        (0.1, 0.7, "at most", "pass"),
        (0.71, 0.9, "at most", "fail"),
        (0.6, 0.8, "at most", "cannot tell"),
    ],
)
def test_the_whole_interval_decides(low: float, high: float, relation: str, word: str) -> None:
    assert side_of(low, high, relation, 0.7) == word


def test_a_failure_of_what_only_warns_is_a_warning_with_its_fix() -> None:
    check = decided(
        begun("drift", "d", fix="mend"), AtMost(at_most=0.1, level="warn"), (0.3, 0.2, 0.4, 9), ("at most", 0.1), "it"
    )
    assert (check.status, check.gates, check.fix) == ("warn", False, "mend")
    assert check.reason == "it, more than 10.0 %"


def test_a_pass_needs_no_fix() -> None:
    check = decided(begun("drift", "d", fix="mend"), AtMost(at_most=0.5), (0.3, 0.2, 0.4, 9), ("at most", 0.5), "it")
    assert (check.status, check.fix) == ("pass", "")
