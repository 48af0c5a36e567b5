"""Screening, confirming, and what a budget leaves out."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from tests.diagnosing.imagined import Pretended, case, right

from shiftprobe.diagnosing.climb import Climber
from shiftprobe.diagnosing.rungs import Rung, free, head, labels, schedule
from shiftprobe.diagnosing.wallet import Wallet
from shiftprobe.diagnosing.where_plan import WherePlan
from shiftprobe.results.diagnosis import Experiment

EVEN = {"transfer": 0.7, "scratch": 0.7}
AHEAD = {"transfer": 0.8, "scratch": 0.6}


PLAN = WherePlan(transfer="transfer", scratch="scratch", mean_var="mean_var", shuffled="transfer~shuffled")


def climbed(found: Climber, *stages: Iterable[Rung]) -> dict[str, Experiment]:
    """By name, what came of some stages, with the last word on each."""
    for stage in stages:
        found.stage(stage)
    found.finish()
    return {one.name: one for one in found.path}


def climber(arms: dict[str, float], changed: dict[str, float], trainings: float | None = None) -> Climber:
    return Climber(case=case(arms), train=Pretended(arms=changed), wallet=Wallet(trainings=trainings))


def test_a_rate_that_erases_is_told_from_one_that_suits_nobody() -> None:
    rates = {"transfer~lr0.1": 0.85, "transfer~lr10": 0.6, "scratch~lr0.1": 0.7, "transfer~lr0.01": 0.6}
    hurts = climber(EVEN, rates)
    both = climber(EVEN, {**rates, "scratch~lr0.1": 0.85})

    erased, high = (climbed(one, schedule(one.case, reach=0.7))["transfer~lr0.1"] for one in (hurts, both))

    assert (erased.cause, erased.outcome) == ("erased", "cause")
    assert (high.cause, high.outcome) == ("rate_too_high", "cause")


def test_what_does_not_move_the_gap_is_ruled_out_by_one_seed() -> None:
    found = climber(EVEN, {"transfer~lr0.1": 0.7, "transfer~lr10": 0.5, "transfer~steps3": 0.7})

    path = climbed(found, schedule(found.case, reach=0.7))

    assert {one.outcome for one in path.values()} == {"ruled_out"}
    assert found.wallet.spent == found.wallet.screened == 5


def test_a_training_at_rest_is_not_made_longer() -> None:
    found = climber(EVEN, {"transfer~lr0.1": 0.7, "transfer~lr10": 0.5})
    found.case = replace(found.case, rested=frozenset({"transfer"}))

    path = climbed(found, schedule(found.case, reach=0.7))

    assert "transfer~steps3" not in path
    assert [(one.name, "at rest" in one.why) for one in found.left] == [("transfer~steps3", True)]


def test_a_rate_that_helps_and_is_not_enough_is_tried_once_more() -> None:
    rates = {"transfer~lr0.1": 0.77, "transfer~lr0.01": 0.9, "transfer~lr10": 0.5, "transfer~steps3": 0.7}
    found = climber(
        EVEN, {**rates, "scratch~lr0.01": 0.6, "scratch~lr0.1": 0.6, "scratch~lr10": 0.6, "scratch~steps3": 0.7}
    )

    path = climbed(found, schedule(found.case, reach=0.9))

    assert (path["transfer~lr0.01"].cause, path["transfer~lr0.01"].outcome) == ("erased", "cause")
    assert path["transfer~lr0.1"].outcome == "suggestive"  # one seed, and another was confirmed


def test_a_schedule_that_is_too_short_for_scratch_explains_a_gain() -> None:
    found = climber(AHEAD, {"scratch~lr0.1": 0.4, "scratch~lr10": 0.6, "scratch~steps3": 0.79, "transfer~steps3": 0.8})

    path = climbed(found, schedule(found.case, reach=0.8))

    told = path["scratch~steps3"]
    assert (told.cause, told.outcome) == ("short_schedule", "cause")
    assert told.effect is not None
    assert told.effect.seeds == 3
    assert told.effect.low > 0


def test_transfer_that_falls_short_is_varied_though_it_is_ahead() -> None:
    rates = {"transfer~lr0.1": 0.93, "transfer~lr10": 0.5, "scratch~lr0.1": 0.5, "scratch~lr10": 0.6}
    steps = {"transfer~steps3": 0.8, "scratch~steps3": 0.6}
    found = climber(AHEAD, rates | steps)

    path = climbed(found, schedule(found.case, reach=0.95))

    assert (path["transfer~lr0.1"].cause, path["transfer~lr0.1"].outcome) == ("erased", "cause")


def test_a_change_that_leaves_the_gain_as_it_is_explains_nothing_but_a_rate_that_lifts_both() -> None:
    found = climber(AHEAD, {"scratch~lr10": 0.72, "scratch~lr0.1": 0.5, "transfer~lr10": 0.92, "scratch~steps3": 0.6})

    assert climbed(found, schedule(found.case, reach=0.8))["scratch~lr10"].outcome == "cause"

    found = climber(AHEAD, {"scratch~lr10": 0.72, "scratch~lr0.1": 0.5, "transfer~lr10": 0.84, "scratch~steps3": 0.6})

    assert climbed(found, schedule(found.case, reach=0.8))["scratch~lr10"].outcome == "unclear"


def test_one_seed_is_never_sure() -> None:
    train = Pretended(arms={"transfer~lr0.1": 0.9})
    found = Climber(case=case(EVEN, seeds=1), train=train, wallet=Wallet(trainings=None))

    assert climbed(found, schedule(found.case, reach=0.7))["transfer~lr0.1"].outcome == "suggestive"


def test_a_small_effect_waits_for_what_later_stages_show() -> None:
    changed = {"scratch~lr10": 0.77, "transfer~lr0.1": 0.6, "transfer~lr10": 0.6, "scratch~lr0.1": 0.6}
    steps = {"transfer~steps3": 0.7, "scratch~steps3": 0.7, "scratch~width2": 0.95, "transfer~labels0.5": 0.65}
    found = climber(EVEN, changed | steps, trainings=40)

    path = climbed(found, schedule(found.case, reach=0.76), labels(found.case, 0.7, suspects=False))

    assert (path["wider"].cause, path["wider"].outcome) == ("narrow_network", "cause")
    assert path["scratch~lr10"].outcome == "suggestive"


def test_screening_takes_two_thirds_of_the_budget_and_names_the_rest() -> None:
    found = climber(AHEAD, {"scratch~lr0.1": 0.6, "scratch~lr10": 0.6, "scratch~steps3": 0.6}, trainings=7)

    climbed(found, schedule(found.case, reach=0.8))

    assert found.wallet.screened == 2
    assert [(one.name, one.units) for one in found.left] == [("scratch~steps3", 3.0)]
    assert "budget of 7 trainings" in found.left[0].why


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

    found.where(PLAN)

    assert [one.cause for one in found.path if one.outcome == "cause"] == [cause]


def test_blocks_are_looked_at_once_a_gain_is_reused() -> None:
    plan = replace(PLAN, parts={"first2of6": "transfer~first2of6", "last2of6": "transfer~last2of6"}, blocks=6)
    kept = {"mean_var": 0.6, "transfer~shuffled": 0.62, "transfer~first2of6": 0.8, "transfer~last2of6": 0.6}
    found = climber(AHEAD, kept)

    found.where(plan)

    outcomes = {one.name: one.outcome for one in found.path}
    assert (outcomes["reused"], outcomes["first2of6"], outcomes["last2of6"]) == ("cause", "suggestive", "unclear")


def test_a_gain_that_seeds_do_not_show_is_located_by_its_size_alone() -> None:
    found = climber(AHEAD, {"mean_var": 0.8, "transfer~shuffled": 0.6})
    found.right["scratch"][2] = found.right["transfer"][2]

    found.where(PLAN)

    told = next(one for one in found.path if one.name == "mean_var")
    assert (told.cause, told.outcome) == ("scales_only", "suggestive")


def test_frozen_features_that_beat_fine_tuning_tell_of_few_labels() -> None:
    found = climber(EVEN, {"linear_probe": 0.85, "transfer~lr0.1": 0.72})

    assert climbed(found, head(found.case, 0.85))["linear_probe"].outcome == "cause"


def test_a_head_is_not_blamed_where_a_smaller_rate_does_half_as_much() -> None:
    found = climber(EVEN, {"linear_probe": 0.85, "transfer~lr0.1": 0.79})

    told = climbed(found, head(found.case, 0.85))["linear_probe"]

    assert told.outcome == "unclear"
    assert "transfer~lr0.1" in told.reason


def test_the_rival_of_a_head_is_confirmed_beside_it() -> None:
    rates = {"transfer~lr0.1": 0.82, "transfer~lr0.01": 0.7, "transfer~lr10": 0.6, "scratch~lr0.1": 0.6}
    found = climber(EVEN, {**rates, "linear_probe": 0.87, "transfer~steps3": 0.7})

    path = climbed(found, schedule(found.case, reach=0.74), head(found.case, 0.87))

    assert (path["transfer~lr0.1"].cause, path["transfer~lr0.1"].outcome) == ("erased", "cause")
    assert path["linear_probe"].outcome == "unclear"


def test_an_effect_that_every_seed_shows_is_suggestive_where_one_of_them_collapsed() -> None:
    rates = {"transfer~lr0.1": 0.9, "transfer~lr10": 0.1, "scratch~lr0.1": 0.6, "transfer~steps3": 0.1}
    found = climber({"transfer": 0.6, "scratch": 0.6}, rates)
    found.right["transfer"][2] = right(0.1, 2)

    told = climbed(found, schedule(found.case, reach=0.62))["transfer~lr0.1"]

    assert told.effect is not None
    assert told.effect.low < 0
    assert told.outcome == "suggestive"


def test_a_rate_that_seeds_do_not_show_is_suggestive_beside_a_head_that_is_shown() -> None:
    rates = {"transfer~lr0.1": 0.75, "transfer~lr0.01": 0.6, "transfer~lr10": 0.5, "scratch~lr0.1": 0.6}
    found = climber({"transfer": 0.65, "scratch": 0.6}, {**rates, "linear_probe": 0.8, "transfer~steps3": 0.6})
    found.right["transfer~lr0.1"] = {s: right(value, s) for s, value in enumerate((0.75, 0.95, 0.62))}

    path = climbed(found, schedule(found.case, reach=0.8), head(found.case, 0.8))

    assert path["linear_probe"].outcome == "unclear"
    assert path["transfer~lr0.1"].outcome == "suggestive"
    assert "it does half of" in path["transfer~lr0.1"].reason


def test_without_the_other_arm_a_rate_is_suggestive() -> None:
    train = Pretended(arms={"transfer~lr0.1": 0.8, "transfer~lr10": 0.6, "transfer~steps3": 0.7})
    given = case({**EVEN, "transfer~lr0.1": 0.8, "transfer~lr10": 0.6, "transfer~steps3": 0.7})
    found = Climber(case=given, train=train, wallet=Wallet(trainings=0))

    told = climbed(found, schedule(found.case, reach=0.7))["transfer~lr0.1"]

    assert told.outcome == "suggestive"
    assert "the other arm" in told.reason


def test_no_head_is_tried_where_transfer_reaches_what_was_reached() -> None:
    assert list(head(case(EVEN), 0.72)) == []


def test_what_the_run_did_itself_comes_first() -> None:
    found = climber({**EVEN, "linear_probe": 0.9}, {})

    assert [one.name for one in free(found.case, 0.9, 0.9, found.right)] == ["linear_probe"]


FEWER = {"transfer~labels0.25": 0.65, "scratch~labels0.25": 0.4}


def test_labels_are_plentiful_where_fewer_bring_the_gain_back() -> None:
    found = climber(EVEN, {**FEWER, "transfer~labels0.5": 0.68, "scratch~width2": 0.7})

    path = climbed(found, labels(found.case, 0.7, suspects=False))

    assert [one.cause for one in path.values() if one.outcome == "cause"] == ["labels_plentiful"]


def test_a_smaller_budget_of_the_run_shows_it_for_nothing() -> None:
    found = climber({**EVEN, **FEWER}, {})
    found.case = replace(found.case, fewer={"labels0.25": "25 labels instead of 100"})

    path = climbed(found, free(found.case, 0.7, 0.7, found.right))

    assert [(one.cause, one.outcome, one.units) for one in path.values()] == [("labels_plentiful", "cause", 0.0)]


def test_more_labels_are_advice_and_no_cause() -> None:
    found = climber(EVEN, {"transfer~labels0.5": 0.5, "scratch~width2": 0.7})

    told = climbed(found, labels(found.case, 0.7, suspects=False))["half"]

    assert told.outcome == "unclear"
    assert "advice" in told.reason or "what helps" in told.reason


def test_what_cannot_be_trained_is_listed_with_its_reason() -> None:
    train = Pretended(arms={}, closed={"scratch~width2": "nobody knows how to widen it"})
    found = Climber(case=case(EVEN), train=train, wallet=Wallet(trainings=None))

    path = climbed(found, labels(found.case, 0.7, suspects=False))

    assert "nobody knows how to widen it" in [one.why for one in found.left]
    assert {one.outcome for one in path.values()} == {"not_possible"}
