"""Classes one by one: against scikit-learn, orders that do not matter, coverage, refusals."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score, recall_score

from shiftprobe.metrics import InputError, balanced_accuracy, by_class, clopper_pearson, confusion, tails, wilson
from shiftprobe.metrics.scores.intervals import of_macro_f1
from shiftprobe.metrics.scores.outputs import Outputs

QUICK = 600
FULL = 10_000

DESIGNS = {  # images per class, true accuracy per class
    "10 x 100, .90": ([100] * 10, [0.9] * 10),
    "10 x 100, .99": ([100] * 10, [0.99] * 10),
    "10 x 100, two weak": ([100] * 10, [0.5, 0.6, *[0.99] * 8]),
    "100 x 10, .99": ([10] * 100, [0.99] * 100),
    "100 x 10, .90": ([10] * 100, [0.9] * 100),
    "20 x 2, .80": ([2] * 20, [0.8] * 20),
    "10 x 20, half perfect": ([20] * 10, [1.0] * 5 + [0.8] * 5),
    "300 to 5": ([300, 200, 50, 10, 5], [0.98, 0.97, 0.9, 0.8, 0.7]),
    "400 to 3, rarest .50": ([400, 300, 200, 100, 3], [0.98, 0.97, 0.96, 0.95, 0.5]),
    "9 x 100 and 5, rarest .40": ([100] * 9 + [5], [0.95] * 9 + [0.4]),
}


def missed_truth(design: str, draws: int) -> tuple[float, float]:
    """How often the interval of balanced accuracy lies above the truth, and below it."""
    ns, truths = (np.array(part) for part in DESIGNS[design])
    rng = np.random.default_rng([draws, len(ns)])
    above = below = 0
    labels = np.repeat(np.arange(len(ns)), ns)
    for _ in range(draws):
        right = rng.random(len(labels)) < truths[labels]
        found = balanced_accuracy(labels, np.where(right, labels, (labels + 1) % len(ns)), len(ns))
        above += found.low > truths.mean()
        below += found.high < truths.mean()
    return above / draws, below / draws


def made(n: int = 300, classes: int = 6) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    labels = rng.choice(classes, n, p=np.arange(1, classes + 1) / (classes * (classes + 1) / 2))
    return labels, np.where(rng.random(n) < 0.7, labels, rng.integers(0, classes, n))


def test_agrees_with_scikit_learn() -> None:
    labels, answers = made()
    table = by_class(labels, answers, 6)
    assert [row.accuracy for row in table.rows] == pytest.approx(recall_score(labels, answers, average=None))
    assert balanced_accuracy(labels, answers, 6).value == pytest.approx(balanced_accuracy_score(labels, answers))
    assert (confusion(labels, answers, 6) == confusion_matrix(labels, answers)).all()
    wrong = confusion_matrix(labels, answers)
    np.fill_diagonal(wrong, 0)
    assert [row.mistaken_for for row in table.rows] == wrong.argmax(axis=1).tolist()
    assert [row.mistaken for row in table.rows] == wrong.max(axis=1).tolist()
    assert [(row.low, row.high) for row in table.rows] == [wilson(row.right, row.n) for row in table.rows]
    assert (sum(table.ns), sum(table.rights)) == (300, int((labels == answers).sum()))


def test_a_class_without_images_has_no_numbers_and_no_say() -> None:
    table = by_class([0, 0, 2], [0, 1, 2], 4)
    assert table.rows[1] == (1, 0, 0, None, None, None, None, 0)
    assert table.rows[0].mistaken_for == 1
    assert table.rows[2].mistaken_for is None  # never wrong
    assert table.absent == (1, 3)
    found = balanced_accuracy([0, 0, 2], [0, 1, 2], 4)
    assert (found.value, found.classes, found.n) == (0.75, 2, 3)


def test_twenty_thousand_classes_take_no_square_of_them() -> None:
    rng, classes = np.random.default_rng(0), 20_000
    labels = rng.integers(0, classes, 3_000)
    answers = np.where(rng.random(3_000) < 0.6, labels, rng.integers(0, classes, 3_000))
    tracemalloc.start()
    table, balanced = by_class(labels, answers, classes), balanced_accuracy(labels, answers, classes)
    low, high = of_macro_f1(Outputs.of(labels, answers, classes))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 100e6  # all cells are 3.2 GB
    assert sum(table.rights) == int((labels == answers).sum())
    assert balanced.classes == len(np.unique(labels))
    assert low < f1_score(labels, answers, labels=np.unique(labels), average="macro") < high


def test_of_equally_frequent_mistakes_the_first_class_is_named() -> None:
    assert by_class([0, 0, 0, 0], [2, 1, 2, 1], 3).rows[0][-2:] == (1, 2)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60), st.permutations(range(4)))
def test_neither_image_order_nor_class_names_matter(pairs: list[tuple[int, int]], names: list[int]) -> None:
    labels, answers = (np.array(side) for side in zip(*pairs, strict=True))
    found = balanced_accuracy(labels, answers, 4)
    other = balanced_accuracy(np.array(names)[labels][::-1], np.array(names)[answers][::-1], 4)
    assert tuple(other) == pytest.approx(tuple(found))
    assert found.low <= found.value <= found.high
    table, renamed = by_class(labels, answers, 4), by_class(np.array(names)[labels], np.array(names)[answers], 4)
    assert [table.rights[k] for k in range(4)] == [renamed.rights[names[k]] for k in range(4)]


def test_with_classes_of_equal_size_and_accuracy_it_is_close_to_the_plain_interval() -> None:
    labels = np.repeat(np.arange(5), 100)
    answers = np.where(np.arange(500) % 10, labels, (labels + 1) % 5)
    found = balanced_accuracy(labels, answers, 5)
    assert found.value == pytest.approx(0.9)
    assert found.effective == pytest.approx(500, rel=0.02)
    assert (found.low, found.high) == pytest.approx(clopper_pearson(450, 500), abs=0.001)


def test_when_all_are_right_there_is_still_doubt() -> None:
    labels = np.repeat(np.arange(5), 20)
    found = balanced_accuracy(labels, labels, 5)
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.9 < found.low < 0.98


@pytest.mark.parametrize("design", ["10 x 100, .99", "300 to 5", "10 x 20, half perfect"])
def test_the_interval_holds_the_truth(design: str) -> None:
    above, below = missed_truth(design, QUICK)
    assert above <= 0.045
    assert below <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_full_coverage(design: str) -> None:
    above, below = missed_truth(design, FULL)
    assert above <= 0.03  # a false pass
    assert below <= (0.055 if "rarest" in design else 0.035)


@pytest.mark.parametrize(
    ("labels", "answers", "classes", "message"),
    [
        ([0, 1], [0], 2, "a label and a prediction, got 2 and 1"),
        ([0, 2], [0, 1], 2, "labels of 2 classes run from 0 to 1, got 0 to 2"),
        ([0, 1], [0, -1], 2, "predictions of 2 classes run from 0 to 1, got -1 to 0"),
        ([0], [0], 0, "at least 1 class"),
        ([0.5], [0], 2, "whole numbers"),
        ([], [], 2, "whole numbers"),
    ],
)
def test_refuses_what_are_no_classes(labels: list[int], answers: list[int], classes: int, message: str) -> None:
    for measure in (by_class, balanced_accuracy):
        with pytest.raises(InputError, match=message):
            measure(labels, answers, classes)


@given(st.integers(1, 200), st.data())
def test_exact_ends_and_tails_are_those_of_scipy(n: int, data: st.DataObject) -> None:
    right, level = data.draw(st.integers(0, n)), data.draw(st.sampled_from([0.5, 0.9, 0.99]))
    exact = scipy_stats.binomtest(right, n, 0.3)
    assert clopper_pearson(right, n, level) == pytest.approx(tuple(exact.proportion_ci(level, "exact")), abs=1e-9)
    found = tails(right, n, 0.3)
    assert found.above + found.below == pytest.approx(1.0 + scipy_stats.binom.pmf(right, n, 0.3))
