"""Planted ladders of accuracies: each is told by its rung, one seed suggests only, and words move nothing."""

from dataclasses import replace

import numpy as np
import pytest
from tests.diagnosing.test_contrasts import answers

from shiftprobe.diagnosing.where import WhereRight, where
from shiftprobe.metrics.checks import InputError
from shiftprobe.results.diagnosis import Experiment

SHARES = {"scratch": 0.5, "transfer": 0.9}


def ladder(seeds: int = 3, n: int = 400, **shares: float) -> WhereRight:
    """Arms with these accuracies; names such as `first2of6` are parts."""
    made = {name: answers(share, seeds, n, seed) for seed, (name, share) in enumerate({**SHARES, **shares}.items(), 1)}
    parts = {name: made.pop(name) for name in list(made) if name.startswith(("first", "last"))}
    return WhereRight(
        transfer=made["transfer"],
        scratch=made["scratch"],
        mean_var=made.get("mean_var"),
        shuffled=made.get("shuffled"),
        parts=parts,
    )


def by_name(right: WhereRight) -> dict[str, Experiment]:
    return {one.name: one for one in where(right)}


def test_features_that_are_reused_are_better_than_both_shams() -> None:
    found = by_name(ladder(mean_var=0.55, shuffled=0.65))
    assert {name: one.outcome for name, one in found.items()} == {
        "mean_var": "ruled_out",
        "shuffled": "ruled_out",
        "reused": "cause",
    }
    reused = found["reused"]
    assert reused.sham_title == "a source trained on shuffled labels"
    assert reused.effect is not None
    assert reused.effect.value == pytest.approx(0.25, abs=0.04)
    assert reused.after == reused.gap == pytest.approx(0.4, abs=0.04)
    assert reused.recovers == 1.0
    assert reused.sham == pytest.approx(0.15, abs=0.04)
    assert reused.p_holm is not None
    assert reused.p_holm < 0.05
    assert [one.units for one in found.values()] == [3.0, 3.0, 3.0]


def test_scales_that_have_the_gain_are_named_and_nothing_beside_them() -> None:
    found = by_name(ladder(mean_var=0.9, shuffled=0.91, first2of6=0.88))
    assert found["mean_var"].outcome == "cause"
    assert found["mean_var"].cause == "scales_only"
    assert found["mean_var"].recovers == pytest.approx(1.0, abs=0.06)
    assert {one.outcome for name, one in found.items() if name != "mean_var"} == {"unclear"}


def test_scales_may_do_better_than_the_source() -> None:
    assert by_name(ladder(mean_var=0.97, shuffled=0.6))["mean_var"].outcome == "cause"


def test_statistics_are_named_where_scales_do_not_have_the_gain() -> None:
    found = by_name(ladder(mean_var=0.55, shuffled=0.9))
    assert {name: one.outcome for name, one in found.items()} == {
        "mean_var": "ruled_out",
        "shuffled": "cause",
        "reused": "unclear",
    }
    assert found["shuffled"].sham == found["mean_var"].after


def test_without_its_sham_nothing_is_more_than_suggestive() -> None:
    statistics = by_name(ladder(shuffled=0.9))["shuffled"]
    assert (statistics.outcome, statistics.reason) == ("suggestive", "one of the two shams of reuse was not trained")
    assert by_name(ladder(mean_var=0.55))["reused"].outcome == "suggestive"
    assert where(ladder()) == ()


def test_one_seed_suggests() -> None:
    found = by_name(ladder(1, mean_var=0.55, shuffled=0.65, first2of6=0.9))
    assert found["reused"].outcome == found["first2of6"].outcome == "suggestive"
    assert found["reused"].reason == "one seed has no spread"
    assert found["mean_var"].outcome == "unclear"  # one seed rules nothing out
    assert {(one.effect, one.p, one.p_holm) for one in found.values()} == {(None, None, None)}
    assert by_name(ladder(1, mean_var=0.89, shuffled=0.89))["mean_var"].outcome == "suggestive"


def test_two_seeds_name_nothing() -> None:
    found = by_name(ladder(2, mean_var=0.55, shuffled=0.65, first2of6=0.9))
    assert "cause" not in {one.outcome for one in found.values()}


def test_few_images_suggest() -> None:
    assert by_name(ladder(n=80, mean_var=0.55, shuffled=0.6))["reused"].outcome == "suggestive"


def test_blocks_that_have_the_gain_are_found_from_either_end() -> None:
    right = ladder(mean_var=0.55, shuffled=0.6, first2of6=0.7, first4of6=0.9, last2of6=0.52, last4of6=0.6)
    found = by_name(right)
    outcomes = {name: one.outcome for name, one in found.items() if one.name[0] in "fl"}
    assert outcomes == {
        "first2of6": "ruled_out",
        "first4of6": "cause",
        "last2of6": "ruled_out",
        "last4of6": "ruled_out",
    }
    assert found["first4of6"].cause == "reused"
    assert found["first4of6"].title == "the first 4 of 6 blocks from the source, the rest drawn anew"
    assert found["first2of6"].recovers == pytest.approx(0.5, abs=0.08)


def test_without_a_gain_there_is_nothing_to_locate() -> None:
    right = ladder(transfer=0.48, scratch=0.5, mean_var=0.5, shuffled=0.5, first2of6=0.5)
    for one in where(right):
        assert (one.outcome, one.reason) == ("unclear", "there is no gain of transfer over scratch to locate")


def test_reuse_is_shown_by_its_shams_where_scratch_varies_too_much_to_show_the_gain() -> None:
    right = ladder(mean_var=0.6, shuffled=0.65, first2of6=0.9)
    wild = np.concatenate([answers(share, 1, 400, seed) for seed, share in enumerate((0.15, 0.88, 0.6), 20)])
    found = by_name(replace(right, scratch=wild))
    assert {name: one.outcome for name, one in found.items()} == {
        "mean_var": "ruled_out",
        "shuffled": "ruled_out",
        "reused": "cause",
        "first2of6": "unclear",
    }


def test_scales_and_reuse_are_never_both_named() -> None:
    for seed in range(15):
        shares = np.random.default_rng(seed).uniform(0.4, 0.95, 4)
        right = ladder(transfer=shares[0], scratch=0.5, mean_var=shares[1], shuffled=shares[2], first2of6=shares[3])
        named = {one.cause for one in where(right) if one.outcome == "cause"}
        assert len(named) <= 1


def test_by_chance_nothing_is_named() -> None:
    named = 0
    for seed in range(25):
        drawn = np.random.default_rng(seed)
        a, b, c, d = (drawn.random((3, 200)) < 0.7 for _ in range(4))
        right = WhereRight(transfer=a, scratch=b, mean_var=c, shuffled=d)
        named += any(one.outcome == "cause" for one in where(right))
    assert named <= 1


def test_prices_are_trainings_unless_told() -> None:
    right = ladder(mean_var=0.6, shuffled=0.6)
    assert [one.units for one in where(right, units={"mean_var": 0.0})] == [0.0, 3.0, 3.0]


def test_refuses_arms_of_other_images() -> None:
    right = ladder(mean_var=0.6)
    with pytest.raises(InputError, match="of the same seeds and images"):
        where(replace(right, mean_var=answers(0.6, n=399)))
