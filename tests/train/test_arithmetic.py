"""TF32 while a training runs, float32 before, after and whenever a network is looked at; the flags are torch's own."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from shiftprobe.engine.executors.threads import exact
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Precision, Recipe
from shiftprobe.train.arithmetic import arithmetic
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

DATA = Labelled(np.zeros((8, 8, 8, 1), np.uint8), np.arange(8) % 2)


def flags() -> tuple[bool, bool]:
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


@pytest.fixture(autouse=True)
def as_a_worker_computes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    with exact():
        yield


class Noting(nn.Module):
    """Which flags were set in each pass, by what the network was doing."""

    def __init__(self) -> None:
        super().__init__()
        self.head, self.met = nn.Linear(64, 2), dict[str, set[tuple[bool, bool]]]()

    def forward(self, images: Tensor) -> Tensor:
        self.met.setdefault("training" if self.training else "looking", set()).add(flags())
        out: Tensor = self.head(images.flatten(1))
        return out


@pytest.mark.parametrize(("precision", "training"), [("float32", False), ("bf16", False), ("tf32", True)])
def test_a_recipe_says_how_a_training_multiplies_and_looks_are_float32(precision: Precision, training: bool) -> None:
    model, recipe = Noting(), Recipe(epochs=1, batch=4, precision=precision)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("torch.cuda.is_available", lambda: False)  # fork_rng would ask a device that is not there
        fit(model, DATA, Preprocess(8, 1, (0.5,), (0.5,)), recipe, seed=0, device="cpu", validation=DATA)
    assert model.met == {"training": {(training, training)}, "looking": {(False, False)}}


def test_what_was_set_before_comes_back_after_a_fault() -> None:
    with arithmetic("tf32"):
        assert flags() == (True, True)
    with pytest.raises(ValueError, match="planned"), arithmetic("tf32"):
        raise ValueError("planned")
    assert flags() == (False, False)
