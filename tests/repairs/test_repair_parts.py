"""The pieces of repairs against references that know nothing of them."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.stats import ttest_1samp
from tests.repairs.quick_digits import PREPROCESS, parts, patient

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.repairs.halving import halves, stratified_order
from shiftprobe.repairs.interventions.batch_statistics import reestimated
from shiftprobe.repairs.interventions.class_shares import home_shares
from shiftprobe.repairs.interventions.moments import channel_moments, matched
from shiftprobe.repairs.interventions.renaming import assigned
from shiftprobe.repairs.orientation import LAID
from shiftprobe.repairs.trying import p_value


def test_matched_moments_are_those_of_home_and_nothing_is_clipped() -> None:
    images = parts()[2].images
    dim = (images * 0.2 + 90).astype(np.uint8)
    how = matched(PREPROCESS, channel_moments(dim), channel_moments(images))
    given, wanted = (
        one.normalise(torch.from_numpy(pixels)).double() for one, pixels in ((how, dim), (PREPROCESS, images))
    )
    assert float(given.mean()) == pytest.approx(float(wanted.mean()), abs=1e-5)
    assert float(given.std()) == pytest.approx(float(wanted.std()), abs=1e-5)


def test_moments_of_an_even_channel_are_refused() -> None:
    even = (np.array([0.5]), np.array([0.0]))
    with pytest.raises(NotAvailableError, match="never varies"):
        matched(PREPROCESS, even, (np.array([0.5]), np.array([0.2])))


def test_the_best_renaming_is_that_of_all_permutations() -> None:
    rng, own = np.random.default_rng(0), np.arange(5)
    labels = rng.integers(0, 5, 300)
    answers = np.where(rng.random(300) < 0.8, np.array([2, 0, 1, 3, 4])[labels], rng.integers(0, 5, 300))
    best = max(permutations(range(5)), key=lambda order: (np.array(order)[labels] == answers).sum())
    assert assigned(answers, labels, own, 5).tolist() == list(best)


def test_a_class_whose_answers_are_scattered_keeps_its_name() -> None:
    labels = np.repeat([0, 1, 2], 30)
    answers = np.tile([1, 2, 0], 30)
    assert assigned(answers, labels, np.arange(3), 3).tolist() == [0, 1, 2]


def test_statistics_are_those_of_the_images() -> None:
    one, images = patient(), parts()[1].images[:64]
    told = reestimated(one, images).model.get_submodule("0.3")
    body = one.model.get_submodule("0")
    flat = PREPROCESS.normalise(torch.from_numpy(images))
    for layer in ("0", "1", "2"):
        flat = body.get_submodule(layer)(flat)
    assert told.get_buffer("running_mean").numpy() == pytest.approx(flat.mean(0).detach().numpy(), abs=1e-4)
    assert told.get_buffer("running_var").numpy() == pytest.approx(flat.var(0).detach().numpy(), rel=1e-3)


def test_shares_of_home_are_refused_for_a_class_it_lacks() -> None:
    home = parts()[1].site("home")
    assert home_shares(home, (3, 1)).sum() == pytest.approx(1.0)
    with pytest.raises(NotAvailableError, match="not among the home images"):
        home_shares(replace(home, columns=tuple(range(1, 11))), (0, 1))


def test_the_ways_to_lay_a_square_are_seven_others_that_lead_back() -> None:
    images = parts()[2].images[:5]
    laid = {name: change(images) for name, change in LAID.items()}
    assert len({one.tobytes() for one in (images, *laid.values())}) == 8
    assert (LAID["turned by 270 degrees"](laid["turned by 90 degrees"]) == images).all()
    for name in set(LAID) - {"turned by 90 degrees", "turned by 270 degrees"}:
        assert (LAID[name](laid[name]) == images).all()


def test_p_is_that_of_a_t_test_with_the_two_extreme_images() -> None:
    gaps = np.random.default_rng(1).choice([-1.0, 0.0, 1.0], 200, p=[0.05, 0.8, 0.15])
    assert p_value(gaps) == pytest.approx(ttest_1samp([*gaps, 1.0, -1.0], 0.0).pvalue)
    assert p_value(np.zeros(50)) == 1.0


def test_halves_and_beginnings_hold_each_class_alike() -> None:
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    one, two = halves(labels, np.random.default_rng(0))
    assert np.bincount(labels[one]).tolist() == np.bincount(labels[two]).tolist() == [30, 15, 5]
    order = stratified_order(labels, np.random.default_rng(0))
    assert sorted(order.tolist()) == list(range(100))
    assert np.abs(np.bincount(labels[order[:50]], minlength=3) - [30, 15, 5]).max() <= 1
