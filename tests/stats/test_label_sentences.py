"""What is said of the worth of labels, and what is refused."""

import pytest
from tests.stats.test_labels import BUDGETS, Curves

from shiftprobe.metrics import InputError
from shiftprobe.stats import Verdict, Worth, equivalent_from, labels_sentence, labels_worth

FROM_300: list[Verdict] = ["better", "equivalent", "equivalent"]


def worth(budget: int, equal_to: float, low: float | None, high: float | None, **rest: object) -> Worth:
    values = {"bound": "", "p": 1e-6, "n": 10} | rest
    return Worth(budget=budget, equal_to=equal_to, low=low, high=high, **values)  # type: ignore[arg-type]


PLAIN = [worth(50, 212.0, 180.2, 249.7), worth(300, 310.0, 290.0, 330.0, p=0.4), worth(900, 900.0, 800.0, None, p=0.9)]


@pytest.mark.parametrize(
    ("worths", "verdicts", "sentence"),
    [
        (
            PLAIN,
            FROM_300,
            (
                "With 50 labels transfer reaches what scratch needs 212 for (95 % interval 180 to 250, n = 10 seeds): "
                "it is worth 162 labelled images here; "
                "from 300 labels on, up to the 900 tried, the arms are equivalent within ±1 point."
            ),
        ),
        (
            [worth(50, 900.0, 640.0, None, bound="at least"), worth(900, 900.0, 900.0, None, bound="at least")],
            ["better", "better"],
            (
                "With 50 labels transfer reaches more than scratch does with 900, the most tried "
                "(95 % interval 640 to more than 900, n = 10 seeds): it is worth more than 850 labelled images here."
            ),
        ),
        (
            [worth(50, 50.0, None, None, p=0.6), worth(100, 50.0, None, 50.0, bound="at most")],
            ["inconclusive", "worse"],
            (
                "With 100 labels transfer reaches less than scratch does with 50, the fewest tried "
                "(95 % interval less than 50, n = 10 seeds): it costs more than 50 labelled images here."
            ),
        ),
        (
            [worth(50, 61.0, 55.0, 70.0), worth(100, 99.0, 98.0, 99.4), worth(900, 300.0, None, 600.0)],
            ["better", "worse", "worse"],
            (
                "With 50 labels transfer reaches what scratch needs 61 for (95 % interval 55 to 70, n = 10 seeds): "
                "it is worth 11 labelled images here; "
                "with 100 labels transfer reaches what scratch needs 99 for (95 % interval 98 to 99, n = 10 seeds): "
                "it costs 1 labelled image here."
            ),
        ),
        (
            [worth(50, 60.0, 40.0, 70.0, p=0.2), worth(900, 900.0, 700.0, None, p=0.5)],
            ["inconclusive", "equivalent"],
            "At 900 labels, the most tried, transfer and scratch are equivalent within ±1 point.",
        ),
    ],
)
def test_sentences(worths: list[Worth], verdicts: list[Verdict], sentence: str) -> None:
    assert labels_sentence(worths, verdicts) == sentence


@pytest.mark.parametrize(
    "one",
    [
        worth(50, 60.0, 40.0, 90.0, p=0.2),  # the interval holds the budget
        worth(50, 60.0, None, None, p=None, n=1),
        worth(50, 60.0, 51.0, 90.0, p=0.04),  # does not survive Holm over three budgets
        worth(50, 50.4, 50.1, 50.8),  # less than one label
    ],
)
def test_nothing_is_claimed_where_nothing_may_be(one: Worth) -> None:
    rest = [worth(300, 310.0, 290.0, 330.0, p=0.4), worth(900, 900.0, 800.0, None, p=0.9)]
    assert labels_sentence([one, *rest], ["better", "inconclusive", "inconclusive"]) == ""


def test_no_worth_is_claimed_where_the_arms_are_equivalent() -> None:
    said = labels_sentence(PLAIN, ["equivalent"] * 3, margin=0.02, names=("a", "b"))
    assert said == "From 50 labels on, up to the 900 tried, a and b are equivalent within ±2 points."


@pytest.mark.parametrize(
    ("budgets", "ours", "theirs", "message"),
    [
        ([50, 50], [[0.1, 0.2]], [[0.1, 0.2]], r"increase, got \[50, 50\]; sort them"),
        ([0, 50], [[0.1, 0.2]], [[0.1, 0.2]], "start at 1"),
        ([], [[]], [[]], "whole numbers of labels"),
        ([50.5], [[0.1]], [[0.1]], "whole numbers of labels"),
        ([50, 100], [[0.1]], [[0.1, 0.2]], r"2 budgets in each, got shape \(1, 1\)"),
        ([50, 100], [0.1, 0.2], [0.1, 0.2], "one row per seed"),
        ([50, 100], [[0.1, 0.2]], [[0.1, 0.2]] * 2, "same seeds, got 1 and 2"),
        ([50, 100], [[10.0, 20.0]], [[0.1, 0.2]], r"write 0\.93"),
        ([50, 100], [[float("nan"), 0.2]], [[0.1, 0.2]], "leave out seeds that failed"),
    ],
)
def test_refuses_what_is_no_pair_of_curves(budgets: list[int], ours: Curves, theirs: Curves, message: str) -> None:
    with pytest.raises(InputError, match=message):
        labels_worth(budgets, ours, theirs)


def test_every_budget_needs_a_verdict() -> None:
    with pytest.raises(InputError, match="4 budgets and 1 verdicts"):
        equivalent_from(BUDGETS, ["equivalent"])
