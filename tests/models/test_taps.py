from itertools import pairwise

import pytest
import torch
from torch import nn

from shiftprobe.core.errors import SpecError
from shiftprobe.models.build import build
from shiftprobe.models.taps import average, tap_names


class Wrapper(nn.Module):
    """A backbone and a head; the layers hang in a list that is never called."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList([nn.Linear(2, 2) for _ in range(depth)])
        self.head = nn.Sequential(nn.Dropout(), nn.Linear(2, 3), nn.Softmax(1))


def test_the_default_network_has_a_tap_per_block_and_the_last_one_is_the_heads_input() -> None:
    model = build("small_cnn", classes=3, channels=1, size=16, seed=0)
    assert tap_names(model, "head") == (*(f"blocks.{i}" for i in range(5)), "penultimate")


def test_a_layer_is_read_after_what_follows_it_without_weights() -> None:
    stem = [nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout()]
    model = nn.Sequential(*stem, nn.Conv2d(8, 8, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))
    assert tap_names(model, "9") == ("3", "6", "penultimate")


def test_lists_of_modules_are_opened_and_nothing_after_the_head_is_read() -> None:
    assert tap_names(Wrapper(5), "head.1") == (*(f"stages.{i}" for i in range(5)), "penultimate")


def test_a_wrapped_backbone_is_opened() -> None:
    backbone = build("small_cnn", classes=5, channels=1, size=16, seed=0)
    names = tap_names(nn.Sequential(backbone, nn.ReLU(), nn.Linear(5, 3)), "2")
    assert names == (*(f"0.blocks.{i}" for i in range(6)), "1", "penultimate")


@pytest.mark.parametrize("depth", [12, 13, 40, 152])
def test_deep_models_are_thinned_evenly_and_keep_both_ends(depth: int) -> None:
    *names, _ = tap_names(Wrapper(depth), "head.1")
    places = [int(name.removeprefix("stages.")) for name in names]
    assert len(places) == 12
    assert (places[0], places[-1]) == (0, depth - 1)
    gaps = {after - before for before, after in pairwise(places)}
    assert max(gaps) - min(gaps) <= 1
    assert min(gaps) > 0


def test_a_linear_model_has_the_penultimate_tap_alone() -> None:
    assert tap_names(nn.Sequential(nn.Flatten(), nn.Linear(9, 2)), "1") == ("penultimate",)


def test_a_model_may_name_its_own() -> None:
    model = Wrapper(5)
    model.taps = ("stages.3", "stages.1")  # type: ignore[assignment]
    assert tap_names(model, "head.1") == ("stages.3", "stages.1", "penultimate")
    model.taps = ("stages.9",)  # type: ignore[assignment]
    with pytest.raises(SpecError, match=r"Wrapper.taps: no module 'stages.9'"):
        tap_names(model, "head.1")


@pytest.mark.parametrize(
    ("shape", "dims"),
    [((2, 6), ()), ((2, 5, 6), (1,)), ((2, 6, 4, 4), (2, 3)), ((2, 4, 4, 6), (1, 2)), ((2, 6, 1, 1), (2, 3))],
)
def test_the_mean_is_over_positions_wherever_channels_stand(shape: tuple[int, ...], dims: tuple[int, ...]) -> None:
    values = torch.rand(shape)
    wanted = values.mean(dims) if dims else values
    assert torch.equal(average(values, nn.Identity()), wanted)
    assert average(values.double(), nn.Identity()).dtype == torch.float32


def test_a_cube_is_read_by_the_kind_of_its_module() -> None:
    values = torch.rand(2, 4, 4, 4)
    assert torch.equal(average(values, nn.Conv2d(4, 4, 1)), values.mean((2, 3)))
    assert torch.equal(average(values, nn.ReLU()), values.mean((2, 3)))
    assert torch.equal(average(values, nn.Sequential(nn.LayerNorm(4), nn.Linear(4, 4))), values.mean((1, 2)))


def test_a_flat_feature_is_copied() -> None:
    values = torch.ones(2, 3)
    kept = average(values, nn.Identity())
    values.zero_()
    assert kept.sum() == 6


def test_refuses_volumes() -> None:
    with pytest.raises(SpecError, match="wanted 2, 3 or 4 dimensions"):
        average(torch.zeros(1, 2, 3, 4, 5), nn.Identity())
