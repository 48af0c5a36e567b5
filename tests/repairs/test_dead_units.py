import numpy as np
import torch
from tests.repairs.digit_networks import JUDGING, digits, drawn, draws, patient, site, trained_state

from shiftprobe.repairs.dead_units import dead_attempts, dead_taps
from shiftprobe.repairs.revive import biased_layer
from shiftprobe.repairs.tap_readouts import constant_share, directions, tap_readouts
from shiftprobe.stats.image_spread import image_spread


def killed(share: float) -> torch.Tensor:
    bias = trained_state()["layers.2.bias"].clone()
    bias[: round(share * len(bias))] = -50.0
    return bias


def test_units_that_were_silenced_are_told_and_revived() -> None:
    broken, here = patient(layers__2__bias=killed(0.75)), site()
    found = tap_readouts(broken, here, draws())
    assert dead_taps(found)[0].tap == "layers.3"
    assert dead_taps(found)[0].below == "layers.1"
    revived, below = dead_attempts(broken, here, found)
    assert revived.after is not None
    assert revived.sham is not None
    assert revived.before is not None
    assert image_spread(revived.after - revived.sham).ends(0.95)[0] > 0
    assert revived.after.mean() - revived.before.mean() > 0.3
    assert (revived.cause, below.cause) == ("dead_units", "dead_units")
    assert revived.details[0].startswith("layers.3: 75 % of 32 units")


def test_a_healthy_network_has_none_at_home_or_on_inverted_images() -> None:
    healthy = patient()
    for here in (site(), site(255 - digits()[0][JUDGING], at="target")):
        assert dead_attempts(healthy, here, tap_readouts(healthy, here, draws())) == ()


def test_what_fires_at_home_is_not_dead_in_the_file() -> None:
    broken, here = patient(layers__2__bias=killed(0.75)), site(at="target")
    (left,) = dead_attempts(broken, here, tap_readouts(broken, here, draws()), home=())
    assert left.after is None
    assert "fire at home" in left.reason


def test_constant_units_and_directions() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(size=(50, 1)).astype(np.float32)
    assert directions(one @ np.ones((1, 6), np.float32)) < 1.0001
    assert 5.0 < directions(rng.normal(size=(5000, 6)).astype(np.float32)) <= 6.0
    assert constant_share(np.hstack([one, np.zeros((50, 2), np.float32), np.full((50, 1), 3.0, np.float32)])) == 0.75


def test_the_bias_that_silences_a_tap_is_the_last_before_it() -> None:
    taps = ("input", "layers.1", "layers.3", "layers.5", "penultimate")
    assert [biased_layer(drawn(0), taps, tap, "head") for tap in taps[1:]] == [
        "layers.0",
        "layers.2",
        "layers.4",
        "norm",
    ]
