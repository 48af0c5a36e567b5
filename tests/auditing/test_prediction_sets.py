"""Prediction sets of an audit: calibrated at home, judged crosswise, on the target and along the dials."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.auditing.made_up import CLASSES, evidence, labels_of, policy, side

from shiftprobe.auditing.calibrated_sets import calibrate
from shiftprobe.auditing.checks.base import QUESTIONS, answer
from shiftprobe.auditing.checks.prediction_sets import prediction_sets
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import PredictionSets
from shiftprobe.auditing.policy import load_policy
from shiftprobe.auditing.types import Check, Predictions
from shiftprobe.core.errors import SpecError
from shiftprobe.metrics import softmax
from shiftprobe.report.audit.prediction_sets import finding, section


def noisy(labels: np.ndarray, skill: float, seed: int) -> Predictions:
    """Answers whose right class lies so many standard deviations above the others; scores alone, as of a black box."""
    logits = np.random.default_rng(seed).normal(size=(len(labels), len(CLASSES)))
    logits[np.arange(len(labels)), labels] += skill
    return Predictions(logits=logits.astype(np.float32))


def made(n: int = 800, target: float | None = 1.0, *, labelled: bool = True, **rules: Any) -> AuditEvidence:
    labels = labels_of(n)
    whole = evidence(n, policy=policy(**rules))
    dial = {at: noisy(labels, 3.0 - 2.5 * at.severity * (at.shift == "fog"), 0) for at in whole.dial}
    found = replace(whole, clean=noisy(labels, 3.0, 0), dial=dial)
    if target is None:
        return found
    return replace(
        found, target=side(300, name="folder:night", labelled=labelled), on_target=noisy(labels_of(300), target, 7)
    )


def shown(whole: AuditEvidence) -> PredictionSets:
    found = prediction_sets(whole).shown.prediction_sets
    assert found is not None
    return found


def named(whole: AuditEvidence) -> dict[str, Check]:
    return {one.name: one for one in answer(QUESTIONS["prediction_sets"], whole).checks}


def strange(seen: Predictions, labels: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 - softmax(seen.logits)[np.arange(len(labels)), labels])


def test_the_target_is_judged_by_the_threshold_of_all_labelled_images() -> None:
    whole = made()
    found, own = shown(whole), np.sort(strange(whole.clean, whole.labels))
    assert found.threshold == own[int(np.ceil(801 * 0.9)) - 1]
    assert whole.on_target is not None
    assert found.target is not None
    covered = strange(whole.on_target, labels_of(300)) <= found.threshold
    assert found.target.coverage == covered.mean()
    sizes = (1.0 - softmax(whole.on_target.logits) <= found.threshold).sum(axis=1)
    assert (found.target.size, found.target.single, found.target.empty) == pytest.approx(
        (sizes.mean(), (sizes == 1).mean(), (sizes == 0).mean())
    )
    check = named(whole)["prediction_sets:target"]
    assert (check.status, check.gates, check.threshold, check.value) == ("warn", False, 0.85, covered.mean())


def test_home_and_dials_are_judged_by_the_half_without_each_image() -> None:
    whole = made()
    sets, own = calibrate(whole), strange(whole.clean, whole.labels)
    first = sets.crosswise == sets.crosswise[0]
    assert 350 < first.sum() < 450
    other = np.sort(own[~first])
    assert sets.crosswise[0] == other[int(np.ceil((len(other) + 1) * 0.9)) - 1]
    found = shown(whole)
    assert found.home.coverage == (own <= sets.crosswise).mean()
    foggy = [strange(seen, whole.labels) <= sets.crosswise for at, seen in whole.dial.items() if at.shift == "fog"]
    assert found.dials["fog"].coverage[1:] == tuple(one.mean() for one in foggy)
    assert found.dials["fog"].severities == (0.0, 0.25, 0.5, 1.0)
    assert found.dials["fog"].broken_from in {0.25, 0.5}
    assert found.dials["jpeg"].broken_from is None


@pytest.mark.parametrize("score", ["aps", "raps"])
def test_sets_that_sum_probabilities_repeat_themselves_and_hold_at_home(score: str) -> None:
    whole = made(prediction_sets={"score": score})
    found = shown(whole)
    assert found == shown(whole)
    assert found.home.coverage is not None
    assert found.home.coverage >= 0.88
    assert found.home.empty == 0.0


def test_a_target_without_labels_has_sizes_and_no_coverage() -> None:
    whole = made(labelled=False)
    found = shown(whole).target
    assert found is not None
    assert (found.coverage, found.n) == (None, 300)
    assert found.size > 0
    assert set(named(whole)) == {"prediction_sets:shifts"}


def test_few_images_say_so_and_a_gate_cannot_tell() -> None:
    few, gated = named(made(98)), named(made(98, prediction_sets={"level": "gate"}))
    for found, status in ((few, "not done"), (gated, "cannot tell")):
        assert found["prediction_sets"].status == status
        assert "wanted 50 images in each, got 49" in found["prediction_sets"].reason
    rare = named(made(120, prediction_sets={"coverage": 0.99}))
    assert "60 images cannot calibrate sets that hold the right class 99 %" in rare["prediction_sets"].reason


def test_images_that_belong_together_stay_in_one_half() -> None:
    whole = made(600)
    clusters = np.arange(600) // 5
    whole = replace(whole, data=replace(whole.data, clusters=clusters))
    crosswise = calibrate(whole).crosswise
    assert all(len(set(crosswise[clusters == one])) == 1 for one in range(120))
    assert calibrate(whole).images <= 600
    assert "in 120 groups" in named(whole)["prediction_sets:shifts"].reason
    few = replace(whole, data=replace(whole.data, clusters=np.arange(600) // 100))
    assert named(few)["prediction_sets:shifts"].status == "cannot tell"
    assert "fewer than 10 groups" in named(few)["prediction_sets:shifts"].reason
    assert shown(few).dials["fog"].broken_from is None


def test_sets_may_be_too_large() -> None:
    small, large = (named(made(prediction_sets={"size_at_most": most}))["prediction_sets:size"] for most in (0.5, 2))
    assert (small.status, large.status, large.relation) == ("warn", "pass", "at most")
    assert "classes on average" in large.reason


def test_without_a_shift_and_a_target_there_is_nothing_to_hold_and_home_is_shown() -> None:
    whole = made(target=None, shifts=[])
    (check,) = answer(QUESTIONS["prediction_sets"], whole).checks
    assert (check.name, check.status) == ("prediction_sets", "not done")
    assert shown(whole).home.n == 800


def test_the_gate_is_the_promise_less_what_may_be_lacking() -> None:
    rule = load_policy({"prediction_sets": {"coverage": 0.8, "lacking_at_most": 0.1}}).prediction_sets
    assert rule.at_least == pytest.approx(0.7)
    assert load_policy({"prediction_sets": {"coverage": 0.05, "lacking_at_most": 0.1}}).prediction_sets.at_least == 0.0
    with pytest.raises(SpecError, match=r"prediction_sets\.score: wanted 'lac', 'aps' or 'raps', got 'saps'"):
        load_policy({"prediction_sets": {"score": "saps"}})


def test_the_page_says_what_was_promised_what_is_held_and_where_it_breaks() -> None:
    found = shown(made())
    said = finding(found)
    assert said.startswith("Sets that promise 90.0 % hold the right class ")
    assert "on the target; under fog the promise breaks from severity 0." in said
    drawn = section(found)
    assert drawn is not None
    assert [one.shift for one in drawn.keys] == ["fog", "jpeg", "contrast"]
    assert "promised 90 %" in str(drawn.figure)
    assert section(None) is None
