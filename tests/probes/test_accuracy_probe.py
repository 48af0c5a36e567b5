"""The accuracy of every arm, on evidence made by hand."""

import numpy as np
from tests.probes.made import CELL, LABELS, RNG, Made, N, answering

from shiftprobe.core.types import Cell, Row, View
from shiftprobe.metrics import wilson
from shiftprobe.probes.accuracy import AccuracyProbe


def by_place(rows: tuple[Row, ...]) -> dict[tuple[str, str], Row]:
    return {(row.arm, row.tap): row for row in rows if row.metric != "top1_best"}


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
    assert one == two


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
    assert [(row.metric, row.value) for row in found.rows] == [("top1", 45 / N), ("top1_best", 60 / N)]
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
    assert [(row.metric, row.reason) for row in trained] == [("top1", ""), ("top1_best", "no x@best")]
    assert [row.metric for row in untrained] == ["top1"]
