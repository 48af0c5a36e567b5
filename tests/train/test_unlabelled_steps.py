"""Gradient steps without labels: what learns, in which order, and what is left out."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.train.unlabelled_steps import Steps, adapting, frozen, stream

PLAIN = Preprocess(size=8, channels=1, mean=(0.0,), std=(1.0,))


def network(classes: int = 4, scale: float = 1.0) -> nn.Sequential:
    torch.manual_seed(0)
    parts = [nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    head = nn.Linear(6, classes)
    with torch.no_grad():
        head.weight.mul_(scale)
    return nn.Sequential(*parts, head).eval()


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (n, 8, 8, 1)).astype(np.uint8)


def entropy(model: nn.Module, images: np.ndarray) -> float:
    with torch.inference_mode():
        logits = model(PLAIN.normalise(torch.from_numpy(images)))
    return float(-(logits.softmax(1) * logits.log_softmax(1)).sum(1).mean())


def test_tent_lowers_entropy_by_norm_weights_alone_and_leaves_the_checkpoint() -> None:
    model, images = network(scale=10.0), noise(640)
    before = copy.deepcopy(model.state_dict())
    state = adapting(model, "tent", PLAIN, "cpu")
    began = entropy(state.model, images)
    stream(state, images)
    assert entropy(state.model, images) < began
    after = state.model.state_dict()
    assert {name for name in after if not torch.equal(after[name], before[name])} == {"1.weight", "1.bias"}
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_first_batch_is_answered_before_any_step() -> None:
    """By statistics of the batch itself, as the same network in training mode answers."""
    model, images = network(scale=10.0), noise(64)
    found = stream(adapting(model, "tent", PLAIN, "cpu"), images)
    with torch.no_grad():
        wanted = copy.deepcopy(model).train()(PLAIN.normalise(torch.from_numpy(images))).argmax(1).numpy()
    assert (found == wanted).all()
    assert (frozen(adapting(model, "tent", PLAIN, "cpu"), images) == wanted).all()


@pytest.mark.parametrize("steps", ["tent", "sar"])
def test_twice_is_the_same(steps: Steps) -> None:
    one, two = (stream(adapting(network(scale=30.0), steps, PLAIN, "cpu"), noise(300)) for _ in range(2))
    assert (one == two).all()


def test_sar_learns_nothing_from_images_it_is_unsure_of() -> None:
    state = adapting(network(scale=0.01), "sar", PLAIN, "cpu")
    stream(state, noise(128))
    assert all(torch.equal(now, begun) for now, begun in zip(state.parameters, state.begun, strict=True))


def test_sar_begins_anew_where_entropy_collapsed() -> None:
    """A network that is sure of everything has an entropy near 0 from the first batch on."""
    sure = network(scale=1.0)
    with torch.no_grad():
        sure[5].bias[0] = 50.0  # type: ignore[operator] # the head
    state = adapting(sure, "sar", PLAIN, "cpu")
    stream(state, noise(64))
    assert all(torch.equal(now, begun) for now, begun in zip(state.parameters, state.begun, strict=True))


def test_sar_takes_the_step_of_the_sharpest_place_near_by() -> None:
    """One step of plain gradient descent, done by hand."""
    model, images = network(scale=30.0), noise(64)
    state = adapting(model, "sar", PLAIN, "cpu")
    values = list(state.parameters)
    batch = PLAIN.normalise(torch.from_numpy(images))
    twin = adapting(model, "sar", PLAIN, "cpu")
    own = list(twin.parameters)

    def losses(reliable: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        logits = twin.model(batch)
        each = -(logits.softmax(1) * logits.log_softmax(1)).sum(1)
        return each, each < 0.4 * np.log(4) if reliable is None else reliable

    each, reliable = losses(None)
    grads = torch.autograd.grad(each[reliable].mean(), own)
    norm = torch.sqrt(sum((grad**2).sum() for grad in grads))  # type: ignore[arg-type] # torch sums to a tensor
    with torch.no_grad():
        for value, grad in zip(own, grads, strict=True):
            value.add_(0.05 * grad / norm)
    there = losses(reliable)[0][reliable]
    wanted = torch.autograd.grad(there[there < 0.4 * np.log(4)].mean(), own)
    stream(state, images)
    assert [value.grad.numpy() for value in values if value.grad is not None] == [
        pytest.approx(grad.numpy(), abs=1e-6) for grad in wanted
    ]


def test_without_norm_layers_there_is_nothing_to_learn() -> None:
    with pytest.raises(NotAvailableError, match="no norm layer has weights"):
        adapting(nn.Sequential(nn.Flatten(), nn.Linear(64, 4)), "tent", PLAIN, "cpu")


def test_answers_that_are_no_numbers_are_refused() -> None:
    broken = network()
    with torch.no_grad():
        broken[0].weight.fill_(float("nan"))  # type: ignore[operator] # the convolution
    with pytest.raises(NotAvailableError, match="NaN"):
        stream(adapting(broken, "tent", PLAIN, "cpu"), noise(8))
