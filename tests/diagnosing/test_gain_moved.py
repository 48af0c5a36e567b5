"""How far a change moves the gain: against formulas written out, and what may be said of it."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from shiftprobe.diagnosing.trained import GainAnswers, GainMoved, gain_moved, outcome
from shiftprobe.metrics import InputError


def answers(shares: tuple[float, ...], seeds: int = 3, n: int = 400, seed: int = 0) -> list[NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    return [rng.random((seeds, n)) < share for share in shares]


def moved(shares: tuple[float, float, float, float], **size: int) -> GainMoved:
    ours, theirs, changed, others = answers(shares, **size)
    return gain_moved(GainAnswers(ours, theirs), GainAnswers(changed, others))


def test_the_move_and_its_interval_are_those_of_the_formulas_written_out() -> None:
    ours, theirs, changed, others = answers((0.8, 0.6, 0.7, 0.65))
    found = gain_moved(GainAnswers(ours, theirs), GainAnswers(changed, others))
    d = changed.astype(float) - others - ours + theirs
    seeds = d.mean(1)
    half = stats.t.ppf(0.975, 2) * seeds.std(ddof=1) / np.sqrt(3)
    two = np.append(d.mean(0), [2.0, -2.0])  # the two extreme images
    low, high = stats.t.interval(0.95, len(two) - 1, two.mean(), stats.sem(two))
    mean = d.mean()
    assert found.before == pytest.approx(ours.mean() - theirs.mean())
    assert found.moved == pytest.approx(mean)
    assert found.per_seed == pytest.approx(tuple(seeds))
    assert found.low == pytest.approx(mean - np.hypot(half, mean - low))
    assert found.high == pytest.approx(mean + np.hypot(half, high - mean))


def test_exchanging_what_is_compared_turns_the_sign_and_nothing_else() -> None:
    ours, theirs, changed, others = answers((0.8, 0.6, 0.7, 0.65))
    found = gain_moved(GainAnswers(ours, theirs), GainAnswers(changed, others))
    back = gain_moved(GainAnswers(changed, others), GainAnswers(ours, theirs))
    order = np.random.default_rng(1).permutation(400)
    mixed = gain_moved(GainAnswers(ours[:, order], theirs[:, order]), GainAnswers(changed[:, order], others[:, order]))
    assert (back.low, back.high) == pytest.approx((-(found.high or 0), -(found.low or 0)))
    assert back.p == pytest.approx(found.p)
    assert (mixed.low, mixed.high, mixed.p) == pytest.approx((found.low, found.high, found.p))


def test_tables_that_do_not_fit_are_refused() -> None:
    ours, theirs, changed, others = answers((0.5,) * 4)
    for wrong in (others[:, :9], others[:2], others.astype(float), others[0]):
        with pytest.raises(InputError):
            gain_moved(GainAnswers(ours, theirs), GainAnswers(changed, wrong))


def test_a_cause_is_named_only_where_the_gain_moves_by_half_over_enough_seeds_and_images() -> None:
    falls = (0.9, 0.6, 0.9, 0.85)
    assert outcome(moved(falls), 0.01) == ("cause", "")
    assert outcome(moved((0.6, 0.6, 0.9, 0.6)), 0.01) == ("cause", "")  # a gain that was not there
    assert outcome(moved((0.9, 0.6, 0.9, 0.68), n=4000), 0.01)[0] == "ruled_out"  # it moves, by a quarter
    for few in ({"seeds": 1}, {"seeds": 2}, {"n": 60}):
        word, why = outcome(moved(falls, **few), 0.01)
        assert (word, bool(why)) == ("suggestive", True)
    assert outcome(moved((0.9, 0.6, 0.9, 0.6), seeds=1), 0.01)[0] == "unclear"  # one seed rules nothing out
    assert moved(falls, seeds=1).effect is None
    held = moved(falls).effect
    assert held is not None
    assert (held.n, held.seeds) == (400, 3)
    assert held.value == pytest.approx(moved(falls).moved)


def test_a_move_within_what_counts_as_equal_is_no_cause() -> None:
    small = GainMoved(before=0.001, after=0.009, per_seed=(0.008,) * 3, n=9000, low=0.007, high=0.009)
    assert outcome(small, 0.01)[0] == "ruled_out"
    assert outcome(small, 0.001)[0] == "cause"
    assert outcome(replace(small, low=-0.02, high=0.036), 0.01)[0] == "unclear"


def test_without_an_effect_a_cause_is_named_in_at_most_one_of_twenty() -> None:
    rng, named = np.random.default_rng(3), 0
    for _ in range(200):
        hard = rng.beta(2, 1, 200)
        arms = [rng.random((3, 200)) < np.clip(hard + rng.normal(0, 0.02, (3, 1)), 0, 1) for _ in range(4)]
        named += outcome(gain_moved(GainAnswers(*arms[:2]), GainAnswers(*arms[2:])), 0.0)[0] == "cause"
    assert named <= 10
