"""Gates: exact against other libraries, words that follow the interval, false verdicts counted, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from shiftprobe.metrics import InputError
from shiftprobe.stats import Gate, Worst, decide, effective_gate, gate, worst_of

QUICK = 400
FULL = 4000


def words(n: int, threshold: float) -> dict[str, float]:
    """Exact chance of each word, and of an interval that holds the truth, where the truth is the threshold."""
    gates = [gate(k, n, threshold) for k in range(n + 1)]
    chance = scipy_stats.binom.pmf(range(n + 1), n, threshold)
    found = {
        word: sum(p for p, one in zip(chance, gates, strict=True) if one.word == word) for word in ("pass", "fail")
    }
    held = sum(p for p, one in zip(chance, gates, strict=True) if one.low <= threshold <= one.high)
    return {**found, "held": held}


def families(draws: int, members: int = 6, n: int = 200, threshold: float = 0.8) -> dict[str, float]:
    """How often any gate of a family is named wrongly, with Holm and without; every truth is the threshold."""
    rng = np.random.default_rng([draws, members])
    rights = rng.binomial(n, threshold, (draws, members))
    known = {k: gate(k, n, threshold) for k in np.unique(rights).tolist()}
    found = dict.fromkeys(("pass", "fail", "bare pass", "bare fail"), 0.0)
    for row in rights.tolist():
        decided = decide([known[k].p_above for k in row], [known[k].p_below for k in row])
        for word in ("pass", "fail"):
            found[word] += any(one.word == word for one in decided) / draws
            found[f"bare {word}"] += any(one.uncorrected == word for one in decided) / draws
    return found


def worsts(truths: list[float], n: int, threshold: float, draws: int) -> dict[str, float]:
    """Words for the worst class, how often its interval holds the lowest truth, and the mean of the lowest share."""
    rng = np.random.default_rng([n, draws, len(truths)])
    found = [
        worst_of(row, [n] * len(truths), threshold) for row in rng.binomial(n, truths, (draws, len(truths))).tolist()
    ]
    return {
        "pass": np.mean([one.word == "pass" for one in found]).item(),
        "fail": np.mean([one.word == "fail" for one in found]).item(),
        "held": np.mean([one.low <= min(truths) <= one.high for one in found]).item(),
        "value": np.mean([one.value for one in found]).item(),
    }


def one_weak(members: int) -> list[float]:
    return [0.8, *[0.99] * (members - 1)]


@pytest.mark.parametrize(
    ("n", "threshold", "confidence"),
    [(1, 0.95, 0.9), (1, 0.975, 0.95), (2, 0.9, 0.98), (2, 0.8, 0.92), (3, 0.5, 0.75), (1, 0.9, 0.8)],
)
def test_a_p_value_that_is_the_level_decides_whatever_binary_rounding_says(
    n: int, threshold: float, confidence: float
) -> None:
    """All of n wrong: p is (1 - threshold)**n, by hand the very level; and the mirror."""
    assert gate(0, n, threshold, confidence).word == "fail"
    assert gate(n, n, 1 - threshold, confidence).word == "pass"
    assert gate(0, n, threshold - 1e-6, confidence).word == "cannot tell"


@given(st.integers(1, 400), st.data())
def test_agrees_with_two_other_libraries(n: int, data: st.DataObject) -> None:
    k, threshold = data.draw(st.integers(0, n)), data.draw(st.floats(0.01, 0.99))
    found = gate(k, n, threshold)
    assert (found.low, found.high) == pytest.approx(proportion_confint(k, n, method="beta"), abs=1e-9)
    below = scipy_stats.binomtest(k, n, threshold, alternative="less").pvalue
    above = scipy_stats.binomtest(k, n, threshold, alternative="greater").pvalue
    assert (found.p_below, found.p_above) == pytest.approx((below, above), abs=1e-9)
    assert found.value == k / n


@given(st.integers(1, 300), st.data())
def test_the_word_says_where_the_interval_lies_and_right_and_wrong_mirror_each_other(
    n: int, data: st.DataObject
) -> None:
    k, threshold = data.draw(st.integers(0, n)), data.draw(st.floats(0.01, 0.99))
    found = gate(k, n, threshold)
    if abs(found.low - threshold) > 1e-9 and abs(found.high - threshold) > 1e-9:
        assert (found.word == "pass") == (found.low > threshold)
        assert (found.word == "fail") == (found.high < threshold)
    (alone,) = decide([found.p_above], [found.p_below])
    assert (alone.word, alone.uncorrected) == (found.word, found.word)
    assert alone.p == alone.p_holm == min(found.p_above, found.p_below)
    mirror = gate(n - k, n, 1.0 - threshold)
    assert (mirror.p_above, mirror.p_below) == pytest.approx((found.p_below, found.p_above), abs=1e-9)
    assert (mirror.low, mirror.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-9)


def test_at_the_ends_nothing_is_proven_that_cannot_be() -> None:
    assert gate(0, 10, 0.0).word == "pass"  # every share is at least 0
    assert gate(10, 10, 1.0).word == "cannot tell"
    assert gate(9, 10, 1.0).word == "fail"
    assert gate(1, 1, 0.5).word == gate(0, 1, 0.5).word == "cannot tell"


def test_an_effective_number_of_images_is_a_number_of_images() -> None:
    assert effective_gate(0.925, 400.0, 400, 0.9)[:7] == pytest.approx(gate(370, 400, 0.9)[:7])
    halved = effective_gate(0.925, 200.0, 400, 0.9)
    assert halved.high - halved.low > gate(370, 400, 0.9).high - gate(370, 400, 0.9).low
    assert effective_gate(1.0, 12.5, 40, 0.9).high == 1.0


@pytest.mark.parametrize("threshold", [0.8, 0.9, 0.99])
@pytest.mark.parametrize("n", [100, 400])
def test_a_gate_alone_errs_no_more_than_two_and_a_half_times_in_100_on_either_side(n: int, threshold: float) -> None:
    found = words(n, threshold)
    assert found["pass"] <= 0.025
    assert found["fail"] <= 0.025
    assert found["held"] >= 0.95


def test_a_family_errs_no_more_than_one_gate() -> None:
    found = families(QUICK)
    assert found["pass"] <= 0.04
    assert found["fail"] <= 0.04
    assert found["bare pass"] > 0.06  # what Holm cures


def test_holm_is_that_of_another_library_on_each_side() -> None:
    p_above, p_below = [0.001, 0.009, 0.02, 0.6, 0.999], [0.9995, 0.995, 0.99, 0.45, 0.002]
    found = decide(p_above, p_below)
    above, below = (multipletests(side, method="holm")[1] for side in (p_above, p_below))
    expected = [above[0], above[1], above[2], below[3], below[4]]
    assert [one.p_holm for one in found] == pytest.approx(expected)
    assert [one.word for one in found] == ["pass", "cannot tell", "cannot tell", "cannot tell", "fail"]
    assert [one.uncorrected for one in found] == ["pass", "pass", "pass", "cannot tell", "fail"]
    assert decide(p_above[::-1], p_below[::-1]) == found[::-1]
    assert decide([], []) == ()


@pytest.mark.parametrize(
    ("k", "n", "threshold", "confidence", "message"),
    [
        (5, 4, 0.9, 0.95, "0 <= right <= n and n above 0, got 5 of 4"),
        (-1, 4, 0.9, 0.95, "0 <= right"),
        (0, 0, 0.9, 0.95, "n above 0"),
        (3, 4, 90.0, 0.95, "write 0.9 for 90 %"),
        (3, 4, float("nan"), 0.95, "threshold is a fraction"),
        (3, 4, 0.9, 95.0, "write 0.95 for 95 %"),
    ],
)
def test_refuses_what_is_no_share(k: int, n: int, threshold: float, confidence: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        gate(k, n, threshold, confidence)


def test_refuses_a_family_that_contradicts_itself() -> None:
    with pytest.raises(InputError, match="a p value for each side, got 2 and 1"):
        decide([0.1, 0.2], [0.9])
    with pytest.raises(InputError, match="fractions from 0 to 1"):
        decide([0.1, float("nan")], [0.9, 0.9])
    with pytest.raises(InputError, match=r"write 0\.05 for 5 %"):
        decide([0.1], [0.9], alpha=5.0)
    with pytest.raises(InputError, match="above and below its threshold"):
        decide([0.001], [0.001])


def members(found: Worst) -> list[Gate]:
    return [one for one in found.members if one is not None]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted), min_size=1, max_size=8), st.data())
def test_the_worst_is_named_by_its_interval_in_any_order(pairs: list[list[int]], data: st.DataObject) -> None:
    if not any(n for _, n in pairs):
        return
    found = worst_of([k for k, _ in pairs], [n for _, n in pairs], 0.7)
    shuffled = data.draw(st.permutations(pairs))
    again = worst_of([k for k, _ in shuffled], [n for _, n in shuffled], 0.7)
    assert (again.word, again.value, again.low, again.high) == (found.word, found.value, found.low, found.high)
    assert found.value == min(one.value for one in members(found)) == found.members[found.index].value  # type: ignore[union-attr]
    assert (found.word == "pass") == (found.low >= 0.7) == all(one.word == "pass" for one in members(found))
    assert (found.word == "fail") == (found.high < 0.7) == bool(found.failing)
    assert set(found.absent) == {i for i, (_, n) in enumerate(pairs) if n == 0}
    assert found.low <= found.value <= found.high


def test_the_worst_of_one_is_its_gate() -> None:
    found, alone = worst_of([50], [80], 0.8), gate(50, 80, 0.8)
    assert (found.word, found.value, found.low, found.high, found.n) == (alone.word, alone.value, *alone[1:4])
    assert (found.p_above, found.p_below) == (alone.p_above, alone.p_below)


def test_a_weak_class_fails_only_where_it_outlives_holm() -> None:
    alone = worst_of([71], [100], 0.8)
    among = worst_of([71, *[95] * 9], [100] * 10, 0.8)
    assert (alone.word, among.word) == ("fail", "cannot tell")
    assert among.members[0] == gate(71, 100, 0.8)
    two = worst_of([60, 95, 55], [100] * 3, 0.8)
    assert (two.word, two.failing, two.index) == ("fail", (2, 0), 2)


def test_the_worst_refuses_what_has_no_images() -> None:
    with pytest.raises(InputError, match="no class or group has an image"):
        worst_of([0, 0], [0, 0], 0.8)
    with pytest.raises(InputError, match="got 1 and 2"):
        worst_of([0, 0], [4], 0.8)


def test_the_worst_class_is_seldom_named_wrongly() -> None:
    level = worsts([0.8] * 10, 100, 0.8, QUICK)
    assert level["fail"] <= 0.045
    assert level["pass"] == 0.0
    assert level["held"] >= 0.94
    assert level["value"] < 0.75  # the lowest of ten noisy shares lies far below the truth
    weak = worsts(one_weak(10), 100, 0.8, QUICK)
    assert weak["pass"] <= 0.045
    assert weak["pass"] > 0.0  # a false pass needs no more luck than for one class alone


@pytest.mark.slow
def test_full_families() -> None:
    found = families(FULL)
    assert found["pass"] <= 0.025
    assert found["fail"] <= 0.025
    assert found["bare pass"] > 0.08


@pytest.mark.slow
@pytest.mark.parametrize("members", [2, 10, 100])
@pytest.mark.parametrize("n", [50, 200])
def test_full_worst(n: int, members: int) -> None:
    draws = FULL if members < 100 else FULL // 4
    level = worsts([0.8] * members, n, 0.8, draws)
    weak = worsts(one_weak(members), n, 0.8, draws)
    assert max(level["fail"], level["pass"], weak["fail"], weak["pass"]) <= 0.03
    assert min(level["held"], weak["held"]) >= 0.945
