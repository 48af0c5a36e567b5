"""Repairs of a real checkpoint on real digits: what they recover, what they need, and what cannot be said."""

from copy import deepcopy
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from tests.auditing.trained import AT, JUDGED, Trained, seen
from torch import nn

from shiftprobe.auditing.checks.preprocessing import preprocessing
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import PreprocessingTrials, Repair
from shiftprobe.auditing.repairs.base import in_accuracy, site_of
from shiftprobe.auditing.repairs.temperature import cross_scaled
from shiftprobe.auditing.run_repairs import run_repairs
from shiftprobe.core.seeding import generator
from shiftprobe.metrics import temperature
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.repairs.halving import folds, halves
from shiftprobe.repairs.readout import cross_fitted

NAMES = ["bn_adapt", "bn_mix", "head", "temperature", "preprocessing"]
NOTHING = PreprocessingTrials(tried=(), n=0)


def by_name(evidence: AuditEvidence, tried: PreprocessingTrials | None = None) -> dict[str, dict[str, Any]]:
    found = [asdict(one) for one in run_repairs(evidence, preprocessing=tried or NOTHING).repairs]
    assert [one["name"] for one in found] == NAMES
    return {one["name"]: one for one in found}


@pytest.fixture(scope="module")
def on_target(trained_digits: Trained) -> dict[str, dict[str, Any]]:
    return by_name(trained_digits.with_target())


def test_batch_statistics_recover_part_of_what_uci_digits_cost(on_target: dict[str, dict[str, Any]]) -> None:
    one = on_target["bn_adapt"]
    assert one["on"] == "target"
    assert one["low"] > 0.1
    assert 0 < one["recovers_low"] < one["recovers"] < one["recovers_high"]
    said = f"re-estimating batch statistics recovers {100 * one['recovers']:.0f} % of the lost accuracy (95 % interval"
    assert one["what"].startswith(said)
    assert one["what"].endswith(f"n = {JUDGED}) and needs no labels")
    assert (one["labels"], one["n"], one["reason"]) == (0, JUDGED, "")


def test_shares_are_those_of_the_numbers_beside_them(trained_digits: Trained, on_target: dict[str, Any]) -> None:
    labels = trained_digits.data.labels
    assert labels is not None
    clean = trained_digits.clean.right(labels).mean()
    for name in ("bn_adapt", "head"):
        one = on_target[name]
        assert one["gain"] == pytest.approx(one["after"] - one["before"])
        assert one["recovers"] == pytest.approx(one["gain"] / (clean - one["before"]))


def test_a_new_head_says_how_many_labels_it_needs(on_target: dict[str, dict[str, Any]]) -> None:
    one = on_target["head"]
    assert one["labels"] == 320
    assert one["after"] > 0.7
    assert "needs 320 labelled images" in one["what"]


def test_temperature_narrows_the_gap_and_says_ece_beside(on_target: dict[str, dict[str, Any]]) -> None:
    one = on_target["temperature"]
    assert one["metric"] == "calibration gap"
    assert one["low"] > 0
    assert one["gain"] == pytest.approx(one["before"] - one["after"])
    assert one["recovers"] is None
    assert "ECE from" in one["what"]
    assert "moves no answer" in one["what"]


def test_the_checkpoint_stays_as_it_is_and_twice_is_the_same(trained_digits: Trained) -> None:
    before = deepcopy(trained_digits.subject.model.state_dict())
    once, twice = (by_name(trained_digits.evidence()) for _ in range(2))
    assert once == twice
    after = trained_digits.subject.model.state_dict()
    assert all((after[name] == before[name]).all() for name in before)


def test_without_a_target_the_worst_shift_is_repaired(trained_digits: Trained) -> None:
    evidence = trained_digits.evidence()
    rights = {place.shift: one.right(evidence.labels).mean() for place, one in evidence.dial.items()}
    site = site_of(evidence)
    assert site.on == f"shift {min(rights, key=lambda shift: rights[shift])} at {AT:g}"
    assert site.paired
    one = by_name(evidence)["bn_adapt"]
    assert one["on"] == site.on
    assert one["before"] == min(rights.values())
    assert one["recovers_low"] > 0.5


def test_nothing_lost_is_silent_about_shares(trained_digits: Trained) -> None:
    found = by_name(trained_digits.evidence(dial={}))
    assert {one["on"] for one in found.values()} == {"data"}
    assert all(one["recovers"] is None for one in found.values())
    assert "recovers" not in found["bn_adapt"]["what"]
    assert "accuracy" in found["bn_adapt"]["what"]


