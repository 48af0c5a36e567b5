"""How many images would decide a gate that cannot tell."""

from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.types import Check
from shiftprobe.stats import images_needed

MOST_LABELLED = 100_000  # images beyond which nobody labels to settle one gate
IF_SO = "if the true share is the one seen"
PARTS = ("worst_class", "worst_group")  # shares of a part of the images: more of them all help little
NEAREST = 0.001  # a share nearer to its threshold is taken for the threshold itself


def images_to_decide(check: Check, policy: Policy, family: int = 1) -> int | None:
    """How many images would decide a share's gate as surely as the policy's `power` asks, were it truly as seen.

    Args:
        check: a gate that cannot tell.
        policy: confidence, and the share of misses one could live with.
        family: gates that were declared together.

    Returns:
        More than 100,000 where it is too near; None where the check is no share of all images of a side, such as a
        difference of two.
    """
    if check.power is None or check.unit != "fraction" or check.kind in PARTS:
        return None
    if check.value is None or check.threshold is None:
        return None
    gap = abs(check.value - check.threshold)
    bar = check.threshold if check.value < check.threshold else 1.0 - check.threshold  # a gain is a loss of errors
    if gap < NEAREST:
        return MOST_LABELLED + 1
    found = images_needed(bar, min(gap, bar), policy.power, confidence=policy.confidence, family=family)
    return MOST_LABELLED + 1 if found is None else max(found, (check.n or 0) + 1)
