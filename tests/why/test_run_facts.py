"""The run as the rules see it."""

from dataclasses import replace

import pytest
from tests.why.made_up import BUDGET, EQUAL, HELPS, IMAGES, arm, curve, gaps, likeness, seen, still

from shiftprobe.core.types import UNSHIFTED, Cell, Condition, Row

BLUR = Condition("gaussian_blur", 0.5)
FALLING = [2.0, 1.6, 1.2, 0.8, 0.4]


def test_a_number_is_the_mean_over_seeds_with_its_rows() -> None:
    number = seen(likeness("transfer", 0.5, 0.7, 0.9)).number(
        ("cka", "cka_debiased"), UNSHIFTED, "transfer", "first", "source"
    )
    assert number is not None
    assert number.value == pytest.approx(0.7)
    assert number.seeds == (0.5, 0.9)
    assert number.n == IMAGES
    assert [row.cell.seed for row in number.rows] == [0, 1, 2]


def test_rows_without_a_value_are_no_evidence() -> None:
    empty = Row(
        cell=Cell("identity", 0.0), probe="linear", metric="probe_gap", value=None, reason="too few", arm="source"
    )
    looked = seen([empty])
    assert looked.number(("linear", "probe_gap"), UNSHIFTED, "source") is None
    assert not looked.has(("linear", "probe_gap"))


def test_only_the_largest_budget_is_asked() -> None:
    rows = (arm("scratch", 0.2, 0.3, budget=10), arm("scratch", 0.8, 0.9, budget=BUDGET))
    looked = seen(*rows, target={"data": "digits:uci", "budgets": [10, BUDGET]}, seeds=2)
    number = looked.number(("accuracy", "top1"), UNSHIFTED, "scratch")
    assert number is not None
    assert number.value == pytest.approx(0.85)
    point = looked.accuracy("scratch", UNSHIFTED)
    assert point is not None
    assert point.mean == pytest.approx(0.85)


def test_accuracy_is_accuracy_whatever_score_is_judged() -> None:
    rows = arm("scratch", 0.8, 0.9)
    scored = [*rows, *(replace(row, metric="macro_f1", value=0.3) for row in rows)]
    plain = seen(rows).accuracy("scratch", UNSHIFTED)
    judged = seen(scored, compare={"metric": "macro_f1"})
    assert judged.summary.points[0].mean == pytest.approx(0.3)
    assert judged.accuracy("scratch", UNSHIFTED) == plain
    assert judged.accuracy("transfer", UNSHIFTED) is None


def test_places_begin_at_home_and_leave_severity_0_out() -> None:
    looked = seen(*EQUAL, shifts=["gaussian_blur"], severities=[0.0, 0.5])
    assert looked.places == [UNSHIFTED, BLUR]
    assert [looked.where(place) for place in looked.places] == ["on the unshifted target", "at gaussian_blur 0.5"]
    assert seen(*EQUAL).where(UNSHIFTED) == "on the target"


def test_two_arms_meet_only_on_the_seeds_that_both_have() -> None:
    looked = seen(arm("transfer", 0.9, None, 0.8), arm("scratch", 0.7, 0.1, None))
    assert looked.between("transfer", "scratch", UNSHIFTED) is None
    looked = seen(arm("transfer", 0.9, None, 0.8), arm("scratch", 0.7, 0.1, 0.7))
    found = looked.between("transfer", "scratch", UNSHIFTED)
    assert found is not None
    assert found.n == 2
    assert found.difference == pytest.approx(0.15)


def test_unpaired_arms_are_not_compared() -> None:
    looked = seen(*HELPS)
    assert looked.between("transfer", "scratch", UNSHIFTED) is not None
    apart = replace(looked.summary, paired=False)
    assert type(looked)(apart, looked.by).between("transfer", "scratch", UNSHIFTED) is None


def test_arms_that_ended_early_are_known_by_arm_and_budget() -> None:
    curves = [curve("scratch", FALLING, [0.5] * 5, budget=1200)]
    looked = seen(*EQUAL, curves=curves, target={"data": "digits:uci", "budgets": [BUDGET, 1200]})
    assert looked.early == {("scratch", 1200)}
    assert seen(*EQUAL).early == set()


def test_the_checkpoint_s_arms_stand_at_every_budget() -> None:
    looked = seen(still("zero_shot", 0.3), *EQUAL, gaps(0.1, 0.1, 0.1, 0.1))
    point = looked.accuracy("zero_shot", UNSHIFTED, 7)
    assert point is not None
    assert point.mean == pytest.approx(0.3)
    assert looked.deep == ("third", "penultimate")
