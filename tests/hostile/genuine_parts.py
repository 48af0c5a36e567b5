"""What genuine pictures are made of and held to."""

from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
from tests.hostile import pictures as made
from tests.hostile.fixture import Fixture, beside
from tests.hostile.pictures import GREY, SMOOTH, Pixels, saved

LOSSY = 6

COARSE = 24  # chroma at half its size

IDENTITY: Callable[[], Pixels] = lambda: SMOOTH  # noqa: E731

ONLY_GREY: Callable[[], Pixels] = lambda: GREY  # noqa: E731

RGB = PIL.Image.fromarray(SMOOTH)

L = PIL.Image.fromarray(GREY)


def genuine(name: str, content: Callable[[], bytes], because: str, pixels: Callable[[], Pixels] | None = IDENTITY,
        tolerance: int = 0) -> Fixture:  # fmt: skip
    return Fixture(name, beside(content), "accepted", because, pixels, tolerance)


def saving(picture: Any, kind: str, **options: Any) -> Callable[[], bytes]:
    return lambda: saved(picture, kind, **options)


def palette(colours: int) -> PIL.Image.Image:
    return RGB.quantize(colours)


def paletted() -> Pixels:
    return np.array(palette(8).convert("RGB"))


def half_opaque() -> PIL.Image.Image:
    over = RGB.convert("RGBA")
    over.putalpha(PIL.Image.fromarray((np.arange(120) % 2 * 255).astype(np.uint8).reshape(12, 10)))
    return over


def on_white() -> Pixels:
    opaque = (np.arange(120) % 2 == 1).reshape(12, 10, 1)
    return np.where(opaque, SMOOTH, 255).astype(np.uint8)


def deep_grey(kind: str, **options: Any) -> Callable[[], bytes]:
    return saving(GREY.astype(np.uint16) * 257, kind, **options)


def exif_turned(orientation: int, kind: str = "JPEG", **options: Any) -> Callable[[], bytes]:
    return saving(SMOOTH, kind, exif=made.exif(orientation), **options)


def frames(kind: str, **options: Any) -> Callable[[], bytes]:
    others = [PIL.Image.new("RGB", RGB.size, colour) for colour in ("red", "lime")]
    return saving(RGB, kind, save_all=True, append_images=others, **options)
