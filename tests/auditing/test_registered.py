"""Every question of an audit by its key: which there are, and which count images that belong together as one draw."""

import pytest

from shiftprobe.auditing.checks import QUESTIONS

GROUPED = {
    "accuracy": True,
    "attribution": False,
    "auroc": False,
    "balanced_accuracy": True,
    "break_point": True,
    "calibration": True,
    "class_order": False,
    "corruption_error": True,
    "drift": False,
    "label_shift": False,
    "macro_f1": False,
    "nll": False,
    "overconfidence": True,
    "preprocessing": False,
    "regression": True,
    "risk_coverage": True,
    "severity": True,
    "skipped": True,
    "slices": True,
    "target": True,
    "transfer": True,
    "worst_class": True,
    "worst_group": True,
}


@pytest.mark.parametrize("name", GROUPED)
def test_each_question_is_asked_and_says_whether_it_counts_groups(name: str) -> None:
    assert QUESTIONS[name].counts_groups is GROUPED[name]
