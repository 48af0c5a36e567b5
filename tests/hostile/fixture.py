"""What a fixture of the catalogue is, and the folder that every odd image is put into."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import PIL.Image
from tests.hostile.pictures import Pixels

Expected = Literal["accepted", "skipped", "refused"]


class Fixture(NamedTuple):
    """Something a user may hand us: what it is, and what must become of it."""

    name: str
    build: Callable[[Path], None]  # fills an empty folder
    expected: Expected  # accepted: nothing is skipped; skipped: listed, the rest goes on; refused: a DataError
    because: str  # part of the reason; of an accepted one, why it is odd
    pixels: Callable[[], Pixels] | None = None  # what the odd image must be, made another way
    tolerance: int = 0  # grey levels
    data: str = "folder:{}"  # with the folder put in
    few: bool = False
    images: int | None = None  # how many must be read


def good(folder: Path) -> None:
    """Two classes of one picture each, which nothing can be said against."""
    for place, label in enumerate(("cat", "dog")):
        (folder / label).mkdir(parents=True, exist_ok=True)
        picture = np.random.default_rng(place).integers(0, 256, (12, 10, 3), dtype=np.uint8)
        PIL.Image.fromarray(picture).save(folder / label / "good.png")


def beside(content: Callable[[], bytes], name: str = "odd.jpg") -> Callable[[Path], None]:
    """A builder of good pictures with one odd file among them."""

    def build(folder: Path) -> None:
        good(folder)
        (folder / "cat" / name).write_bytes(content())

    return build


def made(change: Callable[[Path], None]) -> Callable[[Path], None]:
    """A builder of good pictures, changed by a function that is given the class folder `cat`."""

    def build(folder: Path) -> None:
        good(folder)
        change(folder / "cat")

    return build


def skipped(name: str, content: Callable[[], bytes], because: str) -> Fixture:
    """An odd file that must be listed with its reason."""
    return Fixture(name, beside(content), "skipped", because)
