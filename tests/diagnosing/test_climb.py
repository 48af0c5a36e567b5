"""Screening, confirming, and what a budget leaves out."""

import pytest
from tests.diagnosing.imagined import Pretended, case

from shiftprobe.diagnosing.climb import Climber, Wallet
from shiftprobe.diagnosing.rungs import SHAMS, head, labels, schedule

EVEN = {"transfer": 0.7, "scratch": 0.7}
AHEAD = {"transfer": 0.8, "scratch": 0.6}


def climber(arms: dict[str, float], changed: dict[str, float], trainings: float | None = None) -> Climber:
    return Climber(case=case(arms), train=Pretended(arms=changed), wallet=Wallet(trainings=trainings))


def test_a_rate_that_erases_is_told_from_one_that_suits_nobody() -> None:
    rates = {"transfer~lr0.1": 0.85, "transfer~lr10": 0.6, "scratch~lr0.1": 0.7}
    hurts = climber(EVEN, rates)
    both = climber(EVEN, {**rates, "scratch~lr0.1": 0.85})

    erased, high = (one.stage(schedule(one.case, reach=0.7))[-1] for one in (hurts, both))

    assert (erased.cause, erased.outcome) == ("erased", "cause")
    assert (high.cause, high.outcome) == ("rate_too_high", "cause")


def test_what_does_not_move_the_gap_is_ruled_out_by_one_seed() -> None:
    found = climber(EVEN, {"transfer~lr0.1": 0.7, "transfer~lr10": 0.5})

    path = found.stage(schedule(found.case, reach=0.7))

    assert {one.outcome for one in path} == {"ruled_out"}
    assert found.wallet.spent == found.wallet.screened == 2


def test_a_schedule_that_is_too_short_for_scratch_explains_a_gain() -> None:
    found = climber(AHEAD, {"scratch~lr0.1": 0.4, "scratch~lr10": 0.6, "scratch~steps3": 0.79, "transfer~steps3": 0.8})

    path = found.stage(schedule(found.case, reach=0.8))

    assert (path[-1].cause, path[-1].outcome) == ("short_schedule", "cause")
    assert path[-1].effect is not None
    assert path[-1].effect.seeds == 3
    assert path[-1].effect.low > 0


def test_a_change_that_leaves_the_gain_as_it_is_explains_nothing() -> None:
    found = climber(AHEAD, {"scratch~lr10": 0.72, "scratch~lr0.1": 0.5, "transfer~lr10": 0.92, "scratch~steps3": 0.6})

    path = found.stage(schedule(found.case, reach=0.8))

    told = next(one for one in path if one.name == "scratch~lr10")
    assert told.outcome == "cause"  # both arms rise: the rate is too low for either


def test_one_seed_is_never_sure() -> None:
    found = Climber(
        case=case(EVEN, seeds=1), train=Pretended(arms={"transfer~lr0.1": 0.9}), wallet=Wallet(trainings=None)
    )

    path = found.stage(schedule(found.case, reach=0.7))

    assert next(one for one in path if one.name == "transfer~lr0.1").outcome == "suggestive"


def test_screening_takes_half_of_the_budget_and_names_the_rest() -> None:
    found = climber(AHEAD, {"scratch~lr0.1": 0.6, "scratch~lr10": 0.6, "scratch~steps3": 0.6}, trainings=8)

    found.stage(schedule(found.case, reach=0.8))

    assert found.wallet.screened == 2
    assert [(one.name, one.units) for one in found.left] == [("scratch~steps3", 3.0)]
    assert "budget of 8 trainings" in found.left[0].why


@pytest.mark.parametrize(
    ("kept", "cause"),
    [
        ({"mean_var": 0.8, "transfer~shuffled": 0.8}, "scales_only"),
        ({"mean_var": 0.6, "transfer~shuffled": 0.79}, "statistics_not_meaning"),
        ({"mean_var": 0.6, "transfer~shuffled": 0.62}, "reused"),
    ],
)
def test_a_gain_lives_where_its_sham_keeps_it(kept: dict[str, float], cause: str) -> None:
    found = climber(AHEAD, kept)

    path = found.where(SHAMS)

    assert [one.cause for one in path if one.outcome == "cause"] == [cause]


def test_frozen_features_that_beat_fine_tuning_tell_of_few_labels() -> None:
    found = climber(EVEN, {"linear_probe": 0.85})

    assert [one.outcome for one in found.stage(head(found.case))] == ["cause"]


def test_labels_are_plentiful_where_fewer_bring_the_gain_back() -> None:
    changed = {
        "transfer~labels0.25": 0.65,
        "scratch~labels0.25": 0.4,
        "transfer~labels0.5": 0.68,
        "scratch~width2": 0.7,
    }
    found = climber(EVEN, changed)

    path = found.stage(labels(found.case, suspects=False))

    assert [one.cause for one in path if one.outcome == "cause"] == ["labels_plentiful"]


def test_what_cannot_be_trained_is_listed_with_its_reason() -> None:
    train = Pretended(arms={}, closed={"scratch~width2": "nobody knows how to widen it"})
    found = Climber(case=case(EVEN), train=train, wallet=Wallet(trainings=None))

    path = found.stage(labels(found.case, suspects=False))

    assert "nobody knows how to widen it" in [one.why for one in found.left]
    assert {one.outcome for one in path} == {"not_possible"}
