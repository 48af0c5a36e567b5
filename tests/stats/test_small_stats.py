"""Summaries, multiplicity and exact tests against statsmodels and scipy."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests

from shiftprobe.metrics import InputError
from shiftprobe.stats import MeanStd, benjamini_hochberg, holm, mcnemar, permutation_p, summarize

PS = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12)


def test_a_summary_prints_as_tables_do() -> None:
    assert str(MeanStd(0.686, 0.01, 3)) == "68.6 (1.0)"
    assert str(summarize([0.5])) == "50.0 (–)"  # noqa: RUF001 -- the dash of tables
    assert str(summarize([-0.0001, -0.0001])) == "0.0 (0.0)"


def test_a_summary_uses_the_sample_deviation() -> None:
    found = summarize([0.7, 0.72, 0.77])
    assert found.mean == pytest.approx(0.73)
    assert found.std == pytest.approx(scipy_stats.tstd([0.7, 0.72, 0.77]))
    assert found.n == 3


@pytest.mark.parametrize("values", [[], [0.1, math.nan], [math.inf]])
def test_a_summary_of_nothing_is_refused(values: list[float]) -> None:
    with pytest.raises(InputError, match="at least one finite number"):
        summarize(values)


@pytest.mark.parametrize("m", [1, 2, 7, 40])
def test_adjusted_p_values_agree_with_statsmodels(m: int) -> None:
    ps = np.random.default_rng(m).beta(0.3, 1.0, m).round(2).tolist()  # with ties
    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1], abs=1e-12)
    assert benjamini_hochberg(ps) == pytest.approx(multipletests(ps, method="fdr_bh")[1], abs=1e-12)


@given(PS)
def test_adjusting_never_helps_and_keeps_order(ps: list[float]) -> None:
    order = np.argsort(ps, kind="stable")
    for adjusted in (holm(ps), benjamini_hochberg(ps)):
        assert (adjusted >= np.array(ps) - 1e-12).all()
        assert (np.diff(adjusted[order]) >= 0).all()
        assert (adjusted <= 1.0).all()
    assert (holm(ps) >= benjamini_hochberg(ps) - 1e-12).all()


def test_a_family_of_none_has_no_p_values() -> None:
    assert holm([]).size == benjamini_hochberg([]).size == 0


@pytest.mark.parametrize("ps", [[-0.1], [1.1], [math.nan]])
def test_refuses_p_values_that_are_none(ps: list[float]) -> None:
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(InputError, match="fractions from 0 to 1"):
            adjust(ps)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 5), (7, 2), (4, 4), (120, 80), (3, 2)])
def test_mcnemar_agrees_with_statsmodels(b: int, c: int) -> None:
    expected = statsmodels_mcnemar([[50, b], [c, 50]], exact=True).pvalue if b + c else 1.0
    assert mcnemar(b, c) == pytest.approx(expected)
    assert mcnemar(c, b) == mcnemar(b, c)


def test_mcnemar_refuses_negative_counts() -> None:
    with pytest.raises(InputError, match="got -1 and 2"):
        mcnemar(-1, 2)


def test_a_permutation_p_is_never_zero() -> None:
    assert permutation_p(9.0, [1.0, 2.0, 3.0]) == 0.25
    assert permutation_p(2.0, [1.0, 2.0, 3.0]) == 0.75
    assert permutation_p(0.0, [1.0, 2.0, 3.0]) == 1.0


@pytest.mark.parametrize(("observed", "null"), [(1.0, []), (math.nan, [1.0]), (1.0, [math.inf])])
def test_a_permutation_p_needs_finite_statistics(observed: float, null: list[float]) -> None:
    with pytest.raises(InputError, match="finite statistics"):
        permutation_p(observed, null)


def test_importing_both_packages_brings_numpy_only() -> None:
    code = (
        "import sys, shiftprobe.stats, shiftprobe.metrics;"
        "print([m for m in ('scipy', 'statsmodels', 'sklearn', 'torch', 'pandas') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
