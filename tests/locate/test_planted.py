"""Planted shifts are found again; the figures of docs/locate.md come from these trials over all families and doses."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.locate.planting import NEAR, Field, Trial, digits, pair_chains, photos, single_chains

Population = Callable[[], NDArray[np.uint8]]

GOAL = 0.9  # of the trials


def check(trials: list[Trial], goal: float = GOAL) -> None:
    told = [(trial.planted, [(shift.name, shift.severity) for shift in trial.found.shifts]) for trial in trials]
    kinds = np.mean([trial.right_kinds for trial in trials])
    errors = np.array([error for trial in trials for error in trial.errors])
    assert kinds >= goal, told
    assert np.mean(errors <= NEAR) >= goal, told


@pytest.mark.slow
@pytest.mark.parametrize("population", [digits, photos])
def test_one_shift_at_any_dose_is_found(population: Population) -> None:
    field = Field(population())
    check([field.trial(chain) for chain in single_chains(field.names)[::5]])


@pytest.mark.slow
@pytest.mark.parametrize("population", [digits, photos])
def test_two_shifts_of_different_kinds_are_found(population: Population) -> None:
    field = Field(population())
    check([field.trial(chain) for chain in pair_chains(field.names, 10)], goal=0.8)


@pytest.mark.slow
@pytest.mark.parametrize("population", [digits, photos])
def test_images_of_the_same_population_are_seldom_called_shifted(population: Population) -> None:
    images = population()
    orders = [np.random.default_rng(seed).permutation(len(images)) for seed in range(30)]
    found = [Field(images[order], each=100).trial(()).found for order in orders]
    assert sum(bool(located.shifts) for located in found) <= 2  # 1 in 100 is expected
