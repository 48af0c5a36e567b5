"""Other ways in which somebody may have prepared images, to find out which one a checkpoint was trained with."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.readers import Reader
from shiftprobe.models.preprocess import Preprocess

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CROP = 0.875  # of the shorter side, where nothing else is known: 224 of 256 px

_NEAR = 2e-3  # half a grey level, as a fraction
_COLOURS = 3
_FULL = 255.0


def alternatives(preprocess: Preprocess, readers: Iterable[Reader] = ()) -> Mapping[str, Preprocess]:
    """The plausible other preparations of the same images, each one step away, by a name that a sentence can hold.

    Args:
        preprocess: how images are prepared now; it is never among the answers, nor is anything twice.
        readers: of picture files, those that are to be among them.

    Returns:
        Name -> preparation: another reader of the files, other mean and std, other colour order, a centre crop or none,
        another interpolation.
    """
    found: dict[str, Preprocess] = {}
    read = [(by_reader(reader), replace(preprocess, reader=reader)) for reader in readers]
    for name, other in (*read, *_scales(preprocess), *_colours(preprocess), *_shapes(preprocess)):
        if not any(_same(other, known) for known in (preprocess, *found.values())):
            found[name] = other
    return found


def by_reader(reader: Reader) -> str:
    """What the preparation that reads picture files as another program does is called."""
    return f"reader {reader}"


def changing(
    now: Preprocess, ways: Mapping[str, Preprocess], prepared: Callable[[Preprocess], NDArray[np.uint8]]
) -> dict[str, Preprocess]:
    """Those ways that change what a network is given: no crop shows on a square image of the right size.

    Args:
        now: how images are prepared.
        ways: other preparations, by name.
        prepared: some images as a preparation gives them, (N, S, S, C).
    """
    pixels = prepared(now)

    def same(other: Preprocess) -> bool:
        numbers = ("size", "mean", "std", "order")
        alike = all(getattr(other, name) == getattr(now, name) for name in numbers)
        return alike and bool((prepared(other) == pixels).all())

    return {name: other for name, other in ways.items() if not same(other)}


def _scales(now: Preprocess) -> list[tuple[str, Preprocess]]:
    def scaled(mean: float, std: float) -> Preprocess:
        return replace(now, mean=(mean,) * now.channels, std=(std,) * now.channels)

    imagenet = replace(now, mean=IMAGENET_MEAN, std=IMAGENET_STD) if now.channels == _COLOURS else now
    return [
        ("ImageNet's mean and std", imagenet),
        ("mean=std=0.5", scaled(0.5, 0.5)),
        ("no normalisation (0 to 1)", scaled(0.0, 1.0)),
        ("levels 0 to 255", scaled(0.0, 1 / _FULL)),
    ]


def _colours(now: Preprocess) -> list[tuple[str, Preprocess]]:
    if now.channels != _COLOURS:
        return []
    return [("RGB", replace(now, order="RGB")), ("BGR", replace(now, order="BGR"))]


def _shapes(now: Preprocess) -> list[tuple[str, Preprocess]]:
    return [
        (f"centre crop of {CROP}", replace(now, resize=max(now.size, round(now.size / CROP)))),
        ("centre crop of the whole shorter side", replace(now, resize=now.size)),
        ("stretched, not cropped", replace(now, resize=None)),
        ("bicubic", replace(now, interpolation="bicubic")),
        ("bilinear", replace(now, interpolation="bilinear")),
    ]


def _same(one: Preprocess, two: Preprocess) -> bool:
    """Whether the two differ in nothing but the rounding of their numbers."""
    near = np.allclose(one.mean, two.mean, rtol=0, atol=_NEAR) and np.allclose(one.std, two.std, rtol=_NEAR, atol=0)
    return near and replace(one, mean=two.mean, std=two.std) == two
