"""`floor:` in a policy: one share of right answers for every rule that names none itself."""

from collections.abc import Mapping

FLOORS = (
    "accuracy", "balanced_accuracy", "worst_class", "worst_group", "severity", "break_point", "target",
)  # fmt: skip
"""Rules whose `at_least` is a share of right answers."""


def floored(data: Mapping[str, object], defaults: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    """The rules that name no threshold of their own, with the policy's floor as theirs; none without a floor.

    Args:
        data: a policy's keys; a floor that is no number is left to be refused where keys are checked.
        defaults: by name, what a rule is without the policy.
    """
    floor = data.get("floor")
    if isinstance(floor, bool) or not isinstance(floor, int | float):
        return {}
    given = {name: data.get(name, {}) for name in FLOORS}
    return {
        name: {**defaults[name], **rule, "at_least": floor}
        for name, rule in given.items()
        if isinstance(rule, Mapping) and "at_least" not in rule
    }