@pytest.mark.parametrize(
    ("won", "said"), [(0, "is not shown to help"), (-100, "makes it worse: accuracy falls"), (40, "raises accuracy")]
)
def test_the_interval_chooses_the_words(trained_digits: Trained, won: int, said: str) -> None:
    site = site_of(trained_digits.evidence(dial={}))
    assert site.labels is not None
    after = site.predictions.right(site.labels).copy()
    after[np.flatnonzero(after == (won < 0))[: abs(won)]] ^= True
    one = in_accuracy(Repair(name="x", title="it", on="data"), site, after, 0.95, needs="needs no labels")
    assert one.what.startswith(f"it {said}")
    assert ("needs no labels" in one.what) == (won > 0)  # what does not help needs nothing


def test_without_labels_no_number_is_made_up(trained_digits: Trained) -> None:
    found = by_name(trained_digits.with_target(labelled=False))
    for one in found.values():
        assert one["reason"]
        assert [one[key] for key in ("before", "after", "gain", "low", "high", "recovers")] == [None] * 6
    said = found["bn_adapt"]["what"]
    assert "of the answers; whether for the better cannot be measured without labels" in said
    assert f"n = {JUDGED}" in said


def test_a_network_without_batch_norm_says_so(trained_digits: Trained) -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).eval()
    one = by_name(trained_digits.evidence(subject=replace(trained_digits.subject, model=flat, head="1")))["bn_adapt"]
    assert one["reason"].startswith("no batch norm")
    assert one["gain"] is None


def test_few_images_are_not_tried(trained_digits: Trained) -> None:
    whole = trained_digits.with_target()
    target = replace(trained_digits.target, index=np.arange(30), labels=whole.target.labels[:30])  # type: ignore[union-attr, index] # both are there
    few = replace(trained_digits.on_target, **{
        name: getattr(trained_digits.on_target, name)[:30] for name in ("logits", "features")
    })  # fmt: skip
    found = by_name(replace(whole, target=target, on_target=few))
    assert all("at least 40" in found[name]["reason"] for name in ("bn_adapt", "head", "temperature"))


def test_the_right_preprocessing_is_tried_where_the_check_found_one(trained_digits: Trained) -> None:
    wrong = Preprocess(size=28, channels=1, mean=(0.13,), std=(0.31,))
    evidence = trained_digits.prepared(wrong)
    tried = preprocessing(evidence).shown.preprocessing
    told, found = (by_name(evidence, given)["preprocessing"] for given in (tried, None))
    assert "is shown to be better" in found["reason"]
    assert told["low"] > 0.02
    assert "(mean=std=0.5: --mean 0.5 --std 0.5) raises accuracy" in told["what"]
    assert told["after"] == pytest.approx(trained_digits.clean.right(evidence.labels).mean())
    assert asdict(run_repairs(evidence).repairs[-1]) == told  # tried anew where nobody tells


def test_a_metric_s_refusal_is_a_reason(trained_digits: Trained) -> None:
    whole = trained_digits.evidence(dial={})
    sure = np.eye(10, dtype=np.float32)[whole.labels]
    found = by_name(replace(whole, clean=replace(whole.clean, logits=sure)))["temperature"]
    assert "no temperature is best" in found["reason"]
    assert found["gain"] is None


def test_no_image_judges_a_head_that_it_fitted() -> None:
    """Features that know each image by heart say nothing of another one."""
    labels = np.random.default_rng(0).integers(0, 4, 200)
    known = np.eye(200, dtype=np.float32)
    parts = folds(labels, 5, generator(0, "repair head", 200))
    assert cross_fitted(known, labels, parts).mean() < 0.4
    told = np.eye(4, dtype=np.float32)[labels]
    assert cross_fitted(told, labels, parts).all()


def test_each_half_has_the_temperature_of_the_other() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, (300, 5)).astype(np.float32)
    labels = np.array([rng.choice(5, p=np.exp(row / 4) / np.exp(row / 4).sum()) for row in logits])
    scaled = cross_scaled(logits, labels, 0)
    first, second = halves(labels, generator(0, "repair temperature", 300))
    assert scaled[second] == pytest.approx(logits[second] / temperature(logits[first], labels[first]))
    assert (scaled.argmax(axis=1) == logits.argmax(axis=1)).all()


def test_a_shifted_look_is_the_one_that_was_kept(trained_digits: Trained) -> None:
    """The draws of a site are those of the dial, or before and after would be of different images."""
    site = site_of(trained_digits.evidence())
    again = seen(trained_digits.subject, site.side, site.dose.shift.name, site.dose.severity)
    assert again.logits == pytest.approx(site.predictions.logits)
