"""A share held against its threshold in steps: exact, never surer than a single look allows, and of one step a gate."""

import numpy as np
import pytest

from shiftprobe.metrics import InputError
from shiftprobe.stats import decide, gate
from shiftprobe.stats.staged_gate import staged_gate

SHARES = (0.02, 0.03, 0.05, 0.9)
SIZES = (250, 500, 750, 1000)


@pytest.mark.parametrize("right", [0, 60, 80, 99, 100])
def test_a_plan_of_one_step_is_a_gate(right: int) -> None:
    assert staged_gate([right], [100], [1.0], 0.8) == gate(right, 100, 0.8)


@pytest.mark.parametrize(("rights", "word"), [([245], "pass"), ([150], "fail"), ([200], "cannot tell")])
def test_what_is_clear_is_decided_at_the_first_step(rights: list[int], word: str) -> None:
    found = staged_gate(rights, SIZES[:1], SHARES, 0.8)
    assert found.word == word
    assert found.n == 250


def test_its_interval_leaves_the_threshold_where_its_word_says_so() -> None:
    for right in range(0, 251, 5):
        found = staged_gate([right], SIZES[:1], SHARES, 0.8)
        word = "pass" if found.low >= 0.8 else "fail" if found.high < 0.8 else "cannot tell"
        assert word == found.word, right


def test_each_step_is_the_exact_test_at_its_share_of_the_level() -> None:
    rights = [210, 425, 640, 850]
    found = staged_gate(rights, SIZES, SHARES, 0.8)
    each = [gate(right, n, 0.8).p_above / share for right, n, share in zip(rights, SIZES, SHARES, strict=True)]
    assert found.p_above == min(each)
    alone = [gate(r, n, 0.8, 1 - 0.05 * share) for r, n, share in zip(rights, SIZES, SHARES, strict=True)]
    assert found.low == max(one.low for one in alone)
    assert found.high == min(one.high for one in alone)


def test_what_an_early_step_decided_no_later_one_reverses() -> None:
    found = staged_gate([250, 300, 340, 400], SIZES, SHARES, 0.8)
    assert found.word == "pass"
    assert found.p_below == 1.0
    decide([found.p_above], [found.p_below])  # which refuses a gate that passes and fails


@pytest.mark.parametrize(
    ("rights", "sizes", "shares"),
    [
        ([], [], [1.0]),
        ([1, 2], [5], SHARES),
        ([1, 2], [5, 5], SHARES),
        ([1, 2], [5, 8], [1.0]),
        ([1], [5], [0.5, 0.4]),
        ([1], [5], [1.0, 0.0]),
        ([6], [5], SHARES),
    ],
)
def test_refuses_what_is_no_plan(rights: list[int], sizes: list[int], shares: list[float]) -> None:
    with pytest.raises(InputError):
        staged_gate(rights, sizes, shares, 0.8)


@pytest.mark.parametrize("accuracies", [(0.7,) * 6, (0.7, 0.7, 0.7, 0.95, 0.4, 0.6999)])
def test_a_family_that_is_looked_at_four_times_errs_as_rarely_as_one_that_is_looked_at_once(
    accuracies: tuple[float, ...],
) -> None:
    """At the threshold itself, where a pass is right and a failure is not; and just below it, where a pass is not."""
    rng, runs = np.random.default_rng(0), 1500
    false_fail = false_pass = 0
    for _ in range(runs):
        right = rng.random((len(accuracies), SIZES[-1])) < np.array(accuracies)[:, None]
        counts = np.stack([right[:, :size].sum(1) for size in SIZES], axis=1)
        after = np.zeros(len(accuracies), int)
        open_ = list(range(len(accuracies)))
        for step in range(1, 5):
            after[open_] = step
            gates = [
                staged_gate(counts[i, : after[i]].tolist(), SIZES[: after[i]], SHARES, 0.7)
                for i in range(len(accuracies))
            ]
            words = decide([one.p_above for one in gates], [one.p_below for one in gates])
            open_ = [i for i in open_ if words[i].word == "cannot tell"]
            if not open_:
                break
        false_fail += any(word.word == "fail" and true >= 0.7 for word, true in zip(words, accuracies, strict=True))
        false_pass += any(word.word == "pass" and true < 0.7 for word, true in zip(words, accuracies, strict=True))
    bound = 0.025 + 3 * np.sqrt(0.025 * 0.975 / runs)
    assert false_fail / runs <= bound
    assert false_pass / runs <= bound
