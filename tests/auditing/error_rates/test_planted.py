"""Known changes: classes in other proportions, swapped outputs, a lost baseline, unreadable files, shifts left out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.auditing.error_rates.made_up_population import OFF, population

from shiftprobe.auditing.error_rates import two_sets, unlabelled
from shiftprobe.auditing.error_rates.names import class_order_errors
from shiftprobe.auditing.error_rates.perform import measured
from shiftprobe.auditing.error_rates.regression import regression_errors
from shiftprobe.auditing.error_rates.rejecting import rejection_errors
from shiftprobe.auditing.error_rates.two_sets import drift_errors, label_shift_errors
from shiftprobe.auditing.error_rates.unlabelled import estimate_errors
from shiftprobe.auditing.error_rates.unreadable import skipped_errors
from shiftprobe.auditing.estimate.on_target import estimated
from shiftprobe.auditing.estimate.types import AccuracyEstimate
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.policy import Rule
from shiftprobe.core.monitor import Silent
from shiftprobe.core.types import UNSHIFTED

SILENT = Silent()


@pytest.mark.parametrize("distance", [0.05, 0.1, 0.3])
def test_planted_proportions_lie_at_the_distance_that_is_said(tmp_path: Path, distance: float) -> None:
    whole = population(tmp_path)
    own = np.bincount(whole.labels) / len(whole)
    planted = two_sets._apart(whole, distance)
    assert planted is not None
    assert planted.sum() == pytest.approx(1.0)
    assert np.abs(planted - own).sum() / 2 == pytest.approx(distance)
    assert two_sets._apart(whole, 0.9) is None


def test_equal_class_shares_are_seldom_called_different_and_far_ones_are(tmp_path: Path) -> None:
    whole = population(tmp_path, n=800, label_shift={"at_most": 0.2})
    whole = replace(whole, ready=replace(whole.ready, request=replace(whole.ready.request, policy=whole.policy
                    .model_copy(update={"loss": 0.2}))))  # fmt: skip
    row, test = label_shift_errors(whole, 800, 40, SILENT)
    assert row.false_fail is not None
    assert row.false_pass is not None
    assert test.false_fail is not None
    assert row.missed is not None
    assert row.false_fail.value <= 0.1
    assert row.false_pass.value <= 0.1
    assert test.false_fail.value <= 0.2
    assert row.missed.value == 0.0


def test_swapped_outputs_are_found_and_the_true_names_are_not_suspected(tmp_path: Path) -> None:
    (row,) = class_order_errors(population(tmp_path, class_order={"at_most": 0.1}), 200, 40, SILENT)
    assert row.truth == 0.0
    assert row.planted.startswith("2 outputs swapped in turn: 4")  # nine in ten of half of the images, less mishaps
    assert row.false_fail is not None
    assert row.false_fail.value <= 0.1
    assert row.missed is not None
    assert row.missed.value == 0.0


def test_a_checkpoint_that_lost_what_is_allowed_is_seldom_failed_and_a_worse_one_mostly(tmp_path: Path) -> None:
    rules: dict[str, Any] = {"regression": {"margin": 0.02, "level": "gate"}, "loss": 0.1}
    (row,) = regression_errors(population(tmp_path, n=50, right=45, **rules), 40, 8, SILENT)
    assert row.truth == pytest.approx(-0.02)
    assert row.false_fail is not None
    assert row.false_pass is not None
    assert row.missed is not None
    assert row.missed.promised is not None
    assert row.false_fail.count <= 2
    assert row.false_pass.count <= 2
    assert row.missed.value <= row.missed.promised + 0.4


def test_unreadable_files_are_a_count(tmp_path: Path) -> None:
    (row,) = skipped_errors(population(tmp_path, skipped={"at_most": 0.01}), 200, 20, SILENT)
    assert not row.rates
    assert "2 unreadable files beside 200" in row.reason
    assert "pass and fail" in row.reason


def test_answers_that_are_equally_sure_give_no_threshold_to_reject_by(tmp_path: Path) -> None:
    (row,) = rejection_errors(population(tmp_path, right=150), 200, 20, SILENT)
    assert row.undecided is not None
    assert row.undecided.value == 1.0
    assert "no sample" in row.reason


def test_a_shifted_half_is_told_apart_and_two_like_halves_are_not(tmp_path: Path) -> None:
    whole = population(tmp_path, n=80, right=72, drift={"level": "warn"})
    looks = {
        place: seen if place == UNSHIFTED or seen.features is None else replace(seen, features=seen.features + 3.0)
        for place, seen in whole.looks.items()
    }
    rows = {row.name: row for row in drift_errors(replace(whole, looks=looks), 40, 10, SILENT)}
    assert set(rows) == {"drift", "drift:mmd", "drift:auc"}
    for name in ("drift:mmd", "drift:auc"):
        missed, wrong = rows[name].missed, rows[name].false_fail
        assert missed is not None
        assert missed.value == 0.0
        assert wrong is not None
        assert wrong.value <= 0.3
    assert rows["drift"].missed is None  # nothing is lost there, so no harm can be missed
    assert "no miss is planted" in rows["drift"].reason


def test_a_target_of_a_left_out_shift_calibrates_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = population(tmp_path, n=240, shifts=["fog", "jpeg", "contrast", "darken"])
    seen: list[tuple[set[str], int]] = []

    def watched(evidence: AuditEvidence) -> AccuracyEstimate | None:
        assert evidence.target is not None
        assert evidence.target.labels is None
        assert not set(evidence.data.index.tolist()) & set(evidence.target.index.tolist())
        seen.append(({place.shift for place in evidence.dial}, len(evidence.data)))
        return estimated(evidence)

    monkeypatch.setattr(unlabelled, "estimated", watched)
    left_out, thinned = estimate_errors(whole, 240, 4, SILENT)
    assert [len(shifts) for shifts, _ in seen] == [3, 4] * 4
    assert all(images == 120 for _, images in seen)
    for row in (left_out, thinned):
        assert row.undecided is not None
        assert row.undecided.of == 4
        assert row.outside is None or row.outside.promised == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("n", "shifts", "said"),
    [(80, ["fog", "jpeg", "contrast", "darken"], "too few"), (240, ["fog", "jpeg"], "4 shifts")],
)
def test_what_cannot_be_measured_on_so_little_says_so(tmp_path: Path, n: int, shifts: list[str], said: str) -> None:
    rows = estimate_errors(population(tmp_path, n=n, right=n - 20, shifts=shifts), n, 6, SILENT)
    assert all(said in row.reason and not row.rates for row in rows)


def test_every_question_of_the_policy_has_a_row_in_its_order(tmp_path: Path) -> None:
    asked: dict[str, Any] = {name: {"level": "warn"} for name in OFF if name not in {"preprocessing", "regression"}}
    whole = population(tmp_path, n=60, right=50, **asked)
    _, rows = measured(whole, 40, 2, SILENT)
    kinds = list(dict.fromkeys(row.name.partition(":")[0] for row in rows))
    policy = whole.policy
    rules = [name for name in type(policy).model_fields if isinstance(getattr(policy, name), Rule)]
    assert kinds == [name for name in rules if policy.rule(name).level != "off"]
    assert all(row.rates or row.reason for row in rows)
