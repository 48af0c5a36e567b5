"""The linear readout on views made by hand: its rows in both kinds of cell, what must not matter, its reasons."""

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.probes.made import LABELS, Made, N, looked

from shiftprobe.core.types import Cell, Row, Taps, View
from shiftprobe.metrics import fit_with_control, helps_from, probe_right, ridge_probe
from shiftprobe.probes.linear import LinearProbe
from shiftprobe.stats.images import gap_interval, image_interval

CLASSES = 3
TRAIN = np.arange(60) % CLASSES
CHECKPOINT, TRAINED = Cell("rotation", 0.5), Cell("rotation", 0.5, 40, 0)
Views = dict[tuple[str, str], View]


@dataclass(frozen=True)
class Seen(Made):
    """Evidence in which no test of two domains looks anywhere but at the last tap."""

    taps: Taps = "penultimate"


def readable(labels: NDArray[np.int64], spread: float, rng: np.random.Generator) -> NDArray[np.floating]:
    """Features that tell the class, the better the smaller the spread."""
    return np.eye(CLASSES)[labels] + spread * rng.normal(size=(len(labels), CLASSES))


def views(spreads: Mapping[str, float]) -> Views:
    """For each model, a tap of some spread and one that is dead."""
    rng = np.random.default_rng(0)
    return {
        (model, images): looked(
            {"dead": np.full((len(labels), 4), 0.25), "late": readable(labels, spread, rng)}, labels
        )
        for model, spread in spreads.items()
        for images, labels in (("train", TRAIN), ("target", LABELS))
    }


def rows(made: Views, **around: Any) -> dict[tuple[str, str, str], Row]:
    found = LinearProbe()(Seen(made, **{"cell": CHECKPOINT, **around})).rows
    assert len({(row.metric, row.arm, row.tap, row.versus) for row in found}) == len(found)
    return {(row.metric, row.arm, row.tap): row for row in found}


def test_the_readout_is_the_ridge_probe_of_each_tap() -> None:
    made = views({"source": 0.5, "random": 1.0})
    found = rows(made)
    for model in ("source", "random"):
        train, test = made[model, "train"], made[model, "target"]
        x, held = train.features["late"], test.features["late"]
        score = ridge_probe(x, train.labels, held, test.labels)
        row = found["probe_accuracy", model, "late"]
        assert (row.value, row.low, row.high, row.n) == (score.accuracy, score.low, score.high, N)
        right, control = (probe_right(probe, held, test.labels) for probe in fit_with_control(x, train.labels))
        less = image_interval(right[None], control[None])
        row = found["probe_selectivity", model, "late"]
        assert (row.value, row.low, row.high, row.n) == (less.difference, less.low, less.high, N)
        assert row.value == pytest.approx(right.mean() - control.mean())


def test_the_gap_is_paired_over_the_same_images() -> None:
    made = views({"source": 0.4, "random": 0.6})
    right = {}
    for model in ("source", "random"):
        train, test = made[model, "train"], made[model, "target"]
        probe, _ = fit_with_control(train.features["late"], train.labels)
        right[model] = probe_right(probe, test.features["late"], test.labels)
    paired = image_interval(right["source"][None], right["random"][None])
    row = rows(made)["probe_gap", "source", "late"]
    assert (row.value, row.low, row.high, row.versus) == (paired.difference, paired.low, paired.high, "random")
    assert 0 < (row.value or 0) < 1


def test_a_network_has_no_gap_to_itself_and_help_begins_where_there_is_one() -> None:
    made = views({"source": 0.05, "random": 50.0})
    for images in ("train", "target"):
        for model in ("source", "random"):
            features = made[model, images].features
            early = made["source", images].features["late"]
            made[model, images] = looked({"early": early, "late": features["late"]}, made[model, images].labels)
    gaps = [row for key, row in rows(made).items() if key[0] == "probe_gap"]
    assert [row.tap for row in gaps] == ["early", "late"]
    assert gaps[0].value == 0.0
    assert (gaps[0].low or 0) < 0 < (gaps[0].high or 0)
    assert helps_from(gaps) == "late"


