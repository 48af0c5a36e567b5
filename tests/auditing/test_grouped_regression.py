"""An audit against a baseline on images that come in groups."""

from dataclasses import replace

import numpy as np
from tests.auditing.made_up import evidence, labels_of, seen, side

from shiftprobe.auditing.checks.regression import regression
from shiftprobe.auditing.evidence import AuditEvidence, Baseline, Paired


def lost(groups: int | None, n: int = 240) -> AuditEvidence:
    """Of 60 objects, each seen four times, the checkpoint alone has 17 right and the baseline alone 13."""
    thing = np.arange(n) // 4
    right = (thing < 5) | (thing >= 18)
    theirs = Paired(right=~right | (thing >= 30), index=np.arange(n), lost=0)
    baseline = Baseline(name="old", fingerprint="e" * 64, sides={"data": theirs})
    data = side(n)
    if groups is not None:
        data = replace(data, clusters=np.arange(n) // (n // groups))
    made = evidence(n, n, data=data, baseline=baseline)
    return replace(made, clean=seen(labels_of(n), right.tolist()))


def test_objects_count_once_in_a_regression() -> None:
    (alone,) = regression(lost(None)).checks
    (found,) = regression(lost(60)).checks
    assert alone.value == found.value
    assert (alone.low or 0) > (found.low or 0)
    assert "n = 240 in 60 groups" in found.reason
    assert found.power is None
    assert alone.power is not None


def test_a_regression_over_few_groups_cannot_be_told() -> None:
    (check,) = regression(lost(8)).checks
    assert check.status == "cannot tell"
    assert "fewer than 10 groups of images cannot tell what is lost" in check.reason
