"""Looks made from those of the grid: whose images, whose answers, which truth."""

import numpy as np
import pytest
from tests.auditing.estimate.test_estimate import CLASSES, FAMILIES, N, grid, labelled

from shiftprobe.auditing.estimate.further_looks import CalibrationLook, Truth, further_looks
from shiftprobe.auditing.estimate.methods import Answered
from shiftprobe.auditing.types import Predictions


def looks() -> list[CalibrationLook]:
    return [
        CalibrationLook(
            truth=Truth(
                families=frozenset({one.shift} if one.severity else ()),
                right=float(one.predictions.right(one.labels).mean()),
                severity=one.severity,
            ),
            look=Answered(one.predictions, one.predictions.answers),
            places=np.arange(N),
        )
        for one in grid()
    ]


def of_changed_features(known: list[CalibrationLook]) -> list[CalibrationLook]:
    made = further_looks(known, labelled(), seed=0)
    return [one for one in made if not one.truth.families and len(one.places) == N]


def test_every_look_tells_the_truth_of_the_images_it_names() -> None:
    made = list(further_looks(looks(), labelled(), seed=0))
    assert len(made) > 50
    for one in made:
        assert one.truth.right == pytest.approx(one.look.predictions.right(labelled()[one.places]).mean())
        assert one.truth.severity is None
        assert one.truth.families <= set(FAMILIES)


def test_a_mixture_takes_each_image_from_one_of_its_looks() -> None:
    known = looks()
    half = next(one for one in further_looks(known, labelled(), seed=0) if len(one.truth.families) == 1)
    (family,) = half.truth.families
    sources = [one.look.predictions.logits for one in known if one.truth.families in (frozenset(), frozenset({family}))]
    same = np.array([(half.look.predictions.logits == one).all(axis=1) for one in sources])
    assert same.any(axis=0).all()
    assert same[0].sum() == N // 2  # untouched
    assert half.look.second is not None
    assert np.array_equal(half.look.second, half.look.predictions.answers)  # mixed as the first network is


def test_classes_are_drawn_again_in_other_proportions() -> None:
    made = [one for one in further_looks(looks(), labelled(), seed=0) if len(one.places) < N]
    shares = [np.bincount(labelled()[one.places], minlength=CLASSES) / len(one.places) for one in made]
    apart = [np.abs(one - 1 / CLASSES).sum() / 2 for one in shares]
    assert np.mean(apart) > 0.15
    assert min(len(one.places) for one in made) >= 30


def test_features_are_changed_only_where_the_head_is_linear_in_them() -> None:
    """Changed features are answered by a head that was found from the looks alone."""
    known = looks()
    changed = [
        one for one in further_looks(known, labelled(), seed=0) if not one.truth.families and len(one.places) == N
    ]
    assert len(changed) == 12
    centres = np.random.default_rng(7).normal(size=(CLASSES, known[0].look.predictions.penultimate.shape[1]))
    seen = changed[0].look.predictions
    expected = seen.penultimate @ centres.T - np.square(centres).sum(axis=1) / 2
    assert seen.logits == pytest.approx(expected, abs=1e-3)
    bent = [
        one._replace(
            look=Answered(Predictions(logits=one.look.predictions.logits**3, features=one.look.predictions.features))
        )
        for one in known
    ]
    assert not [
        one for one in further_looks(bent, labelled(), seed=0) if not one.truth.families and len(one.places) == N
    ]


def test_at_most_a_thousand_images_are_in_one() -> None:
    labels = np.arange(1500) % CLASSES
    table = np.eye(CLASSES, dtype=np.float32)[labels]
    known = [
        CalibrationLook(
            truth=Truth(families=frozenset({f"shift {i}"} if i else ()), right=1.0, severity=i / 4),
            look=Answered(Predictions(logits=table, features=table)),
            places=np.arange(1500),
        )
        for i in range(5)
    ]
    made = list(further_looks(known, labels, seed=0))
    assert max(len(one.places) for one in made) == 1000
