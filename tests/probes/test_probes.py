"""The three probes of the core, on evidence made by hand: a reference, an invariance, a refusal each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe.errors import NotAvailableError
from shiftprobe.metrics import linear_cka, ridge_probe, wilson
from shiftprobe.probes import PROBES
from shiftprobe.types import Cell, Row, View

RNG = np.random.default_rng(0)
N, CLASSES = 90, 3
LABELS = np.arange(N) % CLASSES
CELL = Cell("rotation", 0.5, 40, 0)


@dataclass(frozen=True)
class Made:
    """Evidence of views made by hand."""

    views: Mapping[tuple[str, str], View]
    cell: Cell = CELL
    arms: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ("a", "b", "c")

    def view(self, model: str, images: str) -> View:
        if model in self.failed:
            raise NotAvailableError(self.failed[model])
        if (model, images) not in self.views:
            raise NotAvailableError(f"no {model}")
        return self.views[model, images]


def looked(features: Mapping[str, NDArray[np.floating]], labels: NDArray[np.int64] = LABELS) -> View:
    logits = np.zeros((len(labels), CLASSES), np.float32)
    return View(labels=labels, logits=logits, features={tap: x.astype(np.float32) for tap, x in features.items()})


def answering(right: int) -> View:
    """A model that answers so many of N images right."""
    answers = np.where(np.arange(N) < right, LABELS, (LABELS + 1) % CLASSES)
    return View(labels=LABELS, logits=np.eye(CLASSES, dtype=np.float32)[answers], features={})


def by_place(rows: tuple[Row, ...]) -> dict[tuple[str, str], Row]:
    return {(row.arm, row.tap): row for row in rows if row.metric != "top1_best"}


# accuracy


def test_accuracy_is_the_share_of_right_answers_with_its_wilson_interval() -> None:
    evidence = Made(
        {("scratch", "target"): answering(60), ("transfer", "target"): answering(N)}, arms=("scratch", "transfer")
    )
    rows = by_place(PROBES["accuracy"](evidence).rows)
    scratch, transfer = rows["scratch", ""], rows["transfer", ""]
    assert (scratch.value, scratch.n, scratch.metric) == (60 / 90, 90, "top1")
    assert (scratch.low, scratch.high) == wilson(60, 90)
    assert (transfer.value, transfer.high) == (1.0, 1.0)


def test_accuracy_does_not_depend_on_scale_or_order() -> None:
    view, order = answering(60), RNG.permutation(N)
    other = View(labels=view.labels[order], logits=(3 * view.logits + 1)[order], features={})
    one, two = (PROBES["accuracy"](Made({("x", "target"): seen}, arms=("x",))).rows for seen in (view, other))
    assert one == two


def test_an_arm_that_failed_has_its_reason_and_the_other_its_value() -> None:
    evidence = Made(
        {("scratch", "target"): answering(45)}, arms=("scratch",), failed={"transfer": "diverged at epoch 1"}
    )
    rows = by_place(PROBES["accuracy"](evidence).rows)
    assert rows["scratch", ""].value == 0.5
    assert (rows["transfer", ""].value, rows["transfer", ""].reason) == (None, "diverged at epoch 1")


def test_the_best_epoch_is_judged_beside_the_last_and_every_answer_is_kept() -> None:
    views = {("scratch", "target"): answering(45), ("scratch@best", "target"): answering(60)}
    found = PROBES["accuracy"](Made(views, arms=("scratch",)))
    assert [(row.metric, row.value) for row in found.rows] == [("top1", 45 / N), ("top1_best", 60 / N)]
    assert (found.arrays["scratch"] == found.arrays["labels"]).sum() == 45
    assert (found.arrays["scratch@best"] == found.arrays["labels"]).sum() == 60
    assert found.arrays["labels"].tolist() == LABELS.tolist()


def test_without_a_best_epoch_its_row_says_why_and_untrained_arms_have_none() -> None:
    trained, untrained = (
        PROBES["accuracy"](Made({("x", "target"): answering(45)}, arms=("x",), cell=cell)).rows
        for cell in (CELL, Cell("rotation", 0.5))
    )
    assert [(row.metric, row.reason) for row in trained] == [("top1", ""), ("top1_best", "no x@best")]
    assert [row.metric for row in untrained] == ["top1"]


# cka

DEEP = {"early": RNG.normal(size=(N, 6)), "late": RNG.normal(size=(N, 9))}


def cka(clean: Mapping[str, NDArray[np.floating]], target: Mapping[str, NDArray[np.floating]]) -> dict[str, Row]:
    evidence = Made({("source", "clean"): looked(clean), ("source", "target"): looked(target)})
    return {row.tap: row for row in PROBES["cka"](evidence).rows}


def test_cka_is_the_debiased_similarity_of_each_tap_in_depth_order() -> None:
    moved = {tap: x + RNG.normal(size=x.shape) for tap, x in DEEP.items()}
    rows = cka(DEEP, moved)
    assert list(rows) == ["early", "late"]
    for tap, row in rows.items():
        x, y = DEEP[tap].astype(np.float32), moved[tap].astype(np.float32)
        assert row.value == pytest.approx(linear_cka(x, y, debiased=True), abs=1e-12)
        assert (row.arm, row.versus, row.n) == ("source", "clean", N)


def test_cka_sees_no_change_in_a_rotation_or_a_scale() -> None:
    rotation, _ = np.linalg.qr(RNG.normal(size=(6, 6)))
    rows = cka({"early": DEEP["early"]}, {"early": 4 * DEEP["early"] @ rotation})
    assert rows["early"].value == pytest.approx(1.0, abs=1e-5)


def test_unrelated_features_score_about_zero() -> None:
    value = cka({"x": RNG.normal(size=(N, 500))}, {"x": RNG.normal(size=(N, 500))})["x"].value
    assert value is not None
    assert abs(value) < 0.1


def test_a_dead_tap_has_a_reason_and_leaves_the_others_their_value() -> None:
    rows = cka(DEEP, {**DEEP, "late": np.zeros((N, 9))})
    assert rows["early"].value == pytest.approx(1.0)
    assert rows["late"].value is None
    assert rows["late"].reason.startswith("late: ")


# linear

TRAIN_LABELS = np.arange(60) % CLASSES


def readable(labels: NDArray[np.int64], spread: float) -> NDArray[np.floating]:
    """Features that tell the class, the better the smaller the spread."""
    return np.eye(CLASSES)[labels] + spread * RNG.normal(size=(len(labels), CLASSES))


def linear(source: float, random: float) -> dict[tuple[str, str], Row]:
    """A tap of some spread in both networks, and one that is dead."""
    views = {
        (model, images): looked({"late": readable(labels, spread), "dead": np.full((len(labels), 4), 0.25)}, labels)
        for model, spread in (("source", source), ("random", random))
        for images, labels in (("train", TRAIN_LABELS), ("target", LABELS))
    }
    return by_place(PROBES["linear"](Made(views)).rows)


def test_the_readout_is_the_ridge_probe_of_each_tap() -> None:
    views = {
        (model, images): looked({"late": readable(labels, 0.5)}, labels)
        for model in ("source", "random")
        for images, labels in (("train", TRAIN_LABELS), ("target", LABELS))
    }
    rows = by_place(PROBES["linear"](Made(views)).rows)
    for model in ("source", "random"):
        train, test = views[model, "train"], views[model, "target"]
        score = ridge_probe(train.features["late"], train.labels, test.features["late"], test.labels)
        row = rows[model, "late"]
        assert (row.value, row.low, row.high, row.n) == (score.accuracy, score.low, score.high, N)


def test_what_the_features_tell_stands_above_the_control() -> None:
    rows = linear(source=0.05, random=50.0)
    assert rows["source", "late"].value == 1.0
    assert (rows["random", "late"].value or 0) < 0.6


def test_features_that_are_all_alike_tell_nothing() -> None:
    rows = linear(0.05, 0.05)
    assert rows["source", "late"].value == 1.0
    for model in ("source", "random"):
        assert rows[model, "dead"].value is None
        assert rows[model, "dead"].reason == "dead: every training image has the same features"


def test_one_class_to_train_on_is_a_reason() -> None:
    views = {
        (model, images): looked({"late": readable(labels, 0.5)}, labels)
        for model in ("source", "random")
        for images, labels in (("train", np.zeros(60, np.int64)), ("target", LABELS))
    }
    row = by_place(PROBES["linear"](Made(views)).rows)["source", "late"]
    assert row.value is None
    assert row.reason.startswith("late: a probe needs at least 2 classes")
