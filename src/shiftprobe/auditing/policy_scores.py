"""Names of scores in a policy: `top1` beside the older `accuracy`, and what no score can bear is refused."""

from collections.abc import Mapping

from shiftprobe.core.errors import SpecError
from shiftprobe.metrics.scores import NAMES, Use, check_use

TOP1, OLDER = "top1", "accuracy"
WHERE_NAMED: Mapping[str, str] = {"macro_f1": "gate", "auroc": "gate", "top5": "gate", "cost": "gate", "nll": "warn"}
"""Scores that are asked where a policy names them, and the level that they then have."""


METRICS: Mapping[str, Use] = {
    "severity": "binomial test", "break_point": "binomial test", "target": "binomial test", "regression": "regression",
}  # fmt: skip
"""Rules with a `metric`, and the test that it must bear."""


def named(data: Mapping[str, object]) -> dict[str, object]:
    """A policy's keys with `top1` under the name that its rule has in files made before.

    Raises:
        ValueError: when both names stand there, or a score is to decide what it cannot.
    """
    if TOP1 in data and OLDER in data:
        raise ValueError(
            f"{OLDER} and {TOP1} are one rule under an older and a newer name; wanted one of them, got both"
        )
    for name in NAMES:
        rule = data.get(name)
        if isinstance(rule, Mapping) and rule.get("level") == "gate":
            _allowed(name, "gate")
    for key, use in METRICS.items():
        rule = data.get(key)
        if isinstance(rule, Mapping) and isinstance(metric := rule.get("metric"), str):
            _allowed(metric, use)
    return {OLDER if key == TOP1 else key: value for key, value in data.items()}


def _allowed(name: str, use: Use) -> None:
    try:
        check_use(name, use)
    except SpecError as error:
        raise ValueError(str(error)) from None
