import itertools

import numpy as np
import pytest

from shiftprobe.metrics import InputError
from shiftprobe.stats.discrete_fdr import discrete_benjamini_hochberg
from shiftprobe.stats.image_flips import FDR, image_flips, smallest_p
from shiftprobe.stats.multiplicity import benjamini_hochberg


def _relabelled_p(a: np.ndarray, b: np.ndarray) -> float:
    """All deals one by one."""
    shares = np.concatenate([a.sum(axis=1), b.sum(axis=1)])
    gap = abs(shares[: len(a)].sum() - shares[len(a) :].sum())
    deals = [shares[list(one)].sum() for one in itertools.combinations(range(len(shares)), len(a))]
    return float(np.mean([abs(2 * one - shares.sum()) >= gap for one in deals]))


def _naive_called(ps: np.ndarray, supports: list[np.ndarray], which: np.ndarray, level: float) -> np.ndarray:
    """The procedure as the paper writes it, threshold by threshold."""
    every = np.unique(np.concatenate(supports))

    def reach(i: int, t: float) -> float:
        return float(supports[which[i]][supports[which[i]] <= t].max(initial=0.0))

    def odds(i: int, t: float) -> float:
        return np.inf if reach(i, t) == 1 else reach(i, t) / (1 - reach(i, t))

    m = len(ps)
    highest = max((t for t in every if sum(odds(i, t) for i in range(m)) <= m * level), default=0.0)
    within = [t for t in every if t <= highest]
    xi = [sum(reach(i, t) / (1 - reach(i, highest)) for i in range(m)) / m for t in within]
    best = 0.0
    for k in range(1, m + 1):
        critical = max((t for t, one in zip(within, xi, strict=True) if one <= level * k / m), default=0.0)
        if np.sort(ps)[k - 1] <= critical:
            best = np.sort(ps)[k - 1]
    return ps <= best


def _trainings(rng: np.random.Generator, skill: np.ndarray, seeds: int, conditions: int = 1) -> np.ndarray:
    """Seeds move every image's chance together and each image alone; doses share both."""
    common = 0.4 * rng.standard_normal((seeds, 1, 1))
    own = 0.8 * rng.standard_normal((seeds, 1, len(skill)))
    return skill + common + own + 0.4 * rng.standard_normal((seeds, conditions, len(skill))) > 0


def test_agrees_with_every_deal_counted_one_by_one() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.random((3, 2, 40)) < rng.random(40) for _ in range(2))
    found = image_flips(a, b)
    for i in range(40):
        assert found.p[i] == pytest.approx(_relabelled_p(a[:, :, i], b[:, :, i]), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_calls_what_the_paper_s_procedure_calls(seed: int) -> None:
    rng = np.random.default_rng(seed)
    supports = [np.array([0.02, 0.2, 1.0]), np.array([1.0]), np.array([0.008, 0.05, 0.4, 1.0]), np.array([0.1, 1.0])]
    which = rng.integers(0, 4, 60)
    ps = np.array([rng.choice(supports[one]) if rng.random() < 0.6 else supports[one][0] for one in which])
    adjusted = discrete_benjamini_hochberg(ps, supports, which, 0.1)
    assert ((adjusted <= 0.1) == _naive_called(ps, supports, which, 0.1)).all()


def test_is_the_usual_procedure_where_every_test_reaches_every_p() -> None:
    rng = np.random.default_rng(1)
    fine = np.arange(1, 2001) / 2000
    ps = np.concatenate([fine[rng.integers(0, 2000, 180)], np.full(20, fine[0])])
    found = discrete_benjamini_hochberg(ps, [fine], np.zeros(200, np.int64))
    usual = benjamini_hochberg(ps.tolist())
    assert ((found <= 0.04) <= (usual <= 0.04)).all()
    assert found[usual <= 0.02] == pytest.approx(usual[usual <= 0.02], rel=0.06)


def test_arms_that_change_places_change_the_sign_and_nothing_else() -> None:
    rng = np.random.default_rng(2)
    a, b = (rng.random((4, 3, 50)) < rng.random(50) for _ in range(2))
    one, other = image_flips(a, b), image_flips(b, a)
    assert (one.effect == -other.effect).all()
    assert (one.q == other.q).all()
    order = rng.permutation(50)
    moved = image_flips(a[::-1, :, order], b[::-1, :, order])
    assert (moved.q == one.q[order]).all()
    assert (moved.jitters == one.jitters[order]).all()


def test_images_that_all_trainings_have_right_cost_nothing() -> None:
    rng = np.random.default_rng(3)
    a, b = _trainings(rng, np.zeros(60), 5), _trainings(rng, np.r_[np.full(20, 4.0), np.zeros(40)], 5)
    a[:, :, :20] = False
    steady = np.ones((5, 1, 3000), np.bool_)
    alone = image_flips(a, b)
    among = image_flips(np.concatenate([a, steady], axis=2), np.concatenate([b, steady], axis=2))
    assert alone.called()[:20].all()
    assert among.called()[:20].all()
    assert not among.called()[60:].any()
    assert benjamini_hochberg(among.p.tolist()).min() > FDR  # the usual procedure counts every steady image


@pytest.mark.parametrize(("seeds", "conditions"), [(4, 1), (5, 2)])
def test_calls_nothing_where_only_seeds_differ(seeds: int, conditions: int) -> None:
    rng, false = np.random.default_rng(seeds + conditions), 0
    for _ in range(30):
        skill = 1.5 * rng.standard_normal(100)
        a, b = (_trainings(rng, skill, seeds, conditions) for _ in range(2))
        false += int(image_flips(a, b).called().any())
    assert false <= 4  # of 30: .05 is 1.5


def test_holds_its_rate_beside_images_that_do_differ() -> None:
    rng, shares, found = np.random.default_rng(4), [], 0
    for _ in range(30):
        skill = 1.5 * rng.standard_normal(300)
        hurt = np.arange(300) < 60
        called = image_flips(
            _trainings(rng, skill - np.where(hurt, 6.0, 0.0), 5), _trainings(rng, skill + np.where(hurt, 3.0, 0.0), 5)
        ).called()
        shares.append((called & ~hurt).sum() / max(1, called.sum()))
        found += (called & hurt).sum()
    assert np.mean(shares) <= FDR
    assert found > 0.5 * 30 * 60


def test_three_seeds_can_call_no_image() -> None:
    assert smallest_p(3) == pytest.approx(0.1)
    assert smallest_p(4) == pytest.approx(2 / 70)
    a, b = np.ones((3, 1, 50), np.bool_), np.zeros((3, 1, 50), np.bool_)
    assert not image_flips(a, b).called().any()


def test_refuses_what_it_cannot_test() -> None:
    one = np.ones((3, 1, 5), np.bool_)
    with pytest.raises(InputError, match="seeds, conditions, images"):
        image_flips(one, one[:2])
    with pytest.raises(InputError, match="at least 2 seeds, got 1"):
        image_flips(one[:1], one[:1])
    with pytest.raises(InputError, match="needs booleans, got int64"):
        image_flips(one.astype(np.int64), one)
    with pytest.raises(InputError, match="none that its test can reach"):
        discrete_benjamini_hochberg(np.array([0.3]), [np.array([0.2, 1.0])], np.array([0]))
