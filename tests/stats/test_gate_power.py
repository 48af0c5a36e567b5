"""What a gate misses: against simulation and brute force, the saw, the sentence, refusals."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from shiftprobe.metrics import InputError
from shiftprobe.stats import gate, images_needed, missed, power_sentence


def by_hand(n: int, threshold: float, loss: float, family: int = 1) -> float:
    """The same by asking the gate about every count."""
    kept = [k for k in range(n + 1) if gate(k, n, threshold, 1 - 0.05 / family).word != "fail"]
    return float(scipy_stats.binom.pmf(kept, n, threshold - loss).sum())


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 120), st.floats(0.05, 1.0), st.floats(0.0, 1.0), st.integers(1, 9))
@example(1, 0.975, 0.5, 1)  # one wrong image: p is the level, .025
@example(1, 0.975, 0.5, 9)
def test_counts_every_outcome_that_does_not_fail(n: int, threshold: float, share: float, family: int) -> None:
    found = missed(n, threshold, share * threshold, family=family)
    assert found == pytest.approx(by_hand(n, threshold, share * threshold, family), abs=1e-9)


def test_agrees_with_simulated_checkpoints() -> None:
    rights = np.random.default_rng(0).binomial(400, 0.87, 20_000)
    fails = {k: gate(k, 400, 0.9).word == "fail" for k in np.unique(rights).tolist()}
    simulated = np.mean([not fails[k] for k in rights.tolist()])
    assert missed(400, 0.9, 0.03) == pytest.approx(simulated, abs=0.012)


def test_a_loss_of_nothing_is_nearly_always_missed_and_a_family_misses_more() -> None:
    assert 0.975 <= missed(400, 0.9, 0.0) < 1.0
    assert missed(400, 0.9, 0.03, family=6) > missed(400, 0.9, 0.03)
    assert missed(1, 0.9, 0.9) == 1.0  # one image can fail nothing
    assert missed(1_000_000, 0.9, 0.03) == 0.0


def test_the_mirror_tells_what_does_not_pass() -> None:
    n, threshold, gain = 200, 0.8, 0.06
    kept = [k for k in range(n + 1) if gate(k, n, threshold).word != "pass"]
    assert missed(n, 1 - threshold, gain) == pytest.approx(scipy_stats.binom.pmf(kept, n, threshold + gain).sum())


@pytest.mark.parametrize(
    ("threshold", "loss", "wanted"),
    [
        (0.9, 0.03, 0.2),
        (0.95, 0.03, 0.2),
        (0.5, 0.06, 0.1),
        (0.99, 0.01, 0.1),
        (0.1, 0.03, 0.2),
        (1.0, 0.01, 0.05),
        (0.9, 0.3, 0.2),
        (0.05, 0.05, 0.2),
        (0.3, 0.1, 0.01),
        (0.5999232490877697, 0.02112472681191295, 0.07363895134546122),  # a later group of teeth rises once more
    ],
)
def test_names_the_number_from_which_on_no_tooth_of_the_saw_rises_above(
    threshold: float, loss: float, wanted: float
) -> None:
    found = images_needed(threshold, loss, wanted)
    assert found is not None
    assert missed(found - 1, threshold, loss) > wanted or found == 1
    assert max(missed(n, threshold, loss) for n in range(found, found + 2500)) <= wanted


def test_the_saw_is_real() -> None:
    """A number that suffices is no promise for a larger one: that is why the last tooth counts."""
    first = next(n for n in range(1, 2000) if missed(n, 0.9, 0.03) <= 0.2)
    assert first < (images_needed(0.9, 0.03) or 0)


def test_gives_up_beyond_ten_million() -> None:
    assert images_needed(0.9, 0.0001) is None
    assert (images_needed(0.9, 0.0005) or 0) > 1_000_000


def test_says_it_in_this_form() -> None:
    assert power_sentence(400, 0.9, 0.03) == (
        "with 400 images this gate misses a 3-point loss 54 % of the time; 940 images would bring it to 20 %"
    )
    assert power_sentence(400, 0.5, 0.03) == (
        "with 400 images this gate misses a 3-point loss 80 % of the time; 2,300 images would bring it to 20 %"
    )
    assert power_sentence(1, 0.9, 0.025).startswith("with 1 image this gate misses a 2.5-point loss more than 99 % of")
    assert (
        power_sentence(4000, 0.9, 0.03) == "with 4,000 images this gate misses a 3-point loss less than 1 % of the time"
    )
    assert power_sentence(400, 0.9, 0.0001).endswith("; even 10,000,000 images would not bring it to 20 %")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "at least 1 image, got 0"),
        ({"loss": 0.95}, "between 0 and the threshold 0.9, got 0.95"),
        ({"loss": -0.1}, "write 0.03 for 3 points"),
        ({"threshold": 90.0}, "write 0.9 for 90 %"),
        ({"confidence": 1.0}, "write 0.95 for 95 %"),
        ({"family": 0}, "at least 1 gate, got 0"),
    ],
)
def test_refuses_what_is_out_of_range(change: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        missed(**{"n": 100, "threshold": 0.9, "loss": 0.03, **change})  # type: ignore[arg-type]


def test_no_number_of_images_shows_no_loss() -> None:
    with pytest.raises(InputError, match="a loss of 0 is no loss"):
        images_needed(0.9, 0.0)
    with pytest.raises(InputError, match=r"write 0\.2 for 20 %"):
        images_needed(0.9, 0.03, 20.0)
