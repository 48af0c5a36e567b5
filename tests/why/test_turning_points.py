"""Where each rule turns: what is said just on this side of a threshold, and what just beyond it.

A run's rows and the summary that the real code makes of them go in; names and grades come out.
"""

from typing import Any

import pytest
from tests.why.conditions import CLEAR, NONE, grades
from tests.why.made_up import BUDGET, EQUAL, GOOD, HELPS, SAME, arm, curve, gaps, likeness, readout, still, told

from shiftprobe.core.types import Condition, Row


@pytest.mark.parametrize(
    ("inside", "said"), [(0, ""), (1, ""), (2, "not_reused")], ids=["no deep tap", "half of them", "all of them"]
)
def test_most_of_the_deeper_taps_decide_about_reuse(inside: int, said: str) -> None:
    """Of four taps the last two are deep; the first two stay far above and count for nothing."""
    kept, own = likeness("transfer", 0.8, 0.8, 0.8), likeness("scratch", 0.5, 0.4, 0.6)
    lowered = {"penultimate", "third"} if inside == 2 else {"third"} if inside == 1 else set()
    rows = [row if row.tap not in lowered else Row(**{**_fields(row), "value": 0.5}) for row in kept]
    assert ("not_reused" in grades(*EQUAL, rows, own)) is bool(said)


