"""In how many conditions a cause must hold to be named, and to be called strong.

A run's rows and the summary that the real code makes of them go in; names and grades come out.
"""

import pytest
from tests.why.conditions import CLEAR, NONE, everywhere, grades, places
from tests.why.made_up import EQUAL, GOOD, HELPS, WORSE, arm, gaps, likeness, readout, still

OF = [
    (1, 1, "strong"),
    (4, 5, "strong"),
    (3, 4, "suggestive"),
    (3, 5, "suggestive"),
    (2, 4, ""),
    (1, 2, ""),
    (2, 5, ""),
]
WEAK = [(held, looked, grade and "suggestive") for held, looked, grade in OF]


@pytest.mark.parametrize(("held", "looked", "grade"), OF)
def test_random_features_suffice_in_most_conditions_and_strongly_in_four_fifths(
    held: int, looked: int, grade: str
) -> None:
    where, spec = places(looked)
    rows = [row for i, at in enumerate(where) for row in readout("random", 0.945 if i < held else 0.5, place=at)]
    rows += [row for at in where for row in gaps(*CLEAR, place=at)]  # of a source that is no rubbish
    found = grades(everywhere(EQUAL, where), rows, **spec)
    assert found.get("random_suffices", "") == grade


@pytest.mark.parametrize(("held", "looked", "grade"), OF)
def test_a_source_like_random_is_so_in_most_conditions(held: int, looked: int, grade: str) -> None:
    where, spec = places(looked)
    rows = [row for i, at in enumerate(where) for row in gaps(*(NONE if i < held else CLEAR), place=at)]
    found = grades(everywhere(EQUAL, where), rows, source=0.1, **spec)
    assert found.get("source_like_random", "") == grade


@pytest.mark.parametrize(("held", "looked", "grade"), WEAK)
def test_features_are_not_reused_where_most_conditions_say_so(held: int, looked: int, grade: str) -> None:
    where, spec = places(looked)
    rows = [
        row
        for i, at in enumerate(where)
        for name, values in (
            ("transfer", (0.5, 0.5, 0.5) if i < held else (0.8, 0.8, 0.8)),
            ("scratch", (0.5, 0.4, 0.6)),
        )
        for row in likeness(name, *values, place=at)
    ]
    assert grades(everywhere(EQUAL, where), rows, **spec).get("not_reused", "") == grade


@pytest.mark.parametrize(("held", "looked", "grade"), WEAK)
def test_arms_that_protect_features_win_in_most_conditions(held: int, looked: int, grade: str) -> None:
    where, spec = places(looked)
    harm = (arm("transfer", *WORSE), arm("scratch", *GOOD))
    rows = [
        row for i, at in enumerate(where) for row in arm("lp_ft", *((0.9, 0.88, 0.92) if i < held else WORSE), place=at)
    ]
    assert grades(everywhere(harm, where), rows, **spec).get("head_beats_fine_tuning", "") == grade


@pytest.mark.parametrize(("held", "looked", "grade"), [*OF[:4], (2, 3, "suggestive"), (1, 2, ""), (2, 4, "")])
def test_scales_alone_help_where_most_conditions_say_so(held: int, looked: int, grade: str) -> None:
    where, spec = places(looked)
    rows = [
        row
        for i, at in enumerate(where)
        for row in arm("mean_var", *((0.94, 0.95, 0.955) if i < held else WORSE), place=at)
    ]
    assert grades(everywhere(HELPS, where), rows, **spec).get("weight_scales", "") == grade


@pytest.mark.parametrize(
    ("held", "looked", "gap", "grade"),
    [(1, 1, CLEAR, "strong"), (4, 5, CLEAR, "strong"), (3, 4, CLEAR, "suggestive"), (1, 1, NONE, "suggestive"),
     (1, 5, CLEAR, "suggestive")],
)  # fmt: skip
def test_features_are_reused_where_transfer_stays_nearer_and_they_are_worth_it(
    held: int, looked: int, gap: tuple[float, ...], grade: str
) -> None:
    where, spec = places(looked)
    rows = [
        row
        for i, at in enumerate(where)
        for name, values in (
            ("transfer", (0.8, 0.8, 0.8) if i < held else (0.5, 0.5, 0.5)),
            ("scratch", (0.5, 0.4, 0.6)),
        )
        for row in likeness(name, *values, place=at)
    ]
    rows += everywhere((arm("mean_var", *WORSE),), where)  # the scales without the content
    assert grades(everywhere(HELPS, where), rows, gaps(*gap), **spec).get("reused", "") == grade


@pytest.mark.parametrize(
    ("held", "looked", "grade"),
    [((0,), 5, "strong"), ((1, 2, 3), 5, "suggestive"), ((1, 2), 5, ""), ((1, 2), 4, ""), ((1,), 3, ""), ((), 2, "")],
    ids=["the unshifted target", "most", "less than half", "half", "one of three", "none"],
)
def test_the_head_is_at_fault_on_the_unshifted_target_or_in_most_conditions(
    held: tuple[int, ...], looked: int, grade: str
) -> None:
    where, spec = places(looked)
    rows = [row for at in where for row in (*readout("source", 0.94, place=at), *gaps(*CLEAR, place=at))]
    rows += [row for i, at in enumerate(where) for row in still("zero_shot", 0.05 if i in held else 0.93, at)]
    assert grades(everywhere(HELPS, where), rows, **spec).get("head_not_features", "") == grade


@pytest.mark.parametrize(
    ("held", "looked", "grade"),
    [
        ((0,), 5, "suggestive"),
        ((1, 2, 3), 5, "suggestive"),
        ((1, 2), 5, ""),
        ((1, 2), 4, ""),
        ((1,), 3, ""),
        ((), 2, ""),
    ],
    ids=["the unshifted target", "most", "less than half", "half", "one of three", "none"],
)
def test_features_are_reused_on_the_unshifted_target_or_in_most_conditions(
    held: tuple[int, ...], looked: int, grade: str
) -> None:
    where, spec = places(looked)
    rows = [
        row
        for i, at in enumerate(where)
        for name, values in (("transfer", (0.8,) * 3 if i in held else (0.5,) * 3), ("scratch", (0.5, 0.4, 0.6)))
        for row in likeness(name, *values, place=at)
    ]
    made = [row for at in where for row in gaps(*CLEAR, place=at)]
    assert grades(everywhere(HELPS, where), rows, made, **spec).get("reused", "") == grade
