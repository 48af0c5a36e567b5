"""Populations whose answers are made up, so that every truth is known beforehand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tests.auditing import made_up

from shiftprobe.auditing.error_rates.population import Population
from shiftprobe.core.types import UNSHIFTED, Condition

OFF: dict[str, Any] = {
    name: {"level": "off"}
    for name in ("preprocessing", "attribution", "drift", "regression", "worst_group", "corruption_error", "transfer")
}


def population(folder: Path, n: int = 200, right: int = 180, under: int | None = None, **rules: Any) -> Population:
    """So many of n images are right as they are, and so many under every shift; features tell the classes."""
    policy = made_up.policy(**{**OFF, **rules})
    side = made_up.side(n)
    labels = made_up.labels_of(n)
    order = np.random.default_rng(3).permutation(n)

    def looked(count: int) -> Any:
        seen = made_up.seen(labels, [place < count for place in np.argsort(order)])
        return replace(seen, features=seen.logits + np.random.default_rng(0).normal(size=seen.logits.shape) / 3)

    shifts = {Condition(shift, dose): looked(right if under is None else under)
              for shift in policy.shifts for dose in policy.asked}  # fmt: skip
    return Population(ready=made_up.ready(side, folder, rules=policy), looks={UNSHIFTED: looked(right), **shifts})
