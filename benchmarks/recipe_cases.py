"""What `bench_recipes.py` trains on: real images of packages, and the checkpoint that each case begins from."""

import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.data import load
from shiftprobe.models.alternatives import IMAGENET_MEAN, IMAGENET_STD
from shiftprobe.models.build import build
from shiftprobe.models.head import head_name
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.published import published
from shiftprobe.shifts.geometry import warp
from shiftprobe.spec.recipes import PLAIN
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

FASHION = "idx:/usr/share/datasets/fashion-mnist"
SOURCE_IMAGES, POOL, TESTED = 4_000, 1_000, 500  # train a source; may train an arm; judge it
KEPT = Path(tempfile.gettempdir()) / "shiftprobe-bench-recipes-fashion-14.pt"  # remove it to train the source again
SMALL = 14  # px of Fashion-MNIST: half of its own, a quarter of the time
SIDE = 64  # px of drawings; lite0 was published for 224

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
State = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A case whose images are as the network meets them."""

    arch: str
    classes: int
    preprocess: Preprocess
    images: Images = field(repr=False)  # (N, S, S, C): the pool, then what judges
    labels: Labels = field(repr=False)
    source: State = field(repr=False)  # the checkpoint's weights

    def fresh(self, seed: int) -> torch.nn.Module:
        """The network with random weights."""
        return network(self.arch, self.classes, self.preprocess, seed)

    @property
    def head(self) -> str:
        """Where the network's head is."""
        return head_name(self.fresh(0), self.classes)


@cache
def fashion() -> Ready:
    """Fashion-MNIST at 14 px: 4,000 upright images train small_cnn; the target is turned up to 45 degrees and cut."""
    bundle = load(FASHION, Path())
    order = seeding.generator(0, "recipe cases", "fashion").permutation(len(bundle))
    first, rest = order[:SOURCE_IMAGES], order[SOURCE_IMAGES:][: POOL + TESTED]
    preprocess = Preprocess.fit([bundle.images[i] for i in first], SMALL)
    source = network("small_cnn", 10, preprocess, seeding.integer(0, "source"))
    if KEPT.exists():
        source.load_state_dict(torch.load(KEPT, weights_only=True))
    else:
        data = Labelled(preprocess.images([bundle.images[i] for i in first]), bundle.labels[first])
        fit(source, data, preprocess, PLAIN, seed=0, device="cpu")
        torch.save(source.state_dict(), KEPT)
    return Ready(
        arch="small_cnn", classes=10, preprocess=preprocess, labels=bundle.labels[rest],
        images=preprocess.images([turned(bundle.images[i], i) for i in rest.tolist()]), source=source.state_dict(),
    )  # fmt: skip


@cache
def drawings(folder: Path) -> Ready:
    """Drawings of the npm package openmoji in nine groups, 64 px; EfficientNet-Lite0 with its ImageNet weights."""
    names = sorted(one.name for one in folder.iterdir() if one.is_dir())
    files = [(file, i) for i, name in enumerate(names) for file in sorted((folder / name).glob("*.png"))]
    order = seeding.generator(0, "recipe cases", "drawings").permutation(len(files))[: POOL + TESTED]
    found = published("lite0", download=False)
    how = found.preprocess or Preprocess(SIDE, 3, IMAGENET_MEAN, IMAGENET_STD)
    preprocess = Preprocess(SIDE, 3, how.mean, how.std, interpolation="bicubic")
    pictures = [np.asarray(PIL.Image.open(files[i][0]).convert("RGB")) for i in order.tolist()]
    return Ready(
        arch="lite0", classes=len(names), preprocess=preprocess, images=preprocess.images(pictures),
        labels=np.array([files[i][1] for i in order.tolist()], np.int64), source=dict(found.state),
    )  # fmt: skip


def network(arch: str, classes: int, preprocess: Preprocess, seed: int) -> torch.nn.Module:
    """A network with random weights."""
    return build(arch, classes=classes, channels=preprocess.channels, size=preprocess.size, seed=seed)


def turned(image: Images, index: int) -> Images:
    """An image turned by up to 45 degrees either way and enlarged up to 1.5 times, so that its border is cut off."""
    rng = seeding.generator("turned", index)
    angle, zoom = np.deg2rad(rng.uniform(-45, 45)), rng.uniform(1, 1.5)
    cos, sin = float(np.cos(angle) * zoom), float(np.sin(angle) * zoom)
    return warp(image, ((cos, sin), (-sin, cos)))
