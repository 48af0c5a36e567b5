"""Networks on real digits that are solved, not trained, and faults put into them."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from shiftprobe.data.digits import read_mnist
from shiftprobe.metrics import fit_probe
from shiftprobe.metrics.linear_probe import FittedProbe
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.repairs.attempt import Patient, Site
from shiftprobe.train.adaptation import reestimate

Pixels = NDArray[np.uint8]
NAMES = tuple("0123456789")
PREPROCESS = Preprocess(size=28, channels=1, mean=(0.13,), std=(0.31,))
TRAINED, EACH = 1500, 400  # images
WIDTH = 30  # features: the scores of six readouts of five groups of digits


@dataclass(frozen=True, slots=True)
class Digits:
    """Images and labels of one part."""

    images: Pixels  # (N, 28, 28, 1)
    labels: NDArray[np.int64]

    def site(self, at: str, *, known: bool = True) -> Site:
        """As a place that judges."""
        columns = tuple(range(10)) if known else None
        return Site(
            at=at, pixels=lambda how: how.images(list(self.images)), labels=self.labels, classes=NAMES, columns=columns
        )

    def changed(self, change: Callable[[Pixels], Pixels]) -> "Digits":
        """Other pixels, the same labels."""
        return Digits(np.ascontiguousarray(change(self.images)), self.labels)

    def some(self, places: NDArray[np.int64] | slice) -> "Digits":
        """A part of them."""
        return Digits(self.images[places], self.labels[places])


@cache
def parts() -> tuple[Digits, Digits, Digits]:
    """Images that fit the network, held-out images of the source, and the target: all of one kind."""
    images, labels = read_mnist()
    order = np.random.default_rng(0).permutation(len(images))
    whole = Digits(images[order][..., None], labels[order])
    ends = (0, TRAINED, TRAINED + EACH, TRAINED + 2 * EACH)
    one, two, three = (whole.some(slice(a, b)) for a, b in pairwise(ends))
    return one, two, three


@cache
def _solved(norm: str) -> nn.Module:
    torch.manual_seed(0)
    between: dict[str, nn.Module] = {"batch": nn.BatchNorm1d(WIDTH), "none": nn.Identity()}
    body = nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(196, WIDTH), between[norm], nn.ReLU())
    model = nn.Sequential(body, nn.Linear(WIDTH, 10)).eval()
    seen = parts()[0]
    with torch.inference_mode():
        flat = body[:2](PREPROCESS.normalise(torch.from_numpy(seen.images))).numpy()
    _put(body[2], [fit_probe(flat, (seen.labels + k) % 10 // 2) for k in range(WIDTH // 5)])
    if norm == "batch":
        reestimate(model, seen.images, PREPROCESS, "cpu")
    with torch.inference_mode():
        features = body(PREPROCESS.normalise(torch.from_numpy(seen.images))).numpy()
    _put(model[1], [fit_probe(features, seen.labels)])
    return model


def _put(layer: nn.Module, probes: list[FittedProbe]) -> None:
    """The scores of linear classifiers as the outputs of a layer."""
    with torch.no_grad():
        weight, bias = (torch.from_numpy(np.concatenate(one)) for one in zip(
            *((probe.weights.T, probe.offset) for probe in probes), strict=True
        ))  # fmt: skip
        layer.get_parameter("weight").copy_(weight)
        layer.get_parameter("bias").copy_(bias)


def patient(norm: str = "batch", **preprocess: object) -> Patient:
    """Right on about nine of ten digits."""
    how = replace(PREPROCESS, **preprocess)  # type: ignore[arg-type] # keys of a preprocessing
    return Patient(model=deepcopy(_solved(norm)), head="1", preprocess=how)


def stale(one: Patient) -> Patient:
    """Batch statistics that belong to other images."""
    draw = torch.Generator().manual_seed(1)
    norm = one.model.get_submodule("0.3")
    norm.running_mean += 2 * torch.randn(WIDTH, generator=draw) * norm.running_var.sqrt()  # type: ignore[operator] # a batch norm
    return one


def other_head(one: Patient, order: NDArray[np.int64] | None = None) -> Patient:
    """Outputs in another order; without one a head drawn anew."""
    head = one.model.get_submodule("1")
    with torch.no_grad():
        for name, values in head.named_parameters():
            new = 0.1 * torch.randn(values.shape, generator=torch.Generator().manual_seed(2))
            head.get_parameter(name).copy_(new if order is None else values[torch.from_numpy(order)])
    return one
