"""Where a gap becomes 0 and what the seeds leave undecided: the right places, also where no seed differs."""

import numpy as np
import pytest

from shiftprobe.stats.crossing import crossing, undecided


def test_where_every_seed_meets_0_at_one_place_that_place_alone_is_undecided() -> None:
    gaps = np.tile([0.9, 0.7, -0.3, -0.8], (3, 1))
    assert undecided(gaps) == pytest.approx((1.7, 1.7))
    place, bound = crossing(np.arange(4.0), gaps.mean(axis=0), 1)
    assert place == pytest.approx(1.7)
    assert not bound


@pytest.mark.parametrize("seed", range(60))
def test_the_undecided_places_hold_the_crossing_and_are_never_turned_round(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gaps = np.sort(rng.normal(size=4))[::-1] + rng.normal(size=(3, 4)) * rng.choice([0.0, 0.05, 0.5])
    low, high = undecided(gaps)
    assert low is None or high is None or low <= high
    place, bound = crossing(np.arange(4.0), gaps.mean(axis=0), 0)
    if not bound:
        assert low is None or low <= place + 1e-9
        assert high is None or high >= place - 1e-9
