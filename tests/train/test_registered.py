"""The arms that ship, and the one whose weights are drawn."""

import pytest
import torch

from shiftprobe.core import seeding
from shiftprobe.models.build import build
from shiftprobe.train.arms import ARMS, Start

SHIPPED = {"bn_adapt", "frozen_random", "linear_probe", "lp_ft", "mean_var", "scratch", "transfer", "zero_shot"}


def test_every_arm_that_ships_is_registered() -> None:
    assert set(ARMS) >= SHIPPED


def test_weights_of_mean_var_are_normal_draws_with_the_mean_and_spread_of_each_layer() -> None:
    fresh, source = (build("small_cnn", classes=3, channels=1, size=8, seed=seed).state_dict() for seed in (1, 2))
    source = {name: 3 * value + 1 if value.is_floating_point() else value for name, value in source.items()}
    start = Start(
        fresh=fresh, source=source, head="head", source_head="head", keep_head=False, columns=(0, 1, 2), seed=5
    )
    begun = ARMS["mean_var"].begin(start)
    name = max((name for name in source if "head" not in name), key=lambda name: source[name].numel())
    drawn = torch.randn(
        source[name].shape, generator=torch.Generator().manual_seed(seeding.integer(5, "mean_var", name))
    )
    torch.testing.assert_close(begun[name], source[name].mean() + source[name].std(correction=0) * drawn)
    assert float(begun[name].mean()) == pytest.approx(float(source[name].mean()), abs=0.05)
    assert float(begun[name].std()) == pytest.approx(float(source[name].std()), rel=0.1)
    for key, value in begun.items():
        if "running_" in key or key.startswith("head."):
            torch.testing.assert_close(value, fresh[key])
