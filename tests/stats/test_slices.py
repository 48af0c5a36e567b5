"""Slices: exact numbers, words and numbers of one set; how seldom one is made up, how often a real one is found."""

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.stats import fisher_exact

from shiftprobe.metrics import InputError
from shiftprobe.stats.slices import Candidate, Column, Cut, candidates, confirmable_gap, confirmed, fewer_right, halves

BELOW = 0.05


def properties(n: int, rng: np.random.Generator) -> dict[str, Column]:
    """Eight properties of numbers, two of them alike, a class and a domain: as many as an audit has."""
    made = {f"p{i}": rng.gamma(2.0, size=n) for i in range(7)}
    made["p7"] = made["p6"] + 0.3 * rng.normal(size=n)
    return {**made, "class": rng.integers(0, 10, n).astype(str), "domain": rng.integers(0, 4, n).astype(str)}


def found(columns: Mapping[str, Column], right: np.ndarray, rng: np.random.Generator) -> list[Cut]:
    first = halves(len(right), rng)
    taken = candidates(columns, right, first, BELOW)
    assert len(taken) <= 10
    return [one.cut for one in confirmed(taken, right, first, BELOW) if one.found]


def false_alarms(n: int, accuracy: float, runs: int) -> int:
    made_up = 0
    for run in range(runs):
        rng = np.random.default_rng([n, run, 11])
        made_up += bool(found(properties(n, rng), rng.random(n) < accuracy, rng))
    return made_up


def hits(n: int, gap: float, runs: int) -> int:
    """A tenth of the images, those with the least p2, are answered worse."""
    seen = 0
    for run in range(runs):
        rng = np.random.default_rng([n, run, 12])
        columns = properties(n, rng)
        bad = columns["p2"] < np.quantile(np.asarray(columns["p2"], float), 0.1)
        right = rng.random(n) < np.where(bad, 0.9 - gap, 0.9)
        seen += any((cut.by, cut.relation) == ("p2", "below") for cut in found(columns, right, rng))
    return seen


def test_the_test_is_fishers() -> None:
    for k, n, every, total in ((3, 10, 70, 90), (0, 5, 40, 60), (20, 25, 400, 500)):
        table = [[k, n - k], [every - k, total - n - every + k]]
        assert fewer_right(k, n, every, total) == pytest.approx(fisher_exact(table, alternative="less").pvalue)


def test_numbers_are_those_of_the_half_that_did_not_choose() -> None:
    rng = np.random.default_rng(0)
    right, first, images = rng.random(400) < 0.8, halves(400, rng), rng.random(400) < 0.2
    (one,) = confirmed([Candidate(Cut("p", "below", 0.2), images, 3.0)], right, first, BELOW)
    assert (one.n, one.right) == ((images & ~first).sum(), (images & ~first & right).sum())
    assert (one.rest_n, one.rest_right) == ((~images & ~first).sum(), (~images & ~first & right).sum())
    moved = np.where(first, ~right, right)
    assert confirmed([Candidate(one.cut, images, 3.0)], moved, first, BELOW)[0][2:] == one[2:]


def test_words_and_numbers_are_one_set() -> None:
    rng = np.random.default_rng(1)
    column = rng.random(2000)
    right = rng.random(2000) > 0.6 * (column < 0.2143)
    cut = next(one.cut for one in candidates({"p": column}, right, halves(2000, rng), BELOW))
    assert (cut.by, cut.relation) == ("p", "below")
    assert f"{cut.bound:.2f}" == f"{cut.bound}".ljust(4, "0")
    assert cut.bound == pytest.approx(0.21, abs=0.021)
    assert (cut.holds(column) == (column < float(cut.bound))).all()


def test_one_cause_is_one_candidate_and_hard_words_come_last() -> None:
    rng = np.random.default_rng(2)
    column, cluster = rng.random(1000), np.full(1000, "")
    bad = column < 0.1
    cluster[bad] = "7"
    right = rng.random(1000) < np.where(bad, 0.2, 0.95)
    columns: dict[str, Column] = {"cluster": cluster, "p": column, "same": column * 3}
    first = halves(1000, rng)
    (one,) = candidates(columns, right, first, BELOW, last=("cluster",))
    assert one.cut.by in {"p", "same"}
    assert [each.cut for each in candidates({"cluster": cluster}, right, first, BELOW)] == [Cut("cluster", "is", "7")]


def test_a_small_gap_is_no_slice_however_sure() -> None:
    rng = np.random.default_rng(3)
    column = rng.random(40_000)
    right = rng.random(40_000) < np.where(column < 0.3, 0.92, 0.95)
    first = halves(40_000, rng)
    assert not candidates({"p": column}, right, first, 0.05)
    assert any(one.found for one in confirmed(candidates({"p": column}, right, first, 0.01), right, first, 0.01))


def test_a_property_that_is_the_same_everywhere_is_no_candidate() -> None:
    right, first = np.arange(600) % 7 > 0, np.arange(600) % 2 == 0
    assert candidates({"p": np.ones(600), "class": np.full(600, "a")}, right, first, BELOW) == ()


def test_the_gap_that_would_be_confirmed_is_the_least() -> None:
    gap = confirmable_gap(450, 500)
    assert gap is not None
    k = round(45 * (1 - gap))  # right ones within, where (450 - k) / 450 - k / 50 is the gap
    assert fewer_right(k, 50, 450, 500) <= 0.005 < fewer_right(k + 1, 50, 450, 500)
    assert confirmable_gap(20, 20) is None


def test_refuses_parts_of_other_lengths() -> None:
    with pytest.raises(InputError, match="two halves of 5 images"):
        candidates({"p": np.zeros(4)}, np.ones(5, bool), np.arange(5) < 2, BELOW)
    with pytest.raises(InputError, match="below is a fraction"):
        candidates({}, np.ones(5, bool), np.arange(5) < 2, 5.0)


def test_slices_are_seldom_made_up_and_a_bad_tenth_is_found() -> None:
    assert false_alarms(600, 0.85, 40) <= 6  # of 40 at .05: 7 or more in one of 300 such tests
    assert hits(1000, 0.3, 15) >= 13  # at .95: fewer in one of 27


@pytest.mark.slow
@pytest.mark.parametrize(("n", "accuracy"), [(500, 0.7), (1000, 0.9), (2000, 0.97)])
def test_slices_are_seldom_made_up(n: int, accuracy: float) -> None:
    assert false_alarms(n, accuracy, 400) <= 33  # at .05: more in one of 1,000


@pytest.mark.slow
def test_a_bad_tenth_of_a_thousand_is_found() -> None:
    assert hits(1000, 0.3, 200) >= 180
