import numpy as np
import pytest
from scipy.stats import fisher_exact

from shiftprobe.metrics.checks import InputError
from shiftprobe.repairs.leak import above_home, leak_experiment, trained_on, two_shares


def rights(right: int, n: int) -> np.ndarray:
    return (np.arange(n) < right).astype(np.float64)


def test_agrees_with_fisher_and_newcombe() -> None:
    found = two_shares(rights(56, 70), rights(48, 80))
    assert found.p == pytest.approx(fisher_exact([[56, 14], [48, 32]], alternative="greater").pvalue)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)  # Newcombe 1998, table II, case (a)


def test_images_that_trained_it_are_told_by_content_and_by_likeness() -> None:
    rng = np.random.default_rng(0)
    thumbs = rng.integers(0, 256, (4, 16, 16), dtype=np.uint8)
    near = np.clip(thumbs[2].astype(int) + 3, 0, 255).astype(np.uint8)[None]
    exact, alike = trained_on(["a", "b", "c", "d"], ["b", "x"], thumbs=thumbs, trained_thumbs=near)
    assert (exact.tolist(), alike.tolist()) == ([False, True, False, False], [False, False, True, False])


def test_a_leak_counts_by_what_it_moves() -> None:
    leaked = np.arange(200) < 80
    right = np.concatenate([rights(79, 80), rights(70, 120)])
    found = leak_experiment(right, leaked)
    assert (found.outcome, found.cause) == ("cause", "leak")
    assert found.effect is not None
    assert found.effect.value == pytest.approx(70 / 120 - 149 / 200)  # what is left, less what there was
    assert found.effect.high < 0
    assert leak_experiment(np.roll(right, 60), leaked).outcome == "unclear"  # not better on them
    assert leak_experiment(right, np.zeros(200, bool)).outcome == "ruled_out"
    assert "none is left" in leak_experiment(right, np.ones(200, bool)).reason
    few = np.concatenate([right[:80], rights(2, 10)])
    assert leak_experiment(few, leaked[:90]).outcome == "suggestive"  # ten others


def test_few_images_that_trained_it_are_no_cause_however_right_they_are() -> None:
    right = np.concatenate([rights(30, 30), rights(485, 970)])
    found = leak_experiment(right, np.arange(1000) < 30)
    assert found.outcome == "unclear"
    assert "less than 3 points lower" in found.reason


def test_far_above_home_is_suggestive_at_most() -> None:
    assert above_home(rights(98, 100), rights(80, 100)).outcome == "suggestive"
    assert above_home(rights(90, 100), rights(95, 100)).outcome != "suggestive"
    assert above_home(rights(98, 100), rights(80, 100), easier=0.15).outcome != "suggestive"  # so is it for random ones
    assert above_home(rights(100, 100), rights(95, 100), easier=0.2).sham == 1.0  # no more than all are right
    assert above_home(rights(1000, 1000), rights(388, 400)).outcome == "suggestive"  # home is good, yet has errors
    assert above_home(rights(990, 1000), rights(388, 400)).outcome != "suggestive"


def test_refuses_an_empty_side() -> None:
    with pytest.raises(InputError, match="images on both sides, got 0 and 3"):
        two_shares(rights(0, 0), rights(1, 3))
