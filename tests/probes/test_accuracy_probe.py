"""The accuracy of every arm, on evidence made by hand."""

import numpy as np
import pytest
from sklearn import metrics as sklearn
from tests.probes.made import CELL, LABELS, RNG, Made, N, answering

from shiftprobe.core.types import Cell, Row, View
from shiftprobe.metrics import wilson
from shiftprobe.probes.accuracy import AccuracyProbe


def by_place(rows: tuple[Row, ...]) -> dict[tuple[str, str], Row]:
    return {(row.arm, row.tap): row for row in of_top1(rows) if row.metric != "top1_best"}


def of_top1(rows: tuple[Row, ...]) -> list[Row]:
    return [row for row in rows if row.metric.startswith("top1")]


def test_accuracy_is_the_share_of_right_answers_with_its_wilson_interval() -> None:
    evidence = Made(
        {("scratch", "target"): answering(60), ("transfer", "target"): answering(N)}, arms=("scratch", "transfer")
    )
    rows = by_place(AccuracyProbe()(evidence).rows)
    scratch, transfer = rows["scratch", ""], rows["transfer", ""]
    assert (scratch.value, scratch.n, scratch.metric) == (60 / 90, 90, "top1")
    assert (scratch.low, scratch.high) == wilson(60, 90)
    assert (transfer.value, transfer.high) == (1.0, 1.0)


def test_accuracy_does_not_depend_on_scale_or_order() -> None:
    view, order = answering(60), RNG.permutation(N)
    other = View(labels=view.labels[order], logits=(3 * view.logits + 1)[order], features={})
    one, two = (AccuracyProbe()(Made({("x", "target"): seen}, arms=("x",))).rows for seen in (view, other))
    for row, other_row in zip(one, two, strict=True):
        if row.metric.startswith("nll"):  # how sure it is does depend on the scale
            continue
        assert (row.metric, row.value, row.low) == (other_row.metric, other_row.value, other_row.low)


def test_an_arm_that_failed_has_its_reason_and_the_other_its_value() -> None:
    evidence = Made(
        {("scratch", "target"): answering(45)}, arms=("scratch",), failed={"transfer": "diverged at epoch 1"}
    )
    rows = by_place(AccuracyProbe()(evidence).rows)
    assert rows["scratch", ""].value == 0.5
    assert (rows["transfer", ""].value, rows["transfer", ""].reason) == (None, "diverged at epoch 1")


def test_the_best_epoch_is_judged_beside_the_last_and_every_answer_is_kept() -> None:
    views = {("scratch", "target"): answering(45), ("scratch@best", "target"): answering(60)}
    found = AccuracyProbe()(Made(views, arms=("scratch",)))
    assert [(row.metric, row.value) for row in of_top1(found.rows)] == [("top1", 45 / N), ("top1_best", 60 / N)]
    assert (found.arrays["scratch"] == found.arrays["labels"]).sum() == 45
    assert (found.arrays["scratch@best"] == found.arrays["labels"]).sum() == 60
    assert found.arrays["labels"].tolist() == LABELS.tolist()
    for model, view in (("scratch", answering(45)), ("scratch@best", answering(60))):
        odds = np.exp(view.logits.astype(np.float64))
        np.testing.assert_allclose(found.arrays[f"confidence:{model}"], (odds / odds.sum(1)[:, None]).max(1), rtol=1e-6)


def test_without_a_best_epoch_its_row_says_why_and_untrained_arms_have_none() -> None:
    trained, untrained = (
        AccuracyProbe()(Made({("x", "target"): answering(45)}, arms=("x",), cell=cell)).rows
        for cell in (CELL, Cell("rotation", 0.5))
    )
    assert [(row.metric, row.reason) for row in of_top1(trained)] == [("top1", ""), ("top1_best", "no x@best")]
    assert [row.metric for row in of_top1(untrained)] == ["top1"]
    assert {row.metric: row.reason for row in trained}["macro_f1_best"] == "no x@best"
    assert "macro_f1_best" not in {row.metric for row in untrained}


def test_other_scores_of_the_same_answers_stand_beside_it_with_what_they_are_made_of() -> None:
    view = answering(60)
    found = AccuracyProbe()(Made({("x", "target"): view}, arms=("x",)))
    rows, labels = {row.metric: row for row in found.rows}, view.labels
    chances = np.exp(view.logits.astype(np.float64))
    chances /= chances.sum(axis=1)[:, None]
    answers = view.logits.argmax(axis=1)
    assert rows["balanced_accuracy"].value == pytest.approx(sklearn.balanced_accuracy_score(labels, answers))
    assert rows["macro_f1"].value == pytest.approx(sklearn.f1_score(labels, answers, average="macro"))
    assert rows["nll"].value == pytest.approx(sklearn.log_loss(labels, chances))
    assert (rows["nll"].unit, rows["macro_f1"].unit, "auroc" in rows) == ("nats", "fraction", False)
    truth = np.log(chances[np.arange(N), labels])
    np.testing.assert_allclose(found.arrays["log_likelihood:x"], truth, rtol=1e-5)


def test_two_classes_have_an_area_under_the_curve() -> None:
    labels, logits = LABELS % 2, RNG.normal(size=(N, 2)).astype(np.float32)
    view = View(labels=labels, logits=logits, features={})
    found = AccuracyProbe()(Made({("x", "target"): view}, arms=("x",), classes=("no", "yes")))
    area = next(row for row in found.rows if row.metric == "auroc")
    assert area.value == pytest.approx(sklearn.roc_auc_score(labels, logits[:, 1] - logits[:, 0]))


def test_top_5_is_a_score_of_heads_with_more_than_five_outputs() -> None:
    logits = np.tile(-np.arange(7, dtype=np.float32), (N, 1))  # every image: 0 first, 6 last
    view = View(labels=np.arange(N) % 7, logits=logits, features={})
    found = AccuracyProbe()(Made({("x", "target"): view}, arms=("x",), classes=tuple("abcdefg")))
    (row,) = [row for row in found.rows if row.metric == "top5"]
    assert (row.value, row.n, row.unit) == (float(np.mean(np.arange(N) % 7 < 5)), N, "fraction")
    assert found.arrays["rank:x"].tolist() == (np.arange(N) % 7).tolist()
    few = AccuracyProbe()(Made({("x", "target"): answering(45)}, arms=("x",)))
    assert not [row for row in few.rows if row.metric.startswith("top5")]
