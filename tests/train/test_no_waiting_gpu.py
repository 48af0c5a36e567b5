"""The same on a GPU, where there is one: torch itself says when a step waits, and two trainings give the same bits."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from shiftprobe.engine.executors.threads import limited
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train import pixels
from shiftprobe.train.loop import WHOLE, _epoch, _Run, _Stage
from shiftprobe.train.optimizer import optimizer
from shiftprobe.train.pixels import Labelled, Pixels

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU of NVIDIA's")

PLAIN = Recipe(epochs=1, batch=16, clip_grad=1.0, smoothing=0.1)
RECIPES = {
    "float32": PLAIN,
    "tf32": replace(PLAIN, precision="tf32"),
    "bf16": replace(PLAIN, precision="bf16"),
    "mixed": replace(PLAIN, aug="crop_flip", scale=0.5, flip=True, mixup=0.2, cutmix=1.0),
    "trivial": replace(PLAIN, aug="trivial"),
}


@pytest.fixture
def told() -> Iterator[None]:
    with limited(1):
        yield
    torch.cuda.set_sync_debug_mode("default")


def weights(recipe: Recipe) -> bytes:
    torch.manual_seed(0)
    below = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    model = nn.Sequential(*below, nn.Linear(8, 2)).to("cuda")
    images = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), dtype=np.uint8)
    data = Pixels(Labelled(images, np.arange(64) % 2), Preprocess(32, 3, (0.5,) * 3, (0.5,) * 3), "cuda")
    run = _Run(model=model, data=data, recipe=recipe, course=recipe.course(64), seed=0, weight=None)
    stage = _Stage(phase=WHOLE, optimizer=optimizer(model, WHOLE, recipe, "5"), epochs=[0], average=None)
    data.images(np.arange(2))
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    _epoch(run, stage, 0)
    torch.cuda.set_sync_debug_mode("default")
    return b"".join(value.cpu().numpy().tobytes() for value in model.state_dict().values())


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("recipe", RECIPES)
def test_no_step_waits_and_two_trainings_give_the_same_bits(recipe: str) -> None:
    assert weights(RECIPES[recipe]) == weights(RECIPES[recipe])


@pytest.mark.usefixtures("told")
def test_a_set_that_does_not_fit_gives_the_bits_of_one_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    there = weights(PLAIN)
    monkeypatch.setattr(pixels, "fits", lambda *_: False)
    assert weights(PLAIN) == there
