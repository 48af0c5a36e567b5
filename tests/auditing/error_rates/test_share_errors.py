"""Gates on one set of images: their errors are those that the binomial law gives, and a gate that lies is flagged."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import beta, binom
from tests.auditing.error_rates.made_up_population import population

from shiftprobe.auditing.checks import accuracy
from shiftprobe.auditing.error_rates.model import GateErrors, flagged
from shiftprobe.auditing.error_rates.population import Population
from shiftprobe.auditing.error_rates.shares import share_errors
from shiftprobe.auditing.evidence import Side
from shiftprobe.core.monitor import Silent
from shiftprobe.stats import Gate, gate

ONLY: dict[str, Any] = {
    name: {"level": "off"}
    for name in ("class_order", "balanced_accuracy", "worst_class", "risk_coverage", "calibration", "overconfidence",
                 "severity", "break_point", "target", "label_shift", "skipped")
}  # fmt: skip


def of(whole: Population, images: int, draws: int) -> dict[str, GateErrors]:
    return {row.name: row for row in share_errors(whole, images, draws, Silent())[1]}


def chance(n: int, truth: float, threshold: float, word: str) -> float:
    """Of a word of the exact gate: summed over all counts, its interval from the beta distribution."""
    k = np.arange(n + 1)
    low = np.where(k == 0, 0.0, beta.ppf(0.025, np.maximum(k, 1), n - k + 1))
    high = np.where(k == n, 1.0, beta.ppf(0.975, k + 1, np.maximum(n - k, 1)))
    said = low >= threshold if word == "pass" else high < threshold
    return float(binom.pmf(k, n, truth)[said].sum())


def test_rates_are_those_of_the_binomial_law(tmp_path: Path) -> None:
    found = of(population(tmp_path, n=200, right=180, **ONLY), 150, 200)["accuracy"]
    truths = {
        "false_fail": chance(150, 0.9, 0.9, "fail"),
        "false_pass": chance(150, 0.9, 0.9, "pass"),
        "missed": 1.0 - chance(150, 0.87, 0.9, "fail"),
    }
    assert found.truth == pytest.approx(0.9)
    for name, truth in truths.items():
        one = found.rates[name]
        assert binom.ppf(0.001, 200, truth) <= one.count <= binom.ppf(0.999, 200, truth), name
    assert found.missed is not None
    assert found.missed.promised == pytest.approx(truths["missed"], abs=0.01)  # what the gate says of itself
    assert found.outside is not None
    assert found.outside.value <= 0.05
    assert flagged([found])[0].exceeding == ()


def test_a_gate_that_is_surer_than_it_may_be_is_flagged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lying(right: NDArray[np.bool_], _side: Side, threshold: float, confidence: float) -> Gate:
        found = gate(int(right.sum()), len(right), threshold, confidence - 0.45)
        return found._replace(p_below=found.p_below / 20)

    monkeypatch.setattr(accuracy, "held", lying)
    found = flagged([of(population(tmp_path, **ONLY), 200, 40)["accuracy"]])[0]
    assert set(found.exceeding) >= {"false_fail", "outside"}


def test_images_that_are_all_right_show_no_errors_but_misses(tmp_path: Path) -> None:
    found = of(population(tmp_path, n=200, right=200, **ONLY), 200, 20)["accuracy"]
    assert set(found.rates) == {"missed", "undecided"}
    assert "never differ" in found.reason


def test_a_family_errs_where_any_of_its_members_does(tmp_path: Path) -> None:
    rules: dict[str, Any] = {**ONLY, "severity": {"level": "gate", "at": 0.5, "at_least": 0.5}}
    whole = population(tmp_path, n=200, right=180, under=150, **rules)
    found = of(whole, 200, 20)
    assert set(found) == {"accuracy", "severity"}
    assert found["severity"].truth == pytest.approx(0.75)
    told = replace(found["severity"], title="")
    assert told.false_fail is not None
    assert told.false_fail.promised == 0.025
    assert told.undecided is not None
    assert told.undecided.count == 0  # three quarters of 200 are well above a half


def test_all_gates_together_err_at_least_as_often_as_each(tmp_path: Path) -> None:
    rules: dict[str, Any] = {
        **ONLY,
        "accuracy": {"at_least": 0.5},
        "severity": {"level": "gate", "at": 0.5, "at_least": 0.5},
    }
    whole, rows = share_errors(population(tmp_path, under=150, **rules), 200, 40, Silent())
    assert whole.gates == 2
    assert whole.false_fail is not None
    assert whole.passes is not None
    assert whole.false_fail.count >= max(row.false_fail.count for row in rows if row.false_fail is not None)
    assert whole.passes.count == 40


def test_the_same_seed_gives_the_same_rates(tmp_path: Path) -> None:
    whole = population(tmp_path, **ONLY)
    assert of(whole, 100, 20) == of(whole, 100, 20)
