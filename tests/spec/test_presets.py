"""Presets train long enough for what they compare."""

import pytest

from shiftprobe.data.split import held_back
from shiftprobe.results.summary.convergence import STEPS_OF_DIGITS, STEPS_OF_PHOTOGRAPHS
from shiftprobe.spec.loading import load_spec, preset_text, presets
from shiftprobe.spec.recipes import Situation, resolve


@pytest.mark.parametrize("name", presets())
def test_no_preset_has_a_short_schedule(name: str) -> None:
    spec = load_spec(name)
    fewest = STEPS_OF_PHOTOGRAPHS if name == "folder" else STEPS_OF_DIGITS
    for budget in spec.target.budgets:
        images = budget - held_back(budget, spec.train.validation, 10)
        case = Situation(family="convolutional", easy=name != "folder", pretrained=False, images=images)
        assert resolve(spec.train, "scratch", case).course(images).steps >= fewest


def test_templates_name_the_key_that_says_what_trained_a_checkpoint() -> None:
    assert "trained: all" in preset_text("folder")
    assert "trained: all" in preset_text("digits")
