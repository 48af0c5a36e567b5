"""Samples: with replacement of one set, disjoint halves for two; groups are never parted, and a loss is exact."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from tests.auditing.error_rates.made_up_population import population
from tests.auditing.made_up import labels_of, seen, side

from shiftprobe.auditing.error_rates.corrupted import corrupted, wronged
from shiftprobe.auditing.error_rates.population import halves, resampled, sample
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.metrics import softmax


def test_shares_of_samples_spread_as_binomial_ones_do() -> None:
    marks, n, whole = np.arange(100) < 30, 100, side(100)
    rng = np.random.default_rng(0)
    shares = [marks[sample(whole, n, rng).places].mean() for _ in range(2000)]
    assert np.std(shares) == np.clip(np.std(shares), 0.95 * np.sqrt(0.21 / n), 1.05 * np.sqrt(0.21 / n))


def test_differences_of_halves_spread_as_those_of_independent_samples() -> None:
    marks = np.arange(100) < 30
    rng = np.random.default_rng(0)
    whole = side(100)
    pairs = [halves(whole, 1000, rng) for _ in range(2000)]
    gaps = [marks[a.places].mean() - marks[b.places].mean() for a, b in pairs]
    assert 0.95 < np.std(gaps) / np.sqrt(2 * 0.21 / 50) < 1.06
    assert all(not set(a.places.tolist()) & set(b.places.tolist()) for a, b in pairs[:20])
    assert all(len(a.places) == len(b.places) == 50 for a, b in pairs[:20])


def test_groups_are_drawn_whole_and_a_group_drawn_twice_is_two() -> None:
    together = replace(side(40), clusters=np.arange(40) // 4)
    for number in range(20):
        drawn = sample(together, 40, np.random.default_rng(number))
        assert drawn.clusters is not None
        assert np.bincount(drawn.clusters).tolist() == [4] * 10
        for one in range(10):
            assert len(set((drawn.places[drawn.clusters == one] // 4).tolist())) == 1
    a, b = halves(together, 20, np.random.default_rng(0))
    assert not set((a.places // 4).tolist()) & set((b.places // 4).tolist())


def test_a_sample_keeps_each_image_with_its_label() -> None:
    whole = side(20)
    drawn = sample(whole, 20, np.random.default_rng(0))
    found = resampled(whole, drawn)
    assert found.labels is not None
    assert len(set(drawn.places.tolist())) < 20
    np.testing.assert_array_equal(found.labels, labels_of(20)[found.index])


def test_a_planted_loss_is_exact_spread_over_the_classes_and_as_sure_as_before() -> None:
    labels = labels_of(400)
    before = seen(labels, 360)
    after = wronged(before, labels, 0.05, np.random.default_rng(0).permutation(400))
    lost = before.right(labels) & ~after.right(labels)
    assert lost.sum() == 20
    assert not (after.right(labels) & ~before.right(labels)).any()
    assert np.ptp(np.bincount(labels[lost])) <= 1
    np.testing.assert_allclose(softmax(after.logits).max(axis=1), softmax(before.logits).max(axis=1))


def test_every_look_loses_as_much(tmp_path: Path) -> None:
    whole = population(tmp_path, under=120)
    for place, look in corrupted(whole, 0.03).looks.items():
        expected = (180 if place == UNSHIFTED else 120) - 6
        assert look.right(whole.labels).sum() == expected


def test_an_audit_of_a_sample_stops_as_one_of_the_data_would(tmp_path: Path) -> None:
    whole = population(tmp_path, n=800, right=800, severity={"at": 0.5, "at_least": 0.5})
    drawn = sample(whole.ready.data, 800, np.random.default_rng(0))
    found = whole.staged(drawn, whole.policy)
    assert found.stopped is not None
    assert set(found.stopped.after.values()) == {1}
    assert len(found.dial[next(iter(found.dial))].logits) == 200
