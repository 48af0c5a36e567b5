"""Networks in memory of all sorts become one that can be copied, works in float32 and gives logits as a tensor."""

import copy
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.models.held import held
from shiftprobe.models.logits import are_probabilities, take_logarithm, takes_logarithm

IMAGES = torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))


def normed(norm: Callable[[nn.Module], nn.Module]) -> nn.Module:
    model = network().eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch has a newer one; networks with the older one are there
        norm(model[4])
    model(IMAGES)  # a pass leaves a weight that hangs on others behind, which torch does not copy
    return model


class Keeping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = network()
        self.seen: Any = None

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.inner(images)
        self.seen = {"last": [found * 2]}
        return found


def kept() -> nn.Module:
    model = Keeping().eval()
    model(IMAGES)
    return model


class Answering(nn.Module):
    def __init__(self, answer: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.inner, self.answer = network(), answer

    def forward(self, pixel_values: Tensor) -> Any:
        return self.answer(self.inner(pixel_values))


@pytest.mark.parametrize(
    "model",
    [
        normed(nn.utils.weight_norm),
        normed(nn.utils.spectral_norm),
        normed(nn.utils.parametrizations.weight_norm),
        kept(),
    ],
    ids=["weight_norm", "spectral_norm", "parametrized", "what a pass left behind"],
)
def test_what_torch_does_not_copy_answers_the_same_in_a_copy(model: nn.Module) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    twin = held(model).eval()
    with torch.no_grad():
        assert torch.allclose(twin(IMAGES), model.eval()(IMAGES), atol=1e-6)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    copy.deepcopy(twin)


def test_folded_weights_are_plain_ones() -> None:
    assert set(held(normed(nn.utils.weight_norm)).state_dict()) == set(network().state_dict())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_single(dtype: torch.dtype) -> None:
    model = network().to(dtype).eval()
    with torch.no_grad():
        assert torch.allclose(held(model).eval()(IMAGES), network().eval()(IMAGES), atol=0.01)
    assert {value.dtype for value in model.state_dict().values()} == {dtype}


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: SimpleNamespace(logits=x, loss=None),
        lambda x: OrderedDict(loss=x.sum(), logits=x),
        lambda x: {"logits": x},
        lambda x: x,
    ],
    ids=["an object", "of transformers", "a dict", "a tensor"],
)
def test_an_answer_that_is_an_object_gives_its_logits(answer: Callable[[Tensor], Any]) -> None:
    with torch.no_grad():
        assert torch.equal(held(Answering(answer)).eval()(IMAGES), network().eval()(IMAGES))


@pytest.mark.parametrize("answer", [lambda x: (x, x), lambda _: None, lambda x: {"scores": x}, lambda x: [x]])
def test_any_other_answer_says_how_to_wrap_it(answer: Callable[[Tensor], Any]) -> None:
    with pytest.raises(TypeError, match=r"neither a tensor nor an object with \.logits: wrap it"):
        held(Answering(answer))(IMAGES)


def test_what_cannot_be_copied_says_what_to_do() -> None:
    model = network()
    model.lock = threading.Lock()  # type: ignore[assignment] # a module takes anything
    with pytest.raises(CheckpointError, match="wanted a network that can be copied, got TypeError: cannot pickle"):
        held(model)


@pytest.mark.parametrize(
    ("scores", "are"),
    [
        ([[0.2, 0.8], [1.0, 0.0]], True),
        ([[0.2, 0.803], [0.5, 0.5]], True),  # as half precision rounds
        ([[0.2, 0.9], [0.5, 0.5]], False),
        ([[-0.2, 1.2], [0.5, 0.5]], False),
        ([[3.0, -1.0], [0.5, 0.5]], False),
        ([[1.0], [1.0]], False),  # one output has no other to sum with
        ([[float("nan"), 1.0]], False),
    ],
)
def test_probabilities_are_known_by_their_sign_and_sum(scores: list[list[float]], are: bool) -> None:
    assert are_probabilities(torch.tensor(scores)) is are


def test_softmax_of_the_logarithm_gives_the_probabilities_again() -> None:
    model = nn.Sequential(network(), nn.Softmax(dim=1)).eval()
    with torch.no_grad():
        right = model(IMAGES)
        take_logarithm(model)
        take_logarithm(model)  # once is enough
        assert takes_logarithm(model)
        assert torch.allclose(model(IMAGES).softmax(dim=1), right, atol=1e-6)
        assert takes_logarithm(copy.deepcopy(model))


def test_the_logarithm_of_nothing_is_finite() -> None:
    model = nn.Sequential(nn.Flatten(), nn.ReLU())
    take_logarithm(model)
    assert torch.isfinite(model(-torch.ones(1, 1, 2, 2))).all()
