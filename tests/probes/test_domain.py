"""The probe compares independent images only; its numbers are those of the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.probes.made import Made, looked

from shiftprobe.core import seeding
from shiftprobe.core.types import PENULTIMATE, Cell, Row, Taps
from shiftprobe.metrics import domain_classifier, mmd
from shiftprobe.probes.domain import DomainProbe, _drawn, _halves

RNG = np.random.default_rng(0)
N = 120
X = {tap: RNG.normal(size=(N, 6)) for tap in ("early", PENULTIMATE)}
METRICS = ["mmd_effect", "mmd_p", "domain_auc", "proxy_a_distance"]
Features = Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True)
class Seen(Made):
    """Evidence of the checkpoint alone, looking at one tap or all."""

    taps: Taps = "penultimate"


def found(clean: Features, target: Features, source: Features | None = None, taps: Taps = "penultimate") -> list[Row]:
    sets = {"clean": clean, "target": target} | ({} if source is None else {"source": source})
    views = {
        ("source", images): looked(taken, np.zeros(len(taken[PENULTIMATE]), int)) for images, taken in sets.items()
    }
    return list(DomainProbe()(Seen(views, cell=Cell("rotation", 0.5), taps=taps)).rows)


def by_metric(rows: list[Row], versus: str = "clean") -> dict[str, Row]:
    return {row.metric: row for row in rows if row.versus == versus and row.tap == PENULTIMATE}


def test_one_half_before_the_shift_is_held_against_the_other_half_after_it() -> None:
    moved = {tap: x + 0.3 for tap, x in X.items()}
    rows = by_metric(found(X, moved))
    assert list(rows) == METRICS
    before, after = _halves(N)
    assert not set(before) & set(after)
    x, y = (view[PENULTIMATE].astype(np.float32) for view in (X, moved))
    test = mmd(x[before], y[after], permutations=1000, rng=seeding.generator("domain", "sides"))
    score = domain_classifier(x[before], y[after], rng=seeding.generator("domain", "folds"))
    assert (rows["mmd_effect"].value, rows["mmd_p"].value) == (test.effect, test.p)
    auc = rows["domain_auc"]
    assert (auc.value, auc.low, auc.high) == (score.auc, score.low, score.high)
    assert rows["proxy_a_distance"].value == score.proxy_a_distance
    assert {(row.arm, row.n) for row in rows.values()} == {("source", N)}
    assert [row.unit for row in rows.values()] == ["fraction", "p", "fraction", "distance"]


def test_nothing_is_found_where_nothing_was_shifted() -> None:
    rows = by_metric(found(X, X))
    assert rows["mmd_p"].value > 0.01  # type: ignore[operator]
    assert rows["domain_auc"].low <= 0.5 <= rows["domain_auc"].high  # type: ignore[operator]


def test_a_far_shift_is_found() -> None:
    rows = by_metric(found(X, {tap: x + 9 for tap, x in X.items()}))
    assert rows["mmd_p"].value == 1 / 1001
    assert (rows["domain_auc"].value, rows["proxy_a_distance"].value) == (1.0, 2.0)


def test_images_of_the_source_are_a_second_comparison_of_equal_sides() -> None:
    source = {tap: RNG.normal(size=(N - 40, 6)) + 0.5 for tap in X}
    rows = found(X, X, source)
    assert [(row.versus, row.metric) for row in rows] == [(v, m) for v in ("clean", "source") for m in METRICS]
    theirs, ours = _drawn("source", N - 40, N - 40), _drawn("target", N, N - 40)
    x, y = source[PENULTIMATE].astype(np.float32)[theirs], X[PENULTIMATE].astype(np.float32)[ours]
    expected = mmd(x, y, permutations=1000, rng=seeding.generator("domain", "sides"))
    assert by_metric(rows, "source")["mmd_effect"].value == expected.effect
    assert by_metric(rows, "source")["mmd_p"].n == 2 * (N - 40)


def test_every_tap_is_looked_at_when_asked() -> None:
    assert {row.tap for row in found(X, X)} == {PENULTIMATE}
    assert [row.tap for row in found(X, X, taps="all")] == ["early"] * 4 + [PENULTIMATE] * 4


@pytest.mark.parametrize("dead", [np.zeros((N, 6)), np.full((N, 6), 0.1)])
def test_features_that_are_all_alike_have_a_reason(dead: NDArray[np.floating]) -> None:
    rows = by_metric(found(X, {**X, PENULTIMATE: dead}))
    assert list(rows) == METRICS
    for row in rows.values():
        assert row.value is None
        assert row.reason == f"{PENULTIMATE}: all 60 images have the same features in y: nothing to test"


def test_sides_are_drawn_from_all_images_and_never_over_the_limit() -> None:
    before, after = _halves(5000)
    assert len(before) == len(after) == 1000
    assert not set(before) & set(after)
    for drawn in (before, after, _drawn("source", 5000, 1000)):
        assert abs(drawn.mean() - 2500) < 150  # not the first, which may be of one class