def _fields(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


@pytest.mark.parametrize(
    ("kept", "scratch", "grade"),
    [(0.549, (0.5, 0.4, 0.6), "suggestive"), (0.551, (0.5, 0.4, 0.6), ""), (0.549, (0.5, 0.49, 0.51), ""),
     (0.9, (0.85, 0.9, 0.96), "suggestive")],
)  # fmt: skip
def test_transfer_is_level_with_scratch_up_to_a_twentieth_that_is_not_shown(
    kept: float, scratch: Any, grade: str
) -> None:
    rows = (likeness("transfer", kept, kept, kept), likeness("scratch", *scratch))
    assert grades(*EQUAL, *rows).get("not_reused", "") == grade


@pytest.mark.parametrize(
    ("value", "half", "said"),
    [(0.9401, 0.001, True), (0.9311, 0.02, True), (0.929, 0.05, False)],
    ids=["within the margin", "within twice the margin", "its middle beyond"],
)
def test_a_readout_of_random_features_suffices_up_to_the_margin(value: float, half: float, said: bool) -> None:
    """The best arm is right on 95.067 %; the margin is a point."""
    assert ("random_suffices" in grades(*EQUAL, readout("random", value, half=half), gaps(*CLEAR))) is said


@pytest.mark.parametrize(("value", "gap", "said"), [(0.981, NONE, False), (0.981, CLEAR, True), (0.991, NONE, True)])
def test_a_source_like_random_makes_no_task_easy_unless_nothing_is_left_to_gain(
    value: float, gap: tuple[float, ...], said: bool
) -> None:
    level = (arm("transfer", 0.98, 0.981, 0.985), arm("scratch", 0.981, 0.98, 0.984))
    assert ("random_suffices" in grades(*level, readout("random", value, half=0.005), gaps(*gap))) is said


@pytest.mark.parametrize(("source", "grade"), [(0.215, "strong"), (0.225, "suggestive")])
def test_a_source_has_learnt_where_it_is_surely_ten_points_above_chance(source: float, grade: str) -> None:
    """Of ten classes, with an interval of two points on either side."""
    assert grades(*EQUAL, gaps(*NONE), source=source)["source_like_random"] == grade


@pytest.mark.parametrize(("ahead", "said"), [(0.09, True), (0.12, False)])
def test_a_transfer_that_seems_ten_points_ahead_is_no_sign_of_an_empty_source(ahead: float, said: bool) -> None:
    rows = (arm("transfer", 0.7 + ahead, 0.4 + ahead, 0.9 + ahead), arm("scratch", 0.4, 0.7, 0.9))
    assert ("source_like_random" in grades(*rows, gaps(*NONE), source=0.1)) is said


@pytest.mark.parametrize(("high", "grade"), [(0.099, "strong"), (0.101, "suggestive")])
def test_an_interval_up_to_ten_points_still_shows_an_empty_source(high: float, grade: str) -> None:
    rows = gaps(0.0, 0.0, 0.0, 0.0, half=high)
    assert grades(*EQUAL, rows, source=0.1)["source_like_random"] == grade


@pytest.mark.parametrize(("values", "said"), [((0.96, 0.91, 0.93), True), ((0.95, 0.87, 0.90), False)])
def test_scales_must_bring_four_fifths_of_the_gain(values: tuple[float, ...], said: bool) -> None:
    """Transfer gains 15.3 points over scratch, four fifths of them are 12.3; mean_var 13.7 and 11.0."""
    assert ("weight_scales" in grades(*HELPS, arm("mean_var", *values))) is said


@pytest.mark.parametrize(
    ("plain", "adapted", "said"),
    [(0.2, 0.58, True), (0.2, 0.57, False), (0.86, 0.94, True), (0.92, 0.95, False)],
    ids=["half of it is back", "less is back", "a loss of 9 points", "a loss too small"],
)
def test_batch_statistics_must_bring_half_of_a_loss_back(plain: float, adapted: float, said: bool) -> None:
    dark = Condition("darken", 1.0)
    rows = (
        still("zero_shot", 0.95),
        still("bn_adapt", 0.95),
        still("zero_shot", plain, dark),
        still("bn_adapt", adapted, dark),
    )
    assert ("low_level_statistics" in grades(*rows, shifts=["darken"], severities=[1.0])) is said


@pytest.mark.parametrize(("repaired", "said"), [(0, False), (1, False), (2, True), (3, True), (4, True)])
def test_a_shift_is_low_level_where_half_of_its_doses_are_repaired(repaired: int, said: bool) -> None:
    doses = [0.2, 0.4, 0.6, 0.8]
    rows = [*still("zero_shot", 0.95), *still("bn_adapt", 0.95)]
    for i, dose in enumerate(doses):
        rows += [
            *still("zero_shot", 0.3, Condition("darken", dose)),
            *still("bn_adapt", 0.9 if i < repaired else 0.3, Condition("darken", dose)),
        ]
    assert ("low_level_statistics" in grades(rows, shifts=["darken"], severities=doses)) is said


@pytest.mark.parametrize(
    ("large", "grade"),
    [((0.80, 0.79, 0.81), ""), ((0.72, 0.72, 0.735), ""), ((0.702, 0.699, 0.702), "strong")],
    ids=["the gain stays", "half of it stays", "little stays"],
)
def test_labels_are_plentiful_where_less_than_half_of_the_gain_stays(large: tuple[float, ...], grade: str) -> None:
    few = (arm("transfer", 0.6, 0.61, 0.6, budget=20), arm("scratch", 0.55, 0.56, 0.56, budget=20))
    many = (arm("transfer", *large), arm("scratch", 0.70, 0.70, 0.70))
    spec = {"target": {"data": "digits:uci", "budgets": [20, BUDGET]}}
    assert grades(*few, *many, **spec).get("labels_plentiful", "") == grade


@pytest.mark.parametrize(
    ("late", "n", "said"),
    [({0, 1}, 3, True), ({0}, 2, True), ({0, 1}, 4, True), ({1, 2}, 3, True), ({2}, 3, False), ({2, 3}, 4, False)],
)
def test_a_schedule_is_short_where_most_of_the_first_trainings_were_best_at_their_end(
    late: set[int], n: int, said: bool
) -> None:
    flat = [1.0, 0.5, 0.5, 0.5, 0.5]
    curves = [
        curve(
            name,
            flat,
            [0.5, 0.6, 0.7, 0.8, 0.9] if seed in late and name == "transfer" else [0.9, 0.8, 0.8, 0.8, 0.8],
            seed=seed,
        )
        for name in ("transfer", "scratch")
        for seed in range(n)
    ]
    rows = (arm("transfer", *(GOOD * 2)[:n]), arm("scratch", *(SAME * 2)[:n]))
    assert (grades(*rows, curves=curves, seeds=n).get("not_converged") == "suggestive") is said


@pytest.mark.parametrize(
    ("arms", "curves", "expected"),
    [
        (HELPS, [], {}),
        (EQUAL, [], {}),
        ((arm("transfer", 0.95, 0.7, 0.9), arm("scratch", 0.7, 0.9, 0.8)), [], {"too_little": "suggestive"}),
        (HELPS, [curve("scratch", [2.0, 1.6, 1.2, 0.8, 0.4], [0.5] * 5)], {"not_converged": "suggestive"}),
    ],
    ids=["better", "equivalent", "inconclusive", "falling"],
)
def test_the_runs_own_causes(arms: Any, curves: Any, expected: dict[str, str]) -> None:
    found = grades(*arms, gaps(*CLEAR), curves=curves)
    assert {name: found[name] for name in ("too_little", "not_converged") if name in found} == expected


def test_of_seven_explanations_the_first_five_are_shown() -> None:
    falling = [2.0, 1.6, 1.2, 0.8, 0.4]
    rows = [
        *still("zero_shot", 0.3), *still("bn_adapt", 0.9), *gaps(*CLEAR),
        *readout("source", 0.94), *readout("random", 0.945),
        *likeness("transfer", 0.5, 0.5, 0.5), *likeness("scratch", 0.5, 0.4, 0.6),
        *arm("lp_ft", 0.99, 0.98, 0.998),
        *arm("transfer", *GOOD, budget=20), *arm("scratch", 0.5, 0.45, 0.52, budget=20),
    ]  # fmt: skip
    spec = {"target": {"data": "digits:uci", "budgets": [20, BUDGET]}}
    found = told(*EQUAL, rows, curves=[curve("transfer", falling, [0.5] * 5)], **spec).explanations
    assert [one.name for one in found] == [
        "not_converged", "low_level_statistics", "head_not_features", "head_beats_fine_tuning", "labels_plentiful"
    ]  # fmt: skip
    assert {one.grade for one in found} == {"suggestive"}  # nothing is strong beside an arm cut short
