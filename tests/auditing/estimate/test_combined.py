"""All methods together: the process against its formula, and misses on families left out."""

import numpy as np
import pytest
from scipy.special import ndtri

from shiftprobe.auditing.estimate.combined import combine
from shiftprobe.auditing.estimate.further_looks import Truth
from shiftprobe.auditing.estimate.methods import Reading

ENDS = (0.01, 0.99)
NAMES = ("ATC", "difference of confidences", "COT")


def case(n: int = 40, *, off: float = 0.0) -> tuple[list[Truth], list[Reading]]:
    """Looks whose methods are right but for noise, and off in one family."""
    rng = np.random.default_rng(0)
    looks, readings = [], []
    for i in range(n):
        right = float(rng.uniform(0.15, 0.95))
        said = {name: float(np.clip(right + rng.normal(0, 0.02), 0.05, 0.95)) for name in NAMES}
        family = f"family {i % 5}"
        told = right - (off if i % 5 == 0 else 0.0)
        looks.append(Truth(frozenset({family}), max(told, 0.02)))
        readings.append(Reading(kept=said, free=said, drift=float(1 - right), shares=0.0))
    return looks, readings


def reference(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> tuple[float, float]:
    """Mean and deviation of the process, from the textbook."""
    spread = np.maximum(x.std(axis=0), 1e-9)
    known, new = (x - x.mean(axis=0)) / spread, (at - x.mean(axis=0)) / spread
    width = x.shape[1]

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        apart = np.square(a[:, None] - b[None]).sum(axis=2) / width
        return np.asarray(np.exp(-apart / (2 * 0.85**2)) + 1.0 + a @ b.T / width)

    inverse = np.linalg.inv(kernel(known, known) + 0.03 * np.eye(len(known)))
    across = kernel(new[None], known)[0]
    variance = kernel(new[None], new[None])[0, 0] - across @ inverse @ across + 0.03
    return float(y.mean() + across @ inverse @ (y - y.mean())), float(np.sqrt(variance))


def test_the_process_agrees_with_the_textbook() -> None:
    looks, readings = case()
    found = combine(looks, readings, ends=ENDS, level=0.9)
    x = found.inputs.vectors(readings)
    y = ndtri(np.clip([one.right for one in looks], *ENDS))
    place, half = found.at(readings[3])
    expected = reference(x, y, x[3])
    assert place == pytest.approx(expected[0], abs=1e-6)
    assert half == pytest.approx(found.misses * expected[1], rel=1e-6)


def test_misses_are_those_of_families_left_out() -> None:
    looks, readings = case()
    found = combine(looks, readings, ends=ENDS, level=0.9)
    x = found.inputs.vectors(readings)
    y = ndtri(np.clip([one.right for one in looks], *ENDS))
    misses = []
    for i in range(len(looks)):
        others = np.array([one.families != looks[i].families for one in looks])
        place, deviation = reference(x[others], y[others], x[i])
        misses.append(abs(place - y[i]) / deviation)
    assert found.misses == pytest.approx(np.sort(misses)[36], rel=1e-6)  # the 37th: ceil(0.9 * 41)


def test_a_family_that_differs_from_the_others_widens_the_interval() -> None:
    calm, odd = (combine(*case(off=off), ends=ENDS, level=0.9) for off in (0.0, 0.3))
    assert odd.misses > 2 * calm.misses


def test_far_from_all_looks_the_interval_is_wider() -> None:
    looks, readings = case()
    found = combine(looks, readings, ends=ENDS, level=0.9)
    far = readings[0]._replace(drift=6.0, shares=0.9)
    assert found.at(far)[1] > 2 * found.at(readings[0])[1]


def test_a_method_that_is_left_out_changes_nothing_by_what_it_says() -> None:
    looks, readings = case()
    wild = [one._replace(kept={**one.kept, "COT": 0.5 + 0.4 * (-1) ** i}) for i, one in enumerate(readings)]
    found = [combine(looks, one, ends=ENDS, level=0.9, left_out=frozenset({"COT"})) for one in (readings, wild)]
    assert found[0].at(readings[5]) == found[1].at(wild[5])
