"""Known shifts at known doses on held-out images, and what locate makes of them."""

import functools
import importlib
import importlib.util
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.seeding import generator, image_generator
from shiftprobe.data.digits import read_mnist
from shiftprobe.locate import fit
from shiftprobe.locate.image_statistics import describe
from shiftprobe.locate.location import Located
from shiftprobe.locate.shift_kinds import kind_of
from shiftprobe.locate.space import apart, scale_of
from shiftprobe.locate.statistics_cache import Chain, StatisticsCache
from shiftprobe.locate.views import Views
from shiftprobe.shifts import SHIFTS

DOSES = (0.2, 0.4, 0.6, 0.8)
EACH = 200  # images of source and of target
TILE = 64  # px a side of a piece of a photo
NEAR = 0.1  # a dose within this of the planted one is right


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    planted: Chain
    found: Located

    @property
    def right_families(self) -> bool:
        return {name for name, _ in self.planted} == {shift.name for shift in self.found.shifts}

    @property
    def right_kinds(self) -> bool:
        return sorted(kind_of(name) for name, _ in self.planted) == sorted(shift.kind for shift in self.found.shifts)

    @property
    def errors(self) -> tuple[float, ...]:
        """How far each dose is off where its family was found."""
        found = {shift.name: shift.severity for shift in self.found.shifts}
        return tuple(abs(found[name] - dose) for name, dose in self.planted if name in found)


@functools.cache
def digits() -> NDArray[np.uint8]:
    """MNIST, 28 px, in a fixed random order."""
    images = read_mnist()[0][..., None]
    return np.asarray(images[generator(0, "planting").permutation(len(images))])


@functools.cache
def photos() -> NDArray[np.uint8]:
    """Tiles of 64 px that do not overlap, from eight photographs, in a fixed random order."""
    from sklearn.datasets import load_sample_images

    folders = [Path(importlib.import_module("matplotlib").get_data_path()) / "sample_data"]
    folders += [Path(str(place)) / "data" for place in _skimage()]
    names = ("grace_hopper.jpg", "astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg")
    pictures = [*load_sample_images().images]
    pictures += [_read(folder / name) for name in names for folder in folders if (folder / name).is_file()]
    tiles = np.stack([tile for picture in pictures for tile in _tiles(picture)])
    return np.asarray(tiles[generator(0, "planting").permutation(len(tiles))])


def _skimage() -> Sequence[str]:
    spec = importlib.util.find_spec("skimage")
    return list(spec.submodule_search_locations or ()) if spec else ()


def _read(path: Path) -> NDArray[np.uint8]:
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))


def _tiles(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    tops, lefts = (range(0, length - TILE + 1, TILE) for length in picture.shape[:2])
    return [picture[top : top + TILE, left : left + TILE] for top, left in itertools.product(tops, lefts)]


def plant(images: NDArray[np.uint8], chain: Chain, seed: int) -> NDArray[np.uint8]:
    """Each image under a chain of shifts, with draws of its own."""
    steps = [SHIFTS[name].at(dose) for name, dose in chain]
    made = []
    for index, image in enumerate(images):
        shifted = image.copy()
        for place, step in enumerate(steps):
            shifted = step(shifted, image_generator(seed + place, index))
        made.append(shifted)
    return np.stack(made)


def single_chains(names: Sequence[str]) -> list[Chain]:
    return [((name, dose),) for name in names for dose in DOSES]


def pair_chains(names: Sequence[str], count: int) -> list[Chain]:
    """Two families of different kinds in any order, any doses."""
    rng = generator(0, "pairs")
    pairs = [pair for pair in itertools.permutations(names, 2) if kind_of(pair[0]) != kind_of(pair[1])]
    chosen = rng.choice(len(pairs), count, replace=False)
    return [((pairs[i][0], float(rng.choice(DOSES))), (pairs[i][1], float(rng.choice(DOSES)))) for i in chosen]


class Field:
    """One population, halved; the source's statistics under shifts are kept from trial to trial."""

    def __init__(self, images: NDArray[np.uint8], each: int = EACH) -> None:
        each = min(each, len(images) // 2)
        self.source, self.held_out = images[:each], images[each : 2 * each]
        grey = images.shape[3] == 1
        self.names, self.left_out = fit.candidates(None, grey=grey)
        plain = describe(self.source)
        self.scale = scale_of(plain)
        self.here = self.scale(plain)
        self.cache = StatisticsCache(self.source, self.scale, 0, 2)

    def trial(self, chain: Chain, seed: int = 1000) -> Trial:
        """Plant, and locate as `locate` does after it has drawn its images."""
        target = plant(self.held_out, chain, seed)
        there = self.scale(describe(target))
        p_value = apart(self.here, there, 0)
        blank = fit._blank(Views(source=self.source, target=target, notes=()), p_value, self.left_out)
        if p_value > fit.LEVEL:
            return Trial(planted=chain, found=blank)
        space = fit._space(self.cache, self.names, here=self.here, there=there, monitor=None)
        return Trial(planted=chain, found=fit._told(space, fit._options(space, self.names, None), blank, 0))
