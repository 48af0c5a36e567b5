from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import ArrayLike

from shiftprobe.metrics import InputError, mean_corruption_error, mean_error

Errors = dict[str, list[float]]
OURS: Errors = {"fog": [0.1, 0.2, 0.3, 0.4, 0.5], "jpeg": [0.0, 0.1, 0.1, 0.2, 0.2]}
BASELINE: Errors = {"fog": [0.2, 0.4, 0.6, 0.8, 1.0], "jpeg": [0.2, 0.2, 0.2, 0.2, 0.2]}


def test_mce_is_the_mean_of_ratios_of_sums() -> None:
    assert mean_corruption_error(OURS, BASELINE) == pytest.approx((1.5 / 3.0 + 0.6 / 1.0) / 2)


def test_mce_agrees_with_the_papers_formula_on_any_table() -> None:
    ours, theirs = np.random.default_rng(0).uniform(0.05, 1, (2, 15, 5))
    tables = [{f"c{i}": row for i, row in enumerate(errors)} for errors in (ours, theirs)]
    assert mean_corruption_error(*tables) == pytest.approx(np.mean(ours.sum(1) / theirs.sum(1)))


def test_the_mean_error_is_the_plain_mean() -> None:
    assert mean_error(OURS) == pytest.approx((0.3 + 0.12) / 2)
    assert mean_error({"fog": [1.0], "jpeg": [0.0]}) == 0.5


def test_a_model_is_as_bad_as_itself_and_half_the_errors_are_half_as_bad() -> None:
    half = {name: [error / 2 for error in row] for name, row in OURS.items()}
    assert mean_corruption_error(OURS, OURS) == 1.0
    assert mean_corruption_error(half, OURS) == pytest.approx(0.5)
    assert mean_error(half) == pytest.approx(mean_error(OURS) / 2)
    assert mean_corruption_error({name: [0.0] * 5 for name in OURS}, OURS) == 0.0


def test_neither_depends_on_an_order() -> None:
    turned = {name: OURS[name][::-1] for name in reversed(OURS)}
    assert mean_corruption_error(turned, BASELINE) == pytest.approx(mean_corruption_error(OURS, BASELINE), abs=1e-15)
    assert mean_error(turned) == pytest.approx(mean_error(OURS), abs=1e-15)


def test_only_the_mce_forgives_what_the_baseline_finds_hard() -> None:
    hard = {"fog": [0.8] * 5, "jpeg": [0.1] * 5}
    easy = {"fog": [0.1] * 5, "jpeg": [0.8] * 5}
    baseline = {"fog": [0.8] * 5, "jpeg": [0.1] * 5}
    assert mean_error(hard) == pytest.approx(mean_error(easy))
    assert mean_corruption_error(hard, baseline) == pytest.approx(1)
    assert mean_corruption_error(easy, baseline) == pytest.approx((1 / 8 + 8) / 2)


def test_corruptions_that_do_not_pair_are_named() -> None:
    with pytest.raises(InputError, match="only one of them has jpeg"):
        mean_corruption_error({"fog": OURS["fog"]}, BASELINE)
    with pytest.raises(InputError, match="only one of them has jpeg, snow"):
        mean_corruption_error(OURS, {"fog": BASELINE["fog"], "snow": BASELINE["jpeg"]})


def test_a_baseline_without_errors_is_refused() -> None:
    with pytest.raises(InputError, match="no error on jpeg"):
        mean_corruption_error(OURS, BASELINE | {"jpeg": [0.0] * 5})


def of_the_mean(errors: Mapping[str, ArrayLike]) -> float:
    return mean_error(errors)


def of_the_model(errors: Mapping[str, ArrayLike]) -> float:
    return mean_corruption_error(errors, BASELINE)


def of_the_baseline(errors: Mapping[str, ArrayLike]) -> float:
    return mean_corruption_error(BASELINE, errors)


@pytest.mark.parametrize("use", [of_the_mean, of_the_model, of_the_baseline])
def test_errors_that_are_none_are_refused(use: Callable[[Mapping[str, ArrayLike]], float]) -> None:
    with pytest.raises(InputError, match="at least one corruption, got none"):
        use({})
    with pytest.raises(InputError, match="got 4 and 5 of them"):
        use(BASELINE | {"jpeg": [0.2] * 4})
    for wrong in (30.0, -0.1, float("nan")):
        with pytest.raises(InputError, match=rf"of jpeg must be fractions.*{wrong}.*write 0\.3"):
            use(BASELINE | {"jpeg": [0.2, 0.2, wrong, 0.2, 0.2]})
    for shape in ((0,), (1, 5), ()):
        with pytest.raises(InputError, match="one error per level"):
            use(BASELINE | {"jpeg": np.full(shape, 0.2)})
