"""What an audit without a target does not ask is said once, as far as the policy would ask it."""

import pytest
from tests.auditing.made_up import policy

from shiftprobe.auditing.contradictions import without_target


def test_it_names_what_the_policy_would_ask_and_how_to_ask_it() -> None:
    (said,) = without_target(policy())
    assert said.startswith("none was given, so accuracy there, its class shares and drift are not asked; --target ")
    assert said.endswith("with labels or without")


@pytest.mark.parametrize(("left", "told"), [("drift", "so drift is not asked"), ("target", "so accuracy there is not")])
def test_what_is_off_is_not_missed(left: str, told: str) -> None:
    off = {name: {"level": "off"} for name in ("target", "label_shift", "drift") if name != left}
    (said,) = without_target(policy(**off))
    assert told in said
    assert without_target(policy(**off, **{left: {"level": "off"}})) == ()
