"""MNIST-format files: grey images and their labels in four idx files, plain or gzipped."""

import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle, frozen
from shiftprobe.data.class_list import NAME, names_beside
from shiftprobe.data.origins import ORIGINS, Origin

FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
"""Class names of Fashion-MNIST, in label order (Xiao et al., 2017, arXiv:1708.07747)."""

MAX_BYTES = 2**30
"""Most pixels of one file, which all stay in memory; 60,000 images of 28 x 28 px are 47 MB."""

MAX_IMAGES = 2_000_000
"""Most images of one file: an image of one pixel costs as much memory beside its pixels as any other."""

_PARTS = {"train": "train", "test": "t10k"}
_IMAGE_AXES, _LABEL_AXES = 3, 1
_RATIO = 1032  # deflate expands no byte to more than this
_CHUNK = 2**20


def load(rest: str, base: Path) -> Bundle:
    """The images of a folder that holds `train-images-idx3-ubyte` and its three siblings, each plain or as .gz.

    The division into train (`train-...`) and test (`t10k-...`) is kept. Class names stand in `classes.txt`
    beside the files, one a line in label order; without it a folder called fashion-mnist, in any spelling,
    has the ten published names, and any other "0" to "9". All pixels stay in memory, a byte each.

    Args:
        rest: the folder, absolute or relative to `base`: where Debian's dataset-fashion-mnist puts its files
            (/usr/share/datasets/fashion-mnist), or the folder `raw` that torchvision leaves.
        base: the folder that relative paths start from.

    Raises:
        DataError: when a file is missing, no idx file of unsigned bytes, cut short, longer than its header says,
            or too large; when images and labels differ in number, or a label has no class.

    Reference: LeCun et al., 1998 (the format).
    """
    root = base / rest
    files = _files(root)
    images, labels = zip(*(_part(*files[part]) for part in _PARTS), strict=True)
    classes = _classes(root)
    highest = max(int(some.max()) for some in labels)
    if highest >= len(classes):
        raise DataError(
            f"{escape(root)}: wanted labels from 0 to {len(classes) - 1}, got {highest}; "
            "name every class in classes.txt beside the files, one a line"
        )
    return Bundle(
        name=f"idx:{rest}",
        images=tuple(frozen(image, 1) for some in images for image in some[..., None]),
        labels=np.concatenate(labels).astype(np.int64),
        classes=classes,
        official=np.repeat(list(_PARTS), [len(some) for some in labels]),
    )


def takes(path: Path) -> bool:
    """Whether a path is a folder of such files."""
    return any((path / f"train-images-idx3-ubyte{end}").is_file() for end in ("", ".gz"))


def find(rest: str, base: Path) -> None:
    """Refuse a folder without the four files.

    Raises:
        DataError: naming those that are missing.
    """
    _files(base / rest)


def _files(root: Path) -> dict[str, tuple[Path, Path]]:
    """Per part the files of its images and labels; a plain file goes before its .gz."""
    stems = {part: (f"{word}-images-idx3-ubyte", f"{word}-labels-idx1-ubyte") for part, word in _PARTS.items()}
    with _readable(root):
        found = {
            stem: path for pair in stems.values() for stem in pair for end in (".gz", "")
            if (path := root / (stem + end)).is_file()
        }  # fmt: skip
        missing = [f"{stem}[.gz]" for pair in stems.values() for stem in pair if stem not in found]
        if missing:
            got = f"no {', no '.join(missing)}" if root.is_dir() else "no such folder"
            raise DataError(
                f"wanted MNIST-format files in {escape(root)}, got {got}; check the path, and put all four files there"
            )
    return {part: (found[images], found[labels]) for part, (images, labels) in stems.items()}


def _part(images_file: Path, labels_file: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images, labels = _read(images_file, _IMAGE_AXES), _read(labels_file, _LABEL_AXES)
    if len(images) != len(labels):
        raise DataError(
            f"{escape(images_file)}: wanted one label per image, got {len(labels):,} labels for {len(images):,} images "
            f"in {escape(labels_file.name)}; copy both files again from one place"
        )
    return images, labels


def _read(path: Path, axes: int) -> NDArray[np.uint8]:
    """The array of an idx file; nothing is allocated that the file's own length does not warrant."""
    with _readable(path), path.open("rb") as raw:
        packed = path.suffix == ".gz"
        file = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw
        shape = _shape(_take(file, 4 + 4 * axes), axes, path)
        size, held = math.prod(shape), path.stat().st_size
        if held * _RATIO < size if packed else held != 4 + 4 * axes + size:
            raise _refuse(path, f"{_by(shape)} bytes after the header", f"{held:,} bytes in all")
        body = _take(file, size + 1)  # one more than there should be: finds a surplus, and meets gzip's checksum
    if len(body) != size:
        raise _refuse(path, f"{_by(shape)} bytes after the header", "more" if len(body) > size else f"{len(body):,}")
    return np.frombuffer(body, np.uint8).reshape(shape)


def _take(file: BinaryIO, size: int) -> bytearray:
    """As many bytes as there are, at most `size`; memory grows with what arrives, not with what was promised."""
    body = bytearray()
    while len(body) < size and (chunk := file.read(min(_CHUNK, size - len(body)))):
        body += chunk
    return body


def _shape(header: bytearray, axes: int, path: Path) -> tuple[int, ...]:
    magic = bytes((0, 0, 8, axes))  # 8: unsigned bytes
    if header[:4] != magic or len(header) != 4 + 4 * axes:
        got = f"0x{header[:4].hex()}" if len(header) == 4 + 4 * axes else f"{len(header)} bytes"
        raise _refuse(path, f"magic number 0x{magic.hex()} (unsigned bytes in {axes} dimensions) and sizes", got)
    shape = tuple(int(size) for size in np.frombuffer(header, ">u4", offset=4))
    if 0 in shape or shape[0] > MAX_IMAGES or math.prod(shape) > MAX_BYTES:
        raise _refuse(path, f"1 to {MAX_IMAGES:,} items of {MAX_BYTES:,} bytes in all at most", _by(shape))
    return shape


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _refuse(path: Path, wanted: str, got: str) -> DataError:
    return DataError(f"{escape(path)}: wanted {wanted}, got {got}; copy or download the file again")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """One line for a file that cannot be opened or unpacked."""
    try:
        yield
    except (OSError, EOFError, zlib.error, ValueError) as error:  # ValueError: a NUL in the path, text not UTF-8
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"{escape(path)}: wanted a readable file, got: {escape(reason)}; check or copy it again"
        ) from None


def _classes(root: Path) -> tuple[str, ...]:
    """Names from classes.txt, else by what the folder is called."""
    with _readable(root / NAME):
        if (named := names_beside(root)) is not None:
            return named
        called = {one.parent.name if one.name == "raw" else one.name for one in (root, root.resolve())}
    plain = {"".join(filter(str.isalnum, name.lower())) for name in called}
    return FASHION if any("fashionmnist" in name for name in plain) else tuple("0123456789")


ORIGINS.add(
    Origin(
        name="idx",
        names=("idx:PATH",),
        about="MNIST-format files (train-/t10k-images-idx3-ubyte and labels), plain or .gz",
        of_path=True,
        load=load,
        find=find,
        takes=takes,
    )
)
