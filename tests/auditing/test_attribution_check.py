"""Maps of a real checkpoint, clean and shifted: against scipy's ranks; what has no map says so."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr
from tests.auditing.trained import AT, SHIFTS, Trained
from torch import nn

from shiftprobe.auditing.checks import attribution as module
from shiftprobe.auditing.checks.attribution import Ranked, attribution, chosen, ranked
from shiftprobe.core.errors import NotAvailableError


def maps(seed: int, n: int = 6) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((n, 5, 5)).astype(np.float32)


def test_a_check_names_the_least_stable_shift(trained_digits: Trained) -> None:
    part = attribution(trained_digits.evidence())
    check, shown = part.checks[0], part.shown.attribution
    assert shown is not None
    assert list(shown.shifts) == list(SHIFTS)
    ranks = {shift: one.rank for shift, one in shown.shifts.items() if one.rank is not None}
    worst = min(SHIFTS, key=lambda shift: ranks[shift])
    assert check.value == ranks[worst]
    assert f"least under {worst} at {AT:g}" in check.reason
    assert check.n == shown.shifts[worst].n
    assert f"n = {check.n}" in check.reason
    assert ("of 32, the others' maps are empty" in check.reason) == (check.n != 32)
    assert "random weights reaches" in check.reason
    assert shown.method == f"Grad-CAM, severity {AT:g}"
    assert check.unit == "ratio"


def test_hardly_any_shift_moves_maps_hardly_at_all(trained_digits: Trained) -> None:
    mild = {"shifts": ["gaussian_noise"], "severity": {"at": 1e-6}, "severities": [AT]}
    check = attribution(trained_digits.evidence(policy=mild)).checks[0]
    assert check.status == "pass"
    assert check.value == pytest.approx(1.0)


def test_the_model_and_the_answers_stay_as_they_are(trained_digits: Trained) -> None:
    before = deepcopy(trained_digits.subject.model.state_dict())
    once, twice = (attribution(trained_digits.evidence()) for _ in range(2))
    assert once == twice
    after = trained_digits.subject.model.state_dict()
    assert all((after[name] == before[name]).all() for name in before)
    assert not trained_digits.subject.model.training


def test_images_are_chosen_class_by_class(trained_digits: Trained) -> None:
    labels = trained_digits.data.labels
    assert labels is not None
    counts = np.bincount(labels[chosen(trained_digits.evidence())], minlength=10)
    assert counts.sum() == 32
    assert counts.min() == 3


def test_ranks_are_scipy_s_and_the_interval_is_student_s() -> None:
    x, y = maps(0), maps(1) + maps(0)
    found = ranked(x, y, 0.95)
    each = [spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(x, y, strict=True)]
    assert found is not None
    assert found.rank == pytest.approx(np.mean(each))
    half = 2.5705818 * np.std(each, ddof=1) / np.sqrt(6)  # t(5) at 97.5 %
    assert (found.low, found.high) == pytest.approx((np.mean(each) - half, np.mean(each) + half))


def test_a_change_of_scale_or_sign_is_nothing_and_constant_maps_are_left_out() -> None:
    x = maps(2)
    same = ranked(x, -3 * x, 0.95)
    assert same is not None
    assert (same.rank, same.low, same.high, same.n) == pytest.approx((1, 1, 1, 6))
    silent = x.copy()
    silent[:2] = 0
    found = ranked(x, silent, 0.95)
    assert found is not None
    assert found.n == 4
    assert ranked(x, np.zeros_like(x), 0.95) is None
    one = ranked(x[:1], x[:1] ** 2, 0.95)
    assert one is not None
    assert (one.low, one.high) == (-1, 1)


def test_a_network_without_maps_is_not_done(trained_digits: Trained) -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).eval()
    bare = replace(trained_digits.subject, model=flat, head="1")
    with pytest.raises(NotAvailableError, match="needs a convolution's map"):
        attribution(trained_digits.evidence(subject=bare))
    with pytest.raises(NotAvailableError, match="no shift"):
        attribution(trained_digits.evidence(policy={"shifts": [], "severities": [AT]}))


def test_maps_that_random_weights_draw_too_cannot_pass(
    trained_digits: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ranked", lambda *_: Ranked(rank=0.9, low=0.85, high=0.95, n=32))
    check = attribution(trained_digits.evidence()).checks[0]
    assert check.status == "cannot tell"
    assert "show the image, not the network" in check.reason


@pytest.mark.parametrize(("level", "status"), [("warn", "warn"), ("gate", "fail")])
def test_low_ranks_fail_or_warn(
    trained_digits: Trained, monkeypatch: pytest.MonkeyPatch, level: str, status: str
) -> None:
    monkeypatch.setattr(module, "ranked", lambda *_: Ranked(rank=0.2, low=0.1, high=0.3, n=32))
    rules: dict[str, Any] = {"attribution": {"level": level}}
    check = attribution(trained_digits.evidence(policy=rules)).checks[0]
    assert check.status == status
    assert check.fix
    assert "below 0.5" in check.reason
