import pytest
import torch
from tests.repairs.digit_networks import LAYERS, drawn, draws, patient, trained_state

from shiftprobe.core.errors import SpecError
from shiftprobe.repairs.fresh_layers import loaded_layers


@pytest.mark.parametrize(
    ("fresh", "word"),
    [
        ((), "trained"),
        (("layers.4", "norm"), "half_loaded"),
        (("layers.2",), "half_loaded"),
        (("head",), "wrong_head"),
        ((*LAYERS, "norm"), "untrained_source"),
    ],
)
def test_the_layers_that_were_drawn_anew_are_named(fresh: tuple[str, ...], word: str) -> None:
    found = loaded_layers(patient(fresh).model.state_dict(), draws(), "head")
    assert (found.loaded, set(found.suspects)) == (word, set(fresh))


def test_fresh_networks_are_fresh() -> None:
    words = [loaded_layers(drawn(300 + seed).state_dict(), draws(), "head").loaded for seed in range(5)]
    assert words.count("untrained_source") >= 4


def test_what_no_training_gives_is_told() -> None:
    state = trained_state()
    other = {
        **state,
        "layers.0.weight": torch.full((32, 64), torch.nan),
        "layers.2.weight": torch.zeros(32, 32),
        "layers.4.bias": torch.zeros(32),
        "head.weight": state["head.weight"],
    }
    told = {one.layer: one.broken for one in loaded_layers(other, draws(), "head").layers if one.broken}
    assert told == {
        "layers.0": "weight holds NaN or infinity",
        "layers.2": "weight is constant",
        "layers.4": "bias is constant",
    }
    twice = loaded_layers({**state, "layers.4.weight": state["layers.2.weight"]}, draws(), "head")
    assert twice.suspects == ("layers.4",)
    assert "equals layers.2.weight" in twice.layers[2].broken


def test_the_same_file_gives_the_same_numbers() -> None:
    assert loaded_layers(trained_state(), draws(), "head") == loaded_layers(trained_state(), draws(), "head")


def test_refuses_few_draws_and_other_architectures() -> None:
    with pytest.raises(SpecError, match=r"wanted 5 draws or more .* got 4"):
        loaded_layers(trained_state(), draws(4), "head")
    with pytest.raises(SpecError, match="is it the same architecture"):
        loaded_layers({**trained_state(), "head.bias": torch.zeros(11)}, draws(), "head")
