import numpy as np
import pytest
from tests.repairs.digit_networks import LAYERS, drawn, draws, patient, site

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.repairs.attempt import Attempt, Site
from shiftprobe.repairs.fresh_layers import loaded_layers
from shiftprobe.repairs.redraw import like, loaded_attempts, redraw, tap_below, untrained_experiment
from shiftprobe.repairs.tap_readouts import tap_readouts
from shiftprobe.stats.image_spread import image_spread


def effect(attempt: Attempt) -> tuple[float, float]:
    assert attempt.after is not None
    assert attempt.sham is not None
    return image_spread(attempt.after - attempt.sham, widest=3.0).ends(0.95)


def test_a_draw_under_trained_layers_changes_nothing_when_drawn_again_and_the_sham_destroys() -> None:
    half, here = patient(("layers.2", "layers.4")), site()
    found = loaded_layers(half.model.state_dict(), draws(), "head")
    again = redraw(half, here, draws(), found.suspects)
    assert (again.by, again.layers, again.others) == ("readout", ("layers.2", "layers.4"), ("layers.0",))
    attempts = loaded_attempts(found, tap_readouts(half, here, draws()), half, again)
    assert [one.name for one in attempts] == ["half_loaded", "redraw"]
    assert all(one.cause == "half_loaded" and one.details == ("layers.2", "layers.4") for one in attempts)
    assert effect(attempts[1])[0] > 0


def test_a_trained_network_is_left_alone_and_falls_when_it_is_drawn_anew() -> None:
    healthy, here = patient(), site()
    found = loaded_layers(healthy.model.state_dict(), draws(), "head")
    readouts = tap_readouts(healthy, here, draws())
    assert loaded_attempts(found, readouts, healthy) == ()
    again = redraw(healthy, here, draws(), ("layers.2",))
    assert again.by == "head"
    assert not again.harmless
    assert untrained_experiment(found, readouts).outcome == "ruled_out"


def test_an_untrained_checkpoint_reads_like_one_more_draw() -> None:
    fresh, here = patient((*LAYERS, "norm")), site()
    found = loaded_layers(fresh.model.state_dict(), draws(), "head")
    told = untrained_experiment(found, tap_readouts(fresh, here, draws()))
    assert (told.cause, told.outcome) == ("untrained_source", "cause")
    assert {one.layer for one in found.layers} == {*LAYERS, "norm"}


def test_others_are_of_the_same_kind_and_the_tap_below_comes_before() -> None:
    model = drawn(0)
    assert like(model, ("layers.2", "layers.4"), 0) == tuple(n for n in ("layers.0", "head") if n)
    assert like(model, ("norm",), 0) == ()
    taps = ("input", "layers.1", "layers.3", "layers.5", PENULTIMATE)
    assert [tap_below(model, taps, layer) for layer in LAYERS] == ["input", "layers.1", "layers.3", "layers.5"]


def test_refuses_few_images() -> None:
    whole = site()
    few = Site(
        at="home",
        pixels=lambda how: whole.pixels(how)[:10],
        labels=np.arange(10),
        classes=whole.classes,
        columns=whole.columns,
    )
    with pytest.raises(NotAvailableError, match="wanted 40 labelled images of two classes, got 10"):
        tap_readouts(patient(), few, draws())
