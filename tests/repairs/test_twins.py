import numpy as np
import pytest
from numpy.typing import NDArray
from tests.repairs.digit_networks import digits

from shiftprobe.repairs.readouts import cross_fitted
from shiftprobe.repairs.twins import confused_pairs, told_apart, twin_attempt
from shiftprobe.stats.image_spread import image_spread

Labels = NDArray[np.int64]
NAMES = (*map(str, range(10)), "three")


def tables(count: int = 1000) -> dict[str, NDArray[np.float32]]:
    return {"input": digits()[0][:count].reshape(count, -1).astype(np.float32)}


def test_one_class_under_two_names_is_merged() -> None:
    labels = digits()[1][:1000].copy()
    labels[(labels == 3) & (np.random.default_rng(1).random(1000) < 0.5)] = 10
    answers = np.asarray(cross_fitted(tables()["input"], labels).argmax(axis=1), np.int64)
    attempt, looked = twin_attempt(answers, tables(), labels, NAMES)
    assert attempt.details == ("3 and three",)
    assert attempt.after is not None
    assert attempt.sham is not None
    assert image_spread(attempt.after - attempt.sham).ends(0.95)[0] > 0
    assert looked[0].twins


@pytest.mark.parametrize("fault", ["none", "renamed", "swapped", "random"])
def test_classes_that_images_tell_apart_are_no_twins(fault: str) -> None:
    labels = digits()[1][:1000]
    answers = np.asarray(cross_fitted(tables()["input"], labels).argmax(axis=1), np.int64)
    if fault == "renamed":
        answers = (answers + 1) % 10
    elif fault == "swapped":
        answers = np.where(answers == 3, 5, np.where(answers == 5, 3, answers))
    elif fault == "random":
        answers = np.random.default_rng(0).integers(0, 10, 1000)
    attempt, looked = twin_attempt(answers, tables(), labels, NAMES)
    assert attempt.after is None
    assert attempt.reason
    assert not any(one.twins for one in looked)


def test_pairs_are_counted_both_ways() -> None:
    labels, answers = np.array([0, 0, 1, 1, 2, 2]), np.array([1, 0, 0, 1, 2, 2])
    assert confused_pairs(answers, labels) == (((0, 1), 0.5),)
    assert confused_pairs(labels, labels) == ()


def test_few_images_are_no_twins() -> None:
    labels = np.arange(20, dtype=np.int64) % 2
    found = told_apart({"input": np.zeros((20, 3), np.float32)}, labels, (0, 1))
    assert not found.twins
    attempt, _ = twin_attempt(labels, {"input": np.zeros((20, 3), np.float32)}, labels, NAMES)
    assert attempt.reason == "wanted 40 labelled images, got 20"
