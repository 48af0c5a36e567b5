"""Images that judge a checkpoint: as a run prepared them, and larger ones decoded once for all preprocessings."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from shiftprobe.core.readers import PLAIN
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Condition, Image
from shiftprobe.data.reduced import reduced
from shiftprobe.diagnosing.sites import target_of
from shiftprobe.engine.shifted_sets import Dose
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.shifts import find

SIDE, TEST = 32, [3, 0, 1]
WAYS = [Preprocess(size, 3, (0.5,) * 3, (0.5,) * 3) for size in (16, 12)]
PHOTOS = np.random.default_rng(0).integers(0, 256, (4, 70, 90, 3), np.uint8)


class Elsewhere(Sequence[Image]):
    """Photographs that are decoded whenever one asks for them."""

    def __init__(self) -> None:
        self.decoded: list[int] = []

    def __len__(self) -> int:
        return len(PHOTOS)

    def __getitem__(self, place: Any) -> Any:
        self.decoded.append(place)
        return PHOTOS[place]


@pytest.mark.parametrize(("family", "severity"), [("identity", 0.0), ("invert", 0.5)])
def test_large_images_are_decoded_once_for_all_preprocessings(family: str, severity: float) -> None:
    images, labels = Elsewhere(), np.array([0, 1, 0, 1])
    dose = Dose(find(family), severity, 0, SIDE if severity else None)
    ready: Any = SimpleNamespace(
        target=SimpleNamespace(images=images, labels=labels, classes=("a", "b"), traits=[PLAIN] * len(PHOTOS)),
        split=SimpleNamespace(target_test=np.array(TEST)),
        setup=SimpleNamespace(columns=(0, 1), spec=SimpleNamespace(data_seed=0), preprocess=WAYS[0]),
        dosing=SimpleNamespace(side=SIDE, dose=lambda *_: dose),
    )
    site, change = target_of(ready, Condition(family, severity)), find(family).at(severity)
    small = [change(reduced(PHOTOS[i], SIDE), image_generator(0, i)) for i in TEST]
    for way in WAYS:
        np.testing.assert_array_equal(site.pixels(way), way.images(small))
    assert images.decoded == TEST
    assert site.labels.tolist() == labels[TEST].tolist()