def test_a_trained_cell_reads_its_arms_and_nothing_else() -> None:
    made = views({"scratch": 1.0, "transfer": 0.1})
    found = rows(made, cell=TRAINED, arms=("scratch", "transfer"), failed={"lp_ft": "diverged"})
    assert {key[:2] for key in found} == {("probe_accuracy", arm) for arm in ("scratch", "transfer", "lp_ft")}
    train, test = made["scratch", "train"], made["scratch", "target"]
    score = ridge_probe(train.features["late"], train.labels, test.features["late"], test.labels)
    assert found["probe_accuracy", "scratch", "late"].value == score.accuracy < 1.0
    assert found["probe_accuracy", "transfer", "late"].value == 1.0
    lost = found["probe_accuracy", "lp_ft", ""]
    assert (lost.value, lost.reason) == (None, "diverged")


def test_the_untouched_checkpoint_is_not_read_twice() -> None:
    found = rows(views({"source": 0.5, "random": 1.0, "zero_shot": 0.5}), arms=("zero_shot",))
    assert {arm for _, arm, _ in found} == {"source", "random"}


def test_does_not_depend_on_units_or_the_order_of_images() -> None:
    made = views({"source": 0.5, "random": 1.0})
    other, order = {}, np.random.default_rng(1).permutation(N)
    for (model, images), view in made.items():
        kept = order if images == "target" else slice(None)
        other[model, images] = looked({tap: 8 * x[kept] for tap, x in view.features.items()}, view.labels[kept])
    one, two = rows(made), rows(other)
    assert [row.value for row in one.values()] == [row.value for row in two.values()]


def test_features_that_are_all_alike_tell_nothing() -> None:
    found = rows(views({"source": 0.05, "random": 0.05}))
    assert found["probe_accuracy", "source", "late"].value == 1.0
    for key in (
        ("probe_accuracy", "source"), ("probe_selectivity", "source"), ("probe_gap", "source"),
        ("probe_accuracy", "random"), ("probe_selectivity", "random"),
    ):  # fmt: skip
        row = found[*key, "dead"]
        assert (row.value, row.reason) == (None, "dead: every training image has the same features")


def test_one_class_to_train_on_is_a_reason() -> None:
    made = views({"source": 0.5, "random": 0.5})
    for model in ("source", "random"):
        made[model, "train"] = looked(made[model, "train"].features, np.zeros(60, np.int64))
    row = rows(made)["probe_accuracy", "source", "late"]
    assert row.value is None
    assert row.reason.startswith("late: a probe needs at least 2 classes")


def test_a_control_that_is_not_there_leaves_the_source_its_accuracy() -> None:
    found = rows(views({"source": 0.05}))
    assert found["probe_accuracy", "source", "late"].value == 1.0
    assert found["probe_accuracy", "random", ""].reason == "no random"
    assert found["probe_gap", "source", "late"].reason == "no random"


def test_five_draws_are_the_null_and_a_gap_is_held_against_a_further_one() -> None:
    spreads = {"source": 0.4, "random": 0.6, "random2": 0.8, "random3": 0.5, "random4": 0.7, "random5": 0.9}
    made, right = views(spreads), {}
    for model in spreads:
        train, test = made[model, "train"], made[model, "target"]
        probe, _ = fit_with_control(train.features["late"], train.labels)
        right[model] = probe_right(probe, test.features["late"], test.labels).astype(float)
    draws = np.stack([right[model] for model in spreads if model != "source"])
    found = rows(made)
    mean, std = statistics.fmean(draws.mean(axis=1)), statistics.stdev(draws.mean(axis=1))
    further = 2.776445105 * std * 1.2**0.5  # t with 4 degrees of freedom
    control, gap = found["probe_accuracy", "random", "late"], found["probe_gap", "source", "late"]
    assert control.value == pytest.approx(mean)
    assert mean - (control.low or 0) > further
    images = gap_interval(right["source"] - draws.mean(axis=0))
    assert gap.value == pytest.approx(right["source"].mean() - mean)
    assert gap.low == pytest.approx(images.difference - math.hypot(images.difference - images.low, further))
    assert gap.high == pytest.approx(images.difference + math.hypot(images.high - images.difference, further))
    assert found["random_draws", "random", ""].value == 5


def test_units_that_never_change_are_counted() -> None:
    found = rows(views({"source": 0.5, "random": 1.0}))
    for model in ("source", "random"):
        assert found["constant_units", model, "dead"].value == 1.0
        assert found["constant_units", model, "late"].value == 0.0
    assert found["random_draws", "random", ""].value == 1
