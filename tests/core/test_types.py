"""The nouns: a condition has one spelling, a cell's folder begins with it."""

from hypothesis import given
from hypothesis import strategies as st

from shiftprobe.core.types import UNSHIFTED, Cell, Condition

SEVERITIES = st.floats(min_value=0.0, max_value=1.0)


@given(SEVERITIES, SEVERITIES)
def test_two_conditions_never_share_a_path(one: float, other: float) -> None:
    assert (Condition("blur", one).key == Condition("blur", other).key) == (one == other)


def test_every_dial_begins_at_the_unshifted_target() -> None:
    assert Condition.of("blur", 0.0) == Condition.of("noise", 0.0) == UNSHIFTED
    assert Condition.of("blur", 0.25) == Condition("blur", 0.25)


def test_a_cell_is_a_condition_with_a_budget_and_a_seed() -> None:
    cell = Cell("blur", 0.1, 300, 7)
    assert cell.condition == Condition("blur", 0.1)
    assert cell.key == "blur~0.1~b300~s7"
    assert Cell("identity", 0.0).key == UNSHIFTED.key == "identity~0.0"


def test_conditions_sort_by_shift_then_mild_to_strong() -> None:
    mixed = [Condition("noise", 0.5), Condition("blur", 1.0), Condition("blur", 0.25)]
    assert [one.key for one in sorted(mixed, key=lambda one: one.order)] == ["blur~0.25", "blur~1.0", "noise~0.5"]
