"""An untrained network as a real classifier: its head is solved for, so that it is right on the images it was given."""

import numpy as np
import torch
from torch import nn

from shiftprobe.data.bundle import Bundle
from shiftprobe.models.head import head_name
from shiftprobe.models.preprocess import Preprocess

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def textured(px: int, each: int = 12, classes: tuple[str, ...] = ("cat", "dog", "owl"), seed: int = 0) -> Bundle:
    """Noisy pictures whose class is how coarse their stripes are."""
    rng, labels = np.random.default_rng(seed), np.repeat(np.arange(len(classes)), each)
    steps = np.arange(px)[:, None, None]
    images = []
    for label in labels:
        stripes = 128 + 90 * np.sin(steps * (0.4 + 0.9 * label) + rng.uniform(0, 6))
        noisy = stripes * rng.uniform(0.5, 1, 3) + rng.normal(0, 12, (px, px, 3))
        images.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return Bundle(name="stripes", images=tuple(images), labels=labels, classes=classes)


def solve(network: nn.Module, images: Bundle, how: Preprocess) -> float:
    """Solve for the head by ridge on the network's own features; gives its accuracy on these images."""
    kept: list[torch.Tensor] = []
    head = network.get_submodule(head_name(network, len(images.classes)))
    assert isinstance(head, nn.Linear)
    given = how.normalise(torch.from_numpy(how.images(images.images)))
    network.train()
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = None  # what they keep is the mean over these images
            part.reset_running_stats()
    with torch.no_grad():
        network(given)
        network.eval()
        handle = head.register_forward_pre_hook(lambda _m, args: kept.append(args[0]))
        network(given)
        handle.remove()
        mean, std = kept[0].mean(0), kept[0].std(0) + 1e-6
        x = torch.cat([(kept[0] - mean) / std, torch.ones(len(given), 1)], 1).double()
        y = 12 * nn.functional.one_hot(torch.from_numpy(images.labels), len(images.classes)).double()
        w = torch.linalg.solve(x.T @ x + torch.eye(x.shape[1]).double(), x.T @ y).float()
        head.weight.copy_((w[:-1] / std[:, None]).T)
        head.bias.copy_(w[-1] - (mean / std) @ w[:-1])
        return float((network(given).argmax(1) == torch.from_numpy(images.labels)).float().mean())
