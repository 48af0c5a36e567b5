"""Checks of calibration, rejection, the target, drift, class shares, mCE and regression."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t
from tests.auditing.made_up import evidence, labels_of, policy, seen, side

from shiftprobe.auditing.checks.attribution import chosen
from shiftprobe.auditing.checks.calibration import along, calibration
from shiftprobe.auditing.checks.corruption import corruption_error
from shiftprobe.auditing.checks.drift import drift
from shiftprobe.auditing.checks.label_shift import shares
from shiftprobe.auditing.checks.regression import regression
from shiftprobe.auditing.checks.rejection import rejection
from shiftprobe.auditing.checks.target import target
from shiftprobe.auditing.estimate.accuracy import AccuracyEstimate
from shiftprobe.auditing.evidence import AuditEvidence, Baseline, Paired
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Condition
from shiftprobe.metrics import InputError

SURE = 20.0


def guess(value: float | None, low: float | None, high: float | None) -> AccuracyEstimate:
    return AccuracyEstimate(
        value=value, low=low, high=high, n=200, confidence=0.9, methods=(), zone=None, reason="too far"
    )


def with_target(right: int = 100, *, labelled: bool = True, shifted: bool = False) -> AuditEvidence:
    labels = labels_of(200)
    there = seen(labels, right, seed=5)
    if shifted:
        there = replace(there, features=there.penultimate + 3)
    return evidence(target=side(200, name="folder:camera", labelled=labelled), on_target=there)


def test_a_network_that_is_sure_and_wrong_is_overconfident() -> None:
    labels = labels_of(400)
    (check,) = calibration(evidence(400, 300, clean=seen(labels, 300, sure=SURE))).checks
    assert check.value == pytest.approx(0.25, abs=1e-4)
    assert check.status == "warn"
    assert "surer than right by 25.0 points" in check.reason


def test_a_calibrated_network_passes() -> None:
    labels = labels_of(4000)
    sure = float(np.log(3 * 0.8 / 0.2))  # softmax 0.8 among four classes
    (check,) = calibration(evidence(4000, 3200, data=side(4000), clean=seen(labels, 3200, sure=sure))).checks
    assert check.status == "pass"
    assert check.value == pytest.approx(0.0, abs=1e-6)


def test_overconfidence_takes_the_worst_dose_up_to_the_gated_one() -> None:
    labels = labels_of(400)
    made = evidence(400, 400)
    half, none = seen(labels, 200, sure=SURE), seen(labels, 0, sure=SURE)
    dial = {**made.dial, Condition("fog", 0.25): half, Condition("jpeg", 1.0): none}
    (check,) = along(replace(made, dial=dial)).checks
    assert check.value == pytest.approx(0.5, abs=1e-4)
    assert "under fog 0.25" in check.reason
    assert check.status == "warn"


def test_rejection_turns_away_what_is_unsure() -> None:
    labels = labels_of(2000)
    logits = seen(labels, 1800, sure=SURE).logits
    logits[1800:] *= 0.02  # the wrong ones are unsure
    made = evidence(2000, 1800, data=side(2000), clean=replace(seen(labels, 1800), logits=logits))
    part = rejection(made)
    assert part.checks[0].status == "pass"
    assert part.checks[0].value is not None
    assert part.checks[0].value <= 0.1
    assert part.shown.risk_coverage is not None
    assert part.shown.risk_coverage.risk[0] == 0.0


def test_rejection_that_cannot_keep_the_error_says_why_and_still_draws_the_curve() -> None:
    part = rejection(evidence(400, 100))
    assert part.checks[0].status == "not done"
    assert part.checks[0].reason
    assert part.shown.risk_coverage is not None
    assert part.shown.risk_coverage.risk[-1] == 0.75


def test_intervals_of_confidence_are_at_the_policys_own_level() -> None:
    gaps = 1.0 - (np.arange(400) < 380)  # as sure as can be
    padded = np.concatenate([gaps, [1.0, -1.0]])
    made = evidence(400, 380, policy=policy(confidence=0.8), clean=seen(labels_of(400), 380, sure=SURE))
    (check,) = calibration(made).checks
    expected = t.interval(0.8, 401, padded.mean(), padded.std(ddof=1) / np.sqrt(402))
    assert (check.low, check.high) == pytest.approx(expected, abs=1e-6)
    assert "5.0 points (80 % interval 3.5 to 6.4" in check.reason
    assert check.reason.endswith("at most 10.0 points")
    wide, narrow = (along(replace(made, policy=policy(confidence=level))).checks[0] for level in (0.99, 0.6))
    assert wide.high is not None
    assert narrow.high is not None
    assert wide.high > narrow.high


def test_what_is_turned_away_has_an_interval_at_the_policys_own_level() -> None:
    (check,) = rejection(evidence(2000, 2000, data=side(2000), policy=policy(confidence=0.8))).checks
    assert check.low == 0.0
    assert check.high == pytest.approx(1 - 0.1 ** (1 / 2000))
    assert "(80 % interval 0.0 to 0.1, n = 2,000)" in check.reason
    assert check.reason.startswith("an error of at most 5.0 % is kept (80 % sure) by answering only where")


@pytest.mark.parametrize(("right", "status"), [(190, "pass"), (100, "fail"), (142, "cannot tell")])
def test_a_labelled_target_is_measured(right: int, status: str) -> None:
    part = target(with_target(right))
    assert part.checks[0].status == status
    assert part.shown.target is not None
    assert part.shown.target.accuracy == right / 200


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        (guess(0.9, 0.8, 0.95), "pass", "estimated without labels, is 90.0 % (90 % interval 80.0 to 95.0, n = 200)"),
        (guess(0.4, 0.3, 0.6), "fail", "below 70.0 %"),
        (guess(0.7, 0.6, 0.8), "cannot tell", "whether it reaches 70.0 % cannot be told"),
        (guess(None, None, None), "cannot tell", "cannot be estimated without labels: too far"),
    ],
)
def test_an_unlabelled_target_is_judged_by_the_estimates_own_interval(
    found: AccuracyEstimate, status: str, said: str
) -> None:
    made = replace(with_target(labelled=False), estimate=found)
    (check,) = target(made).checks
    assert check.status == status
    assert said in check.reason


def test_an_abstention_of_a_gate_leaves_the_audit_open_and_asks_for_labels() -> None:
    (check,) = target(replace(with_target(labelled=False), estimate=guess(None, None, None))).checks
    assert check.gates
    assert "label some of its pictures: --ask 60" in check.fix


def test_drift_of_a_target_of_one_image_is_no_number() -> None:
    one = evidence(target=side(1), on_target=seen(labels_of(1), 1))
    with pytest.raises(InputError, match="wanted at least 10 images on each side, got 400 and 1"):
        drift(one)


def test_drift_without_loss_is_no_harm() -> None:
    (check,) = drift(with_target(190, shifted=True)).checks
    assert check.value == pytest.approx(0.0)
    assert check.status == "pass"


def test_drift_with_loss_is_harm_as_large_as_the_loss_where_domains_are_told_apart() -> None:
    part = drift(with_target(100, shifted=True))
    assert part.shown.drift is not None
    assert part.shown.drift.auc is not None
    assert part.shown.drift.auc > 0.99
    assert part.checks[0].value == pytest.approx(0.45, abs=0.01)
    assert part.checks[0].status == "warn"


def test_a_loss_where_features_are_alike_is_not_blamed_on_drift() -> None:
    assert drift(with_target(100)).checks[0].value == pytest.approx(0.0, abs=0.06)


def test_class_shares_of_labelled_sides_are_compared() -> None:
    made = with_target(200)
    there = made.target
    assert there is not None
    labels = np.where(np.arange(200) < 150, 0, 1)
    (check,) = shares(replace(made, target=replace(there, labels=labels))).checks
    assert check.value == pytest.approx(0.5)
    assert check.status == "warn"


def test_class_shares_of_an_unlabelled_target_warn_and_never_gate_without_an_interval() -> None:
    made = replace(with_target(200, labelled=False), policy=policy(label_shift={"level": "gate"}))
    (check,) = shares(made).checks
    assert check.status == "cannot tell"
    assert check.value == pytest.approx(0.0, abs=0.05)


def test_answers_that_the_data_has_no_class_for_are_counted_and_none_left_is_said() -> None:
    labels = labels_of(400) % 2
    data = replace(side(400), labels=labels)
    there = seen(np.where(np.arange(200) < 50, 3, np.arange(200) % 2), 200)
    made = evidence(data=data, clean=seen(labels, 400), target=side(200, labelled=False), on_target=there)
    (check,) = shares(made).checks
    assert check.n == 150
    assert check.value == pytest.approx(0.0)
    assert "50 answers are classes that the data lacks" in check.reason
    with pytest.raises(InputError, match="no answer on the data is one of its classes"):
        shares(replace(made, clean=seen(labels + 2, 400)))


def test_mce_of_the_reference_itself_is_one() -> None:
    errors = {"fog": (0.05, 0.1, 0.5), "jpeg": (0.05, 0.05, 0.05)}
    rules = policy(corruption_error={"reference": errors})
    dial = {Condition("fog", 0.5): 360, Condition("fog", 1.0): 200}
    (check,) = corruption_error(evidence(400, 380, dial=dial, policy=rules)).checks
    assert check.value == pytest.approx(1.0)
    assert check.low is not None
    assert check.high is not None
    assert check.low < 1.0 < check.high


@pytest.mark.parametrize("n", [1, 20])
def test_no_errors_on_few_images_are_no_certainty(n: int) -> None:
    rules = policy(corruption_error={"reference": {"fog": (0.5, 0.5, 0.5)}, "at_most": 0.05})
    (check,) = corruption_error(evidence(n, n, data=side(n), policy=rules)).checks
    assert (check.status, check.value, check.low) == ("cannot tell", 0.0, 0.0)
    assert check.high is not None
    assert check.high > 0.1


def test_mce_needs_a_reference() -> None:
    with pytest.raises(NotAvailableError, match="names no reference"):
        corruption_error(evidence())


def baseline(right: np.ndarray, index: np.ndarray | None = None, lost: int = 0) -> Baseline:
    places = np.arange(len(right)) if index is None else index
    return Baseline(name="old.pt", fingerprint="0" * 64, sides={"data": Paired(right=right, index=places, lost=lost)})


def test_a_real_loss_on_the_same_images_fails() -> None:
    made = evidence(400, 340, baseline=baseline(np.arange(400) < 380))
    part = regression(made)
    assert part.checks[0].status == "fail"
    assert part.checks[0].value == pytest.approx(-0.1)
    assert part.shown.regression is not None
    assert part.shown.regression.only_theirs == 40
    assert part.shown.regression.per_class[0].only_theirs == 10


def test_the_same_answers_lose_nothing() -> None:
    assert (
        regression(evidence(2000, 1900, data=side(2000), baseline=baseline(np.arange(2000) < 1900))).checks[0].status
        == "pass"
    )


def test_images_without_a_partner_are_counted() -> None:
    made = evidence(400, 380, baseline=baseline(np.ones(200, bool), np.arange(200), lost=200))
    (check,) = regression(made).checks
    assert check.n == 200
    assert "200 images have no partner" in check.reason


@pytest.mark.parametrize(("right", "said"), [(200, True), (378, False)])
def test_a_target_says_what_it_loses_where_that_is_shown(right: int, said: bool) -> None:
    made = evidence(target=side(400), on_target=seen(labels_of(400), right))
    (check, *_) = [one for one in target(made).checks if one.name == "target"]
    assert ("points less than on the data" in check.reason) is said


@pytest.mark.parametrize(("size", "count"), [(96, 32), (97, 16)])
def test_half_as_many_images_are_explained_where_they_are_large(size: int, count: int) -> None:
    made = evidence()
    large = replace(made.subject, preprocess=replace(made.subject.preprocess, size=size))
    assert len(chosen(replace(made, subject=large))) == count
