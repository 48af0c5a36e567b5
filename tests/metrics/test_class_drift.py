import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe.metrics import InputError
from shiftprobe.metrics.class_drift import class_drift

Table = NDArray[np.float64]
Labels = NDArray[np.int64]

CLASSES = 5
EVEN = np.full(CLASSES, 1 / CLASSES)


def clouds(n: int, shares: Table, *, seed: int, moved: float = 0.0) -> tuple[Table, Labels]:
    """Eight features of spread 1, 2, 3 ... around a centre for each class."""
    rng = np.random.default_rng(seed)
    classes = rng.choice(CLASSES, n, p=shares)
    centres = 10 * np.random.default_rng(99).normal(size=(CLASSES, 8))
    spread = np.arange(1, 9)
    return centres[classes] + spread * (rng.normal(size=(n, 8)) + moved), classes


def test_drift_is_the_distance_in_standard_deviations() -> None:
    home, away = clouds(2000, EVEN, seed=0), clouds(2000, EVEN, seed=1, moved=1.5)
    assert class_drift(*away, *home) == pytest.approx(1.5, abs=0.05)


def test_drift_is_blind_to_proportions_and_to_chance() -> None:
    home = clouds(300, EVEN, seed=0)
    others = clouds(300, np.array([0.6, 0.25, 0.1, 0.03, 0.02]), seed=1)
    assert class_drift(*others, *home) < 0.15
    assert class_drift(*clouds(60, EVEN, seed=2), *home) < 0.2


def test_drift_has_no_unit_and_leaves_dead_features_out() -> None:
    home, away = clouds(300, EVEN, seed=0), clouds(300, EVEN, seed=1, moved=0.7)
    scale = np.arange(3, 11)
    expected = class_drift(*away, *home)
    assert class_drift(away[0] * scale, away[1], home[0] * scale, home[1]) == pytest.approx(expected)
    dead = [np.hstack([features, np.full((300, 1), 7.0)]) for features in (away[0], home[0])]
    assert class_drift(dead[0], away[1], dead[1], home[1]) == pytest.approx(expected)


def test_a_collapse_onto_one_class_is_no_change_of_proportions() -> None:
    """Every image almost at the centre of the first class: its mean stays, its spread does not."""
    home, away = clouds(500, EVEN, seed=0), clouds(500, np.eye(CLASSES)[0], seed=1)
    centre = home[0][home[1] == 0].mean(axis=0)
    assert class_drift(*away, *home) < 0.2
    assert class_drift(centre + 0.1 * (away[0] - centre), away[1], *home) == pytest.approx(0.9, abs=0.05)


def test_rare_classes_are_taken_together() -> None:
    """One image of each of many classes: there is no spread within them, but one around them all."""
    rng = np.random.default_rng(0)
    home, away, names = rng.normal(size=(200, 8)), rng.normal(size=(200, 8)), np.arange(200)
    assert class_drift(away, names, home, names) < 0.2
    assert class_drift(away + 2.0, names, home, names) == pytest.approx(2.0, abs=0.15)
    assert class_drift(away, names, home, names) == class_drift(away, names[::-1], home, names)
    assert class_drift(away, names + 200, home, names) == class_drift(away, names, home, names)


def test_what_cannot_be_computed_is_refused() -> None:
    with pytest.raises(InputError, match="equal features"):
        class_drift(np.eye(2), [0, 1], np.eye(3), [0, 1, 1])
    with pytest.raises(InputError, match="no feature varies"):
        class_drift(np.ones((4, 2)), [0, 0, 1, 1], np.ones((4, 2)), [0, 0, 1, 1])
