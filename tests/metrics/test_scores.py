"""Scores by name: against scikit-learn, by what must not move them, and what they refuse."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sklearn

from shiftprobe.core.errors import SpecError
from shiftprobe.metrics import InputError
from shiftprobe.metrics.scores import (
    NAMES,
    SCORES,
    Outputs,
    bounded_mean,
    check_classes,
    check_use,
    cost_matrix,
    find,
    log_likelihoods,
    mean_cost,
    measures,
    placements,
    true_ranks,
)

RNG = np.random.default_rng(0)
COVERAGE = Path(__file__).parents[2] / "benchmarks" / "score_coverage.csv"


def made(n: int = 120, classes: int = 2, skill: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    labels = np.concatenate([np.arange(classes), RNG.integers(0, classes, (2, n - classes)).min(axis=0)])
    return RNG.normal(size=(n, classes)) + skill * np.eye(classes)[labels], labels


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_values_are_those_of_scikit_learn(classes: int) -> None:
    logits, labels = made(classes=classes)
    outputs = Outputs.of_logits(logits, labels)
    chances = np.exp(logits) / np.exp(logits).sum(axis=1)[:, None]
    answers = logits.argmax(axis=1)
    present = np.unique(labels)
    wanted = {
        "top1": sklearn.accuracy_score(labels, answers),
        "balanced_accuracy": sklearn.recall_score(labels, answers, labels=present, average="macro"),
        "macro_f1": sklearn.f1_score(labels, answers, labels=present, average="macro"),
        "nll": sklearn.log_loss(labels, chances, labels=np.arange(classes)),
    }
    wanted |= (
        {"top5": sklearn.top_k_accuracy_score(labels, logits, k=5, labels=np.arange(classes))} if classes > 5 else {}
    )
    wanted |= {"auroc": sklearn.roc_auc_score(labels, chances[:, 1])} if classes == 2 else {}
    found = {one.score: one for one in measures(outputs)}
    assert {name: one.value for name, one in found.items()} == pytest.approx(wanted)
    assert all(one.low <= one.value <= one.high and one.n == 120 for one in found.values())


@pytest.mark.parametrize("name", ["balanced_accuracy", "macro_f1", "auroc"])
def test_contributions_are_the_derivative_of_the_score_by_an_images_weight(name: str) -> None:
    logits, labels = made(60)
    outputs = Outputs.of_logits(logits, labels)
    weigh: Callable[[np.ndarray], float] = {
        "balanced_accuracy": lambda w: sklearn.balanced_accuracy_score(labels, outputs.answers, sample_weight=w),
        "macro_f1": lambda w: sklearn.f1_score(labels, outputs.answers, average="macro", sample_weight=w),
        "auroc": lambda w: sklearn.roc_auc_score(labels, logits[:, 1] - logits[:, 0], sample_weight=w),
    }[name]
    score = next(one for one in SCORES.values() if one.name == name)
    found, value = score.contributions(outputs), weigh(np.ones(60))
    slopes = []
    for image in range(60):
        weights = np.ones(60)
        weights[image] += 1e-5
        slopes.append(60 * (weigh(weights) - value) / 1e-5)
    means = np.array([np.mean([s for s, label in zip(slopes, labels, strict=True) if label == c]) for c in (0, 1)])
    sizes = np.bincount(labels)
    apart = np.sqrt(sizes / (sizes - 1))  # n - 1 below the line, class by class
    wanted = value + means[labels] + (np.array(slopes) - means[labels]) * apart[labels]
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    assert found.mean() == pytest.approx(value)


def test_delongs_variance_is_that_of_the_placement_values() -> None:
    scores, second = RNG.normal(size=40).round(1), np.arange(40) < 15
    placed = placements(scores, second)
    above = scores[second][:, None] > scores[~second][None, :]
    wins = above + 0.5 * (scores[second][:, None] == scores[~second][None, :])
    np.testing.assert_allclose(placed.of_second, wins.mean(axis=1))
    np.testing.assert_allclose(placed.of_first, wins.mean(axis=0))
    assert placed.area == pytest.approx(stats.mannwhitneyu(scores[second], scores[~second]).statistic / (15 * 25))
    wanted = np.var(wins.mean(axis=1), ddof=1) / 15 + np.var(wins.mean(axis=0), ddof=1) / 25
    assert placed.variance == pytest.approx(wanted)


def test_order_and_names_of_classes_move_nothing() -> None:
    logits, labels = made(90, 2)
    order, turned = RNG.permutation(90), [1, 0]
    plain = measures(Outputs.of_logits(logits, labels))
    other = measures(Outputs.of_logits(logits[order][:, turned], 1 - labels[order]))
    for one, two in zip(plain, other, strict=True):
        assert (one.score, one.n) == (two.score, two.n)
        assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))


def test_a_likelihood_is_exact_where_a_network_is_nearly_sure() -> None:
    found = log_likelihoods(np.array([[60.0, 0.0], [0.0, 800.0], [-900.0, 900.0]]), np.array([0, 0, 1]))
    assert found.tolist() == pytest.approx([-np.exp(-60.0), -800.0, 0.0], rel=1e-12)
    sure = Outputs.of_logits(np.array([[30.0, 0.0], [45.0, 0.0], [0.0, 40.0]]), np.array([0, 0, 1]))
    np.testing.assert_allclose(sure.ranking[0], [-30.0, -45.0, 40.0], rtol=1e-9)


def test_perfect_answers_leave_room_below_and_none_above() -> None:
    labels = np.arange(30) % 2
    sure = Outputs.of_logits(9.0 * np.eye(2)[labels], labels)
    for name in ("top1", "balanced_accuracy", "macro_f1", "auroc"):
        one = find(name).measure(sure)
        assert one.value == one.high == 1.0
        assert 0.75 < one.low < 0.95


def test_what_always_saying_the_same_reaches() -> None:
    labels = np.repeat([0, 1, 2], [6, 3, 1])
    outputs = Outputs.of(labels, labels[::-1], 3)
    said = {name: find(name).chance(outputs) for name in ("top1", "balanced_accuracy", "macro_f1", "nll")}
    entropy = float(stats.entropy([0.6, 0.3, 0.1]))
    assert said == pytest.approx({"top1": 0.6, "balanced_accuracy": 1 / 3, "macro_f1": 0.25, "nll": entropy})


def test_costs_are_a_bounded_mean() -> None:
    value, low, high = bounded_mean([0.0, 0.0, 5.0, 1.0], 0.0, 5.0)
    assert value == 1.5
    assert 0.0 < low < 1.5 < high < 5.0
    assert bounded_mean(np.zeros(300), 0.0, 5.0)[2] == pytest.approx(5 * (1 - 0.025 ** (1 / 300)), rel=0.15)
    with pytest.raises(InputError, match="costs from 0 to 5"):
        bounded_mean([6.0], 0.0, 5.0)
    with pytest.raises(InputError, match="the lower one first"):
        bounded_mean([1.0], 5.0, 0.0)


def test_ranks_count_who_stands_before_the_truth_and_the_first_of_ties_leads() -> None:
    logits = np.array([[0.1, 0.5, 0.5, 0.2], [1.0, 1.0, 1.0, 1.0], [3.0, 2.0, 1.0, 0.0]])
    assert true_ranks(logits, np.array([2, 0, 3])).tolist() == [1, 0, 3]
    some = RNG.normal(size=(50, 9)).round(1)
    labels = RNG.integers(0, 9, 50)
    assert ((true_ranks(some, labels) == 0) == (some.argmax(axis=1) == labels)).all()


def test_ranks_that_were_not_kept_are_no_top_5() -> None:
    with pytest.raises(InputError, match="not kept; make the run again"):
        find("top5").value(Outputs.of(np.arange(7), np.arange(7), 7))
    with pytest.raises(InputError, match="top5 of 4 classes holds every one"):
        find("top5").value(Outputs.of_logits(np.eye(4), np.arange(4)))


def test_a_cost_that_is_not_named_is_1_for_a_wrong_answer() -> None:
    matrix = cost_matrix({"b": {"a": 5.0, "b": 0.5}}, ("a", "b", "c"))
    assert matrix.tolist() == [[0.0, 1.0, 1.0], [5.0, 0.5, 1.0], [1.0, 1.0, 0.0]]
    outputs = Outputs.of([0, 1, 1, 2], [1, 0, 1, 2], 3)
    value, low, high = mean_cost(outputs, matrix)
    assert value == pytest.approx((1.0 + 5.0 + 0.5 + 0.0) / 4)
    assert 0.0 < low < value < high < 5.0
    wrong = Outputs.of([0, 1, 2, 2], [0, 2, 2, 2], 3)
    assert mean_cost(wrong, cost_matrix({}, "abc"))[0] == pytest.approx(1 - find("top1").value(wrong))


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (lambda: find("accuracy_top1"), "no score called accuracy_top1.*known: top1, balanced_accuracy"),
        (lambda: check_use("nll", "gate"), "no gate can rest on nll: one image.*level: warn"),
        (lambda: check_use("macro_f1", "sequence"), r"no sequence can rest on macro_f1: .*\(top1, top5\)"),
        (lambda: check_use("auroc", "regression"), r"no regression can rest on auroc: .*\(top1, top5\)"),
        (
            lambda: check_use("nll", "binomial test"),
            r"no binomial test can rest on nll: it counts images.*\(top1, top5\)",
        ),
        (lambda: check_classes("top5", "abcde", np.arange(5)), "at least 6 outputs, and there are 5.*choose top1"),
        (lambda: cost_matrix({"a": {"x": 2.0}}, "ab"), "no class called x; the outputs are called a, b"),
        (lambda: cost_matrix({"a": {"a": 1.0}, "b": {"b": 1.0}}, "ab"), "every answer costs 1"),
        (lambda: check_classes("auroc", "abc", np.arange(3)), "two classes, and there are 3; choose macro_f1"),
        (lambda: check_classes("macro_f1", "ab", np.zeros(9, int)), "test images of every class, got none of b"),
    ],
)
def test_refusals_are_one_line(refused: object, said: str) -> None:
    with pytest.raises(SpecError, match=said) as met:
        refused()  # type: ignore[operator]
    assert "\n" not in str(met.value)


def test_what_a_score_can_bear_is_not_refused() -> None:
    for name in NAMES[:3]:
        check_use(name, "gate")
    check_use("top1", "regression")
    check_classes("top1", "ab", np.zeros(9, int))
    check_classes("auroc", "ab", np.arange(2))


def test_images_that_cannot_give_a_score_are_refused() -> None:
    three = Outputs.of(np.arange(3), np.arange(3), 3, np.log(np.full(3, 0.5)))
    with pytest.raises(InputError, match="two classes, got 3"):
        find("auroc").value(three)
    with pytest.raises(InputError, match="images of one"):
        find("auroc").value(Outputs.of(np.zeros(3, int), np.zeros(3, int), 2, np.full(3, -0.1)))
    with pytest.raises(InputError, match="was not kept"):
        find("nll").value(Outputs.of(np.arange(3), np.arange(3), 3))
    with pytest.raises(InputError, match="logarithm of a probability"):
        Outputs.of(np.arange(3), np.arange(3), 3, np.full(3, 0.1))


def rows() -> list[dict[str, str]]:
    with COVERAGE.open(newline="") as file:
        return list(csv.DictReader(file))


def usable(row: dict[str, str]) -> bool:
    """Whether a score may decide there: more than five images of the rarest class are expected."""
    rare = {2: 0.2, 5: 0.0397, 10: 0.0339}[int(row["classes"])] if row["shares"] == "rare" else 1 / int(row["classes"])
    by_class = row["score"] in {"balanced_accuracy", "macro_f1", "auroc"}
    return not by_class or int(row["images"]) * rare > 5


def worst(rows: Sequence[dict[str, str]]) -> float:
    return min(float(row["held"]) for row in rows)


def test_intervals_of_what_may_decide_hold_the_truth_often_enough() -> None:
    here = [row for row in rows() if row["score"] in {*NAMES, "cost"}]
    assert {row["images"] for row in here} == {"50", "200", "1000"}
    deciding = [row for row in here if usable(row) and (row["what"], row["score"]) != ("score", "nll")]
    assert len(deciding) > 200
    assert worst(deciding) >= 0.93
    assert worst([row for row in here if (row["what"], row["score"]) == ("score", "nll")]) < 0.93  # so it is no gate
