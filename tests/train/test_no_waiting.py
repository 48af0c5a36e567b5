"""No step waits for a GPU: its epoch is run on tensors that have a device and no numbers, as torch.compile traces it.

Reading a number off such a tensor is an error of torch's own, and every copy between host and device is noted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode, unset_fake_temporarily
from torch.utils._python_dispatch import TorchDispatchMode

from shiftprobe.models import preprocess as preprocessing
from shiftprobe.models import sharing
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train import pixels
from shiftprobe.train.augment import trivial
from shiftprobe.train.loop import WHOLE, _epoch, _Run, _Stage
from shiftprobe.train.optimizer import optimizer
from shiftprobe.train.pixels import Labelled, Pixels
from shiftprobe.train.watching import scored

RGB = Preprocess(16, 3, (0.5,) * 3, (0.5,) * 3)
PLAIN = Recipe(epochs=1, batch=16)
RICH = replace(PLAIN, opt="adamw", weight_decay=0.05, sched="cosine", smoothing=0.1, clip_grad=1.0)
RECIPES = {
    "rich": RICH,
    "mixed": replace(PLAIN, opt="sgd", aug="crop_flip", scale=0.5, flip=True, mixup=0.2, cutmix=1.0),
    "trivial": replace(RICH, aug="trivial"),
}


class Copies(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Copies between two devices that the host waits for."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.waited: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        del types
        options = dict(kwargs or {})
        found = func(*args, **options)
        if func in {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}:
            before = args[1 if func is torch.ops.aten.copy_.default else 0].device.type
            if before != found.device.type and not options.get("non_blocking", False):
                self.waited.append(f"{before} -> {found.device.type}")
        return found


@pytest.fixture(autouse=True)
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sharing, "_mine", [])
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (2**30, 2**30))
    preprocessing._line.cache_clear()
    with FakeTensorMode(allow_non_fake_inputs=True):
        yield
    preprocessing._line.cache_clear()


def data(n: int) -> Pixels:
    """Whose preprocessing has sent its two constants, once for a process."""
    made = Pixels(Labelled(np.zeros((n, 16, 16, 3), np.uint8), np.arange(n) % 2), RGB, "cuda")
    copies = Copies()
    with copies:
        made.images(np.arange(2))
    assert copies.waited == ["cpu -> cuda"] * 2
    return made


def network() -> nn.Module:
    with torch.device("cuda"):
        below = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        return nn.Sequential(*below, nn.Linear(4, 2))


def waited_in_an_epoch(recipe: Recipe, n: int) -> list[str]:
    model, some = network(), data(n)
    run = _Run(model=model, data=some, recipe=recipe, course=recipe.course(n), seed=0, weight=None)
    stage = _Stage(phase=WHOLE, optimizer=optimizer(model, WHOLE, recipe, "5"), epochs=[0], average=None)
    copies = Copies()

    def backward(_: torch.Tensor) -> None:
        """Torch's own asks for a driver; it waits for nothing."""
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)

    with pytest.MonkeyPatch.context() as patch, copies:
        patch.setattr(torch.Tensor, "backward", backward)
        _epoch(run, stage, 0)
    return copies.waited


def on_the_host(work: Callable[..., Any]) -> Callable[..., Any]:
    """What is drawn on the processor has numbers."""

    def outside(*arguments: Any, **options: Any) -> Any:
        with unset_fake_temporarily():
            return work(*arguments, **options)

    return outside


@pytest.mark.parametrize("recipe", RECIPES)
def test_no_step_of_a_training_waits(recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_steps", "_bits"):
        monkeypatch.setattr(trivial, name, on_the_host(getattr(trivial, name)))
    assert waited_in_an_epoch(RECIPES[recipe], 32) == []


def test_a_set_that_does_not_fit_on_the_device_is_no_reason_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (0, 2**30))
    monkeypatch.setattr(pixels, "pinned", lambda batch: batch)
    assert waited_in_an_epoch(PLAIN, 32) == []


def test_a_validation_waits_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shiftprobe.train.watching.BATCH", 4)
    copies, model, some = Copies(), network(), data(16)
    with copies, pytest.raises(DataDependentOutputException):  # the numbers of all batches together, at the end
        scored(model, some)
    assert not copies.waited


def test_reading_a_number_is_seen() -> None:
    with pytest.raises(DataDependentOutputException):
        float(torch.zeros((), device="cuda"))
