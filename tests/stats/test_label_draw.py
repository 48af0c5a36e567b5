"""Draws of pictures to label: nested, with the probabilities that they say, bounded in what a useless proxy costs."""

import itertools

import numpy as np
import pytest

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats import label_draw, probabilities, strata_for

CHANCE = np.random.default_rng(0).beta(3, 1, 400)


def drawn(n: int, seed: int = 0, strata: int = 5) -> np.ndarray:
    return label_draw(CHANCE, np.random.default_rng(seed), strata=strata).order[:n]


def test_every_picture_stands_once_and_every_beginning_is_nested() -> None:
    found = label_draw(CHANCE, np.random.default_rng(0), strata=5)
    assert sorted(found.order.tolist()) == list(range(400))
    counts = [np.bincount(found.strata[found.order[:n]], minlength=5) for n in range(1, 200)]
    shares = found.strata[found.order]
    assert all((late >= early).all() for early, late in itertools.pairwise(counts))
    assert set(shares[:10].tolist()) == {0, 1, 2, 3, 4}


def test_pictures_are_drawn_as_often_as_their_probability_says() -> None:
    found = label_draw(CHANCE, np.random.default_rng(0), strata=5)
    chosen = found.order[:60]
    said = dict(
        zip(
            found.strata[chosen].tolist(),
            probabilities(found.strata[chosen], found.sizes[found.strata[chosen]]),
            strict=True,
        )
    )
    times = np.zeros(400)
    for seed in range(1500):
        times[drawn(60, seed)] += 1
    for stratum, chance in said.items():
        mine = times[found.strata == stratum] / 1500
        assert mine.mean() == pytest.approx(chance)
        assert mine.std() < 1.5 * np.sqrt(chance * (1 - chance) / 1500)


def test_doubt_is_drawn_more_often_but_costs_a_useless_proxy_little() -> None:
    found = label_draw(CHANCE, np.random.default_rng(0), strata=5)
    chosen = found.strata[found.order[:100]]
    counts = np.bincount(chosen, minlength=5)
    assert counts[0] > counts[-1]
    weights = 1 / probabilities(chosen, found.sizes[chosen])
    assert (weights**2).mean() / weights.mean() ** 2 < 1.03


def test_labels_that_will_be_used_alone_are_drawn_alike() -> None:
    assert strata_for(CHANCE, 30) == 1
    assert strata_for(CHANCE, 60) == 5
    assert strata_for(np.full(400, 0.99), 200) == 1
    assert set(label_draw(CHANCE, np.random.default_rng(0), strata=1).strata.tolist()) == {0}


def test_one_seed_gives_one_draw_and_another_another() -> None:
    assert drawn(30).tolist() == drawn(30).tolist()
    assert drawn(30).tolist() != drawn(30, seed=1).tolist()


def test_more_strata_than_pictures_are_refused() -> None:
    with pytest.raises(InputError, match="from 1 to 400 strata, got 401"):
        label_draw(CHANCE, np.random.default_rng(0), strata=401)
