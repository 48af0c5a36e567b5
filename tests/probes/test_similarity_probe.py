"""The probe picks views and makes rows; its numbers are those of the metrics."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.probes.made import LABELS, RNG, Made, N, looked

from shiftprobe.core.types import PENULTIMATE, Cell, Features, Finding, Row, Taps, View
from shiftprobe.metrics import cosine_rows, cosine_summary, frechet, neighbour_overlap, procrustes
from shiftprobe.probes.similarity import SimilarityProbe, _some

CELL = Cell("rotation", 0.5)
X = {tap: RNG.normal(size=(N, d)).astype(np.float32) for tap, d in (("early", 6), (PENULTIMATE, 9))}
Y = {tap: x + RNG.normal(size=x.shape).astype(np.float32) for tap, x in X.items()}
METRICS = ("cosine", "procrustes", "frechet", "neighbour_overlap")


@dataclass(frozen=True)
class Seen(Made):
    """Evidence of the checkpoint alone."""

    taps: Taps = "penultimate"


def found(clean: View, target: View) -> Finding:
    return SimilarityProbe()(Seen({("source", "clean"): clean, ("source", "target"): target}, cell=CELL))


def by_address(finding: Finding) -> dict[tuple[str, str], Row]:
    return {(row.tap, row.metric): row for row in finding.rows}


def test_four_readings_of_every_tap_in_depth_order() -> None:
    rows = by_address(found(looked(X), looked(Y)))
    assert list(rows) == [(tap, metric) for tap in ("early", PENULTIMATE) for metric in METRICS]
    for tap, x in X.items():
        y = Y[tap]
        cosine = rows[tap, "cosine"]
        assert (cosine.value, cosine.low, cosine.high, cosine.n) == cosine_summary(x, y)
        assert rows[tap, "procrustes"].value == procrustes(x, y)
        assert rows[tap, "frechet"].value == frechet(x, y).relative
        assert rows[tap, "neighbour_overlap"].value == neighbour_overlap(x, y).share
    assert {(row.arm, row.versus, row.n) for row in rows.values()} == {("source", "clean", N)}


def test_what_did_not_move_is_at_the_best_of_all_four() -> None:
    rows = by_address(found(looked(X), looked({tap: 2 * x for tap, x in X.items()})))
    for metric in ("cosine", "procrustes", "neighbour_overlap"):
        assert rows["early", metric].value == pytest.approx(1.0, abs=1e-6)
    same = by_address(found(looked(X), looked(X)))
    assert same["early", "frechet"].value == pytest.approx(0.0, abs=1e-6)


def test_a_dead_tap_has_four_reasons_and_leaves_the_others_their_values() -> None:
    rows = by_address(found(looked(X), looked({**Y, "early": np.zeros((N, 6))})))
    for metric in METRICS:
        assert rows["early", metric].value is None
        assert rows["early", metric].reason.startswith("early: all 90 images have the same features in y")
        assert rows[PENULTIMATE, metric].value is not None


def test_the_moves_of_classes_without_those_that_have_no_image() -> None:
    labels = np.where(LABELS == 1, 2, LABELS)
    arrays = found(looked(X, labels), looked(Y, labels)).arrays
    moved = 1 - cosine_rows(X[PENULTIMATE], Y[PENULTIMATE])
    assert arrays["classes_seen"].tolist() == [0, 2]
    assert arrays["n"].tolist() == [30, 60]
    assert arrays["moved_by_class"] == pytest.approx([moved[labels == one].mean() for one in (0, 2)])


def test_features_without_a_direction_have_no_moves_of_classes() -> None:
    lone = {tap: np.where(np.arange(N)[:, None] == 3, 0, y) for tap, y in Y.items()}
    finding = found(looked(X), looked(lone))
    assert finding.arrays == {}
    assert "no direction" in by_address(finding)[PENULTIMATE, "cosine"].reason


def test_of_many_images_some_are_drawn_and_n_says_how_many() -> None:
    many = 2300
    x = RNG.normal(size=(many, 3)).astype(np.float32)
    y: Features = x + RNG.normal(size=x.shape).astype(np.float32)
    view = looked({PENULTIMATE: x}, np.sort(np.arange(many) % 3))
    rows = by_address(found(view, replace(view, features={PENULTIMATE: y})))
    assert [rows[PENULTIMATE, metric].n for metric in METRICS] == [2300, 2000, 2300, 2000]
    some = _some(many)
    assert len(np.unique(some)) == 2000
    assert abs(some.mean() - many / 2) < 40  # from all of them, not from the first classes
    assert rows[PENULTIMATE, "procrustes"].value == procrustes(x[some], y[some])
