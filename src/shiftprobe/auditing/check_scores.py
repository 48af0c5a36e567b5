"""Scores that a policy asks for and a head cannot give, met before anything is looked at."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.policy_scores import METRICS
from shiftprobe.metrics.scores import check_classes, cost_matrix


def check_scores(policy: Policy, classes: Sequence[str], labels: NDArray[np.int64]) -> None:
    """Refuse scores that this head and these images cannot give.

    Args:
        policy: the rules.
        classes: names of the head's outputs, in order.
        labels: (N,) of the images.

    Raises:
        SpecError: in one line that says what to choose instead.
    """
    named = {name: name for name in ("auroc", "top5")} | {name: policy.rule(name) for name in METRICS}
    for name, rule in named.items():
        if policy.rule(name).level != "off":
            check_classes(rule if isinstance(rule, str) else str(getattr(rule, "metric", "top1")), classes, labels)
    if policy.cost.level != "off":
        cost_matrix(policy.cost.matrix, classes)
