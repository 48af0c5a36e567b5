import numpy as np

from shiftprobe.locate.space import apart, scale_of, whitening, within


def test_the_source_has_mean_0_and_deviation_1_on_its_own_scale() -> None:
    rows = np.random.default_rng(0).normal(7, 0.2, (400, 3)).astype(np.float32)
    scaled = scale_of(rows)(rows)
    assert np.allclose(scaled.mean(0), 0, atol=0.02)
    assert np.allclose(scaled.std(0), 1, atol=0.1)  # the ends are bent inwards


def test_after_whitening_the_shrunk_covariance_is_the_identity() -> None:
    rng = np.random.default_rng(0)
    covariance = within(rng.normal(size=(500, 4)) @ rng.normal(size=(4, 4)))
    deviation = np.sqrt(np.diag(covariance))
    shrunk = 0.95 * covariance + 0.05 * np.diag(deviation**2)
    white = whitening(covariance)
    assert np.allclose(white.T @ shrunk @ white, np.eye(4), atol=0.02)


def test_two_halves_of_one_population_are_apart_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(100, 2, 40, 6)).astype(np.float32)
    found = [apart(source, target, seed) for seed, (source, target) in enumerate(draws)]
    assert 0 <= np.mean(np.array(found) <= 0.1) <= 0.2
    assert 0.4 < np.mean(found) < 0.6


def test_a_shift_of_half_a_deviation_is_apart() -> None:
    source, target = np.random.default_rng(0).normal(size=(2, 100, 6)).astype(np.float32)
    assert apart(source, target + np.float32(0.5), 0) == 0.001
