import numpy as np
import pytest
import torch
from torch import nn

from shiftprobe.data.digits import read_mnist
from shiftprobe.models.build import build


def mnist() -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = read_mnist()
    order = np.random.default_rng(0).permutation(len(labels))
    levels = torch.from_numpy(images[order].reshape(-1, 1, 28, 28)).float()
    return (levels / 255 - 0.13) / 0.31, torch.from_numpy(labels[order])


def train(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, epochs: int) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    generator = torch.Generator().manual_seed(0)
    for _ in range(epochs):
        order = torch.randperm(len(labels), generator=generator)
        for start in range(0, len(labels) - 63, 64):
            part = order[start : start + 64]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images[part]), labels[part])
            torch.autograd.backward(loss)
            optimizer.step()
    model.eval()


def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    with torch.inference_mode():
        return float((model(images).argmax(1) == labels).float().mean())


def test_learns_digits_from_a_thousand_images() -> None:
    images, labels = mnist()
    model = build("small_cnn", classes=10, channels=1, size=28, seed=0)
    train(model, images[:1000], labels[:1000], epochs=3)
    assert accuracy(model, images[4000:], labels[4000:]) > 0.85


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_reaches_97_percent_on_mnist_from_2500_images(seed: int) -> None:
    images, labels = mnist()
    model = build("small_cnn", classes=10, channels=1, size=28, seed=seed)
    train(model, images[:2500], labels[:2500], epochs=12)
    assert accuracy(model, images[2500:], labels[2500:]) > 0.965


@pytest.mark.parametrize("size", [8, 9, 15, 28, 33, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_takes_any_image_from_8_px_up(size: int, channels: int) -> None:
    model = build("small_cnn", classes=5, channels=channels, size=size, seed=0)
    assert model(torch.zeros(2, channels, size, size)).shape == (2, 5)


def test_modules_are_registered_in_the_order_they_are_called() -> None:
    model = build("small_cnn", classes=5, channels=1, size=16, seed=0)
    leaves = [name for name, module in model.named_modules() if not list(module.children())]
    called: list[str] = []
    for name in leaves:
        model.get_submodule(name).register_forward_hook(lambda *_, name=name: called.append(name))
    model(torch.zeros(2, 1, 16, 16))
    assert called == leaves
