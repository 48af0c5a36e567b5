import numpy as np
import pytest
from numpy.typing import NDArray
from tests.repairs.digit_networks import digits

from shiftprobe.metrics import InputError
from shiftprobe.repairs.noise import best_tap, noise_attempt, noise_share, suspects
from shiftprobe.stats.image_spread import image_spread

Labels = NDArray[np.int64]


def table(part: slice) -> NDArray[np.float32]:
    images = digits()[0][part]
    return images.reshape(len(images), -1).astype(np.float32)


def noisy(labels: Labels, share: float) -> tuple[Labels, NDArray[np.bool_]]:
    rng, wrong = np.random.default_rng(3), np.zeros(len(labels), bool)
    wrong[rng.permutation(len(labels))[: round(share * len(labels))]] = True
    return np.where(wrong, (labels + rng.integers(1, 10, len(labels))) % 10, labels), wrong


HERE, HOME = slice(0, 600), slice(600, 1200)
AT_HOME = ({"input": table(HOME)}, digits()[1][HOME])


def test_wrong_labels_are_counted_found_and_left_out_with_gain() -> None:
    labels, wrong = noisy(digits()[1][HERE], 0.2)
    attempt, share = noise_attempt({"input": table(HERE)}, labels, home=AT_HOME)
    assert share is not None
    assert share.low < 0.2 < share.high
    found = suspects(table(HERE), labels)
    assert (found.mask & wrong).sum() / found.mask.sum() > 0.85
    assert (found.mask & wrong).sum() / wrong.sum() > 0.75
    assert found.probabilities[wrong].mean() < found.probabilities[~wrong].mean()
    assert attempt.after is not None
    assert attempt.sham is not None
    assert image_spread(attempt.after - attempt.sham).ends(0.95)[0] > 0


@pytest.mark.parametrize("fault", ["none", "renamed", "hard"])
def test_right_labels_are_left_alone(fault: str) -> None:
    labels, features = digits()[1][HERE], table(HERE)
    if fault == "renamed":
        labels = (labels + 1) % 10
    elif fault == "hard":
        features = features + np.random.default_rng(0).normal(0, 120, features.shape).astype(np.float32)
    attempt, share = noise_attempt({"input": features}, labels, home=AT_HOME)
    assert attempt.after is None
    assert share is not None
    assert share.low < 0.02


def test_home_that_is_as_hard_lowers_the_share() -> None:
    labels, _ = noisy(digits()[1][HERE], 0.2)
    same = noise_share(table(HERE), labels, home=(table(HERE), labels))
    assert same.value < 0.05
    assert same.low == 0.0
    assert noise_share(table(HERE), labels).value > 0.1


def test_the_tap_that_reads_best_is_used() -> None:
    labels = digits()[1][HERE]
    assert (
        best_tap({"a": np.random.default_rng(0).normal(size=(600, 8)).astype(np.float32), "b": table(HERE)}, labels)
        == "b"
    )


def test_refuses_what_cannot_be_judged() -> None:
    attempt, share = noise_attempt({"input": table(slice(0, 30))}, digits()[1][:30])
    assert (share, attempt.reason) == (None, "wanted 60 labelled images of two classes, got 30")
    with pytest.raises(InputError, match="each image needs a label, got 600 and 10"):
        suspects(table(HERE)[:10], digits()[1][HERE])
