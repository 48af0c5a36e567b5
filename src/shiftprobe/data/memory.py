"""Data sets that live in a program: anything with a length whose items are (image, label)."""

import operator
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import PIL.Image

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.readers import VIEWER, Reader
from shiftprobe.core.types import Image
from shiftprobe.data import files
from shiftprobe.data.bundle import Bundle, Print, fingerprint, frozen
from shiftprobe.data.decode import Decoded, of_picture
from shiftprobe.data.multi_label import several
from shiftprobe.data.without_label import UNLABELLED

_AXES = 3  # height, width, channels


class MapDataset(Protocol):
    """What `torch.utils.data.Dataset` promises, without importing torch."""

    def __len__(self) -> int:
        """How many items."""
        ...

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """An image and its label."""
        ...


def from_dataset(
    dataset: MapDataset, name: str, classes: Sequence[str] | None = None, *, reader: Reader = VIEWER
) -> Bundle:
    """A bundle of a torch-style data set; its pixels are kept in memory while they are few.

    Beyond `files.KEEP_BYTES` an item is read again whenever it is needed, one at a time, and must give the pixels that
    it gave at first.

    Args:
        dataset: its items are (image, label). An image is a PIL image, a uint8 array (H, W), (H, W, 1) or
            (H, W, 3), or a torch tensor (1 or 3, H, W), uint8 or float in [0, 1]. A label is a whole
            number; -1 marks an image without.
        name: what the report calls it.
        classes: class names in label order; by default `dataset.classes`, and where there are none the
            label numbers that occur, as text.
        reader: what becomes of a PIL image that brings its EXIF, transparency or 16 bits along.

    Raises:
        DataError: when an item cannot be used, naming its index, or a label has no class.
    """
    if not hasattr(dataset, "__len__"):
        raise DataError(f"{escape(name)}: wanted a data set with a length, got a stream; collect it into a list")
    images, prints, numbers = [], [], []
    size, channels = 0, 1
    for i in range(len(dataset)):
        where = f"{escape(name)}, item {i}"
        given, label = _pair(dataset[i], where)
        one = _image(given, where, reader)
        image = one.image
        numbers.append(_whole(label, where))
        prints.append(replace(fingerprint(image), traits=one.traits))
        channels, size = max(channels, image.shape[2]), size + image.nbytes
        if size <= files.KEEP_BYTES:
            images.append(image)
        else:
            images.clear()
    labels = np.array(numbers, np.int64)
    names = classes if classes is not None else getattr(dataset, "classes", None)
    if names is not None and (labels == int(UNLABELLED)).any():
        labels, names = np.where(labels == int(UNLABELLED), len(names), labels), (*names, UNLABELLED)
    if names is None:
        present, labels = np.unique(labels, return_inverse=True)
        names = [str(number) for number in present]
    again = _again(dataset, name, prints, channels, reader)
    return Bundle(
        name=name,
        images=tuple(frozen(image, channels) for image in images) if size <= files.KEEP_BYTES else again,
        prints=tuple(prints),
        labels=labels,
        classes=tuple(str(one) for one in names),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """One item of a data set, read when it is asked for; data sets promise nothing to several threads."""

    dataset: MapDataset
    place: int
    name: str
    lock: threading.Lock
    reader: Reader

    def __str__(self) -> str:
        """Where it stands."""
        return f"{self.name}, item {self.place}"

    def image(self) -> Image:
        """Its pixels."""
        with self.lock:
            return _image(_pair(self.dataset[self.place], "it")[0], "it", self.reader).image


def _again(dataset: MapDataset, name: str, prints: Sequence[Print], channels: int, reader: Reader) -> files.Files:
    lock = threading.Lock()
    items = tuple(_Item(dataset, i, name, lock, reader) for i in range(len(prints)))
    return files.Files(sources=items, prints=tuple(prints), channels=channels, kept=None, reader=reader)


def _pair(item: Any, where: str) -> tuple[Any, Any]:
    try:
        image, label = item
    except (TypeError, ValueError):
        raise DataError(f"{where}: wanted (image, label), got {type(item).__name__}; wrap the data set") from None
    return image, label


def _whole(label: Any, where: str) -> int:
    try:
        return operator.index(label)
    except (TypeError, ValueError):
        if not isinstance(label, str | bytes) and hasattr(label, "__len__") and getattr(label, "shape", True):
            raise several(where, f"{len(label)} values (of a one-hot vector give the place of its 1)") from None
        raise DataError(f"{where}: wanted a whole number as label, got {escape(label, 40)}; map it first") from None


def _image(image: Any, where: str, reader: Reader) -> Decoded:
    if isinstance(image, PIL.Image.Image):
        try:
            return of_picture(image.copy(), reader)
        except (DataError, OSError) as error:
            raise DataError(f"{where}: {escape(error)}") from None
    if hasattr(image, "detach"):
        return Decoded(_from_tensor(image.detach().cpu(), where))
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = getattr(image, "dtype", type(image).__name__)
        raise DataError(f"{where}: wanted a PIL image, a uint8 array or a tensor, got {kind}; convert it first")
    return Decoded(_checked(image[..., None] if image.ndim == _AXES - 1 else image, image.shape, where))


def _from_tensor(tensor: Any, where: str) -> Image:
    if tensor.is_floating_point():
        values = tensor.float().numpy()
        if not ((values >= 0) & (values <= 1)).all():
            raise DataError(
                f"{where}: wanted floats in [0, 1], got {values.min():.3g} to {values.max():.3g}, which looks "
                f"normalised; leave Normalize out, preprocessing belongs to the model"
            )
        values = np.rint(values * 255).astype(np.uint8)
    elif str(tensor.dtype) == "torch.uint8":
        values = tensor.numpy()
    else:
        raise DataError(f"{where}: wanted a uint8 or float tensor, got {tensor.dtype}; convert it first")
    return _checked(np.moveaxis(values, 0, -1), tuple(tensor.shape), where)


def _checked(image: Image, given: tuple[int, ...], where: str) -> Image:
    if image.ndim != _AXES or image.shape[-1] not in {1, 3} or 0 in image.shape:
        raise DataError(
            f"{where}: wanted one grey or three RGB channels, arrays (H, W, C) and tensors (C, H, W), "
            f"got shape {given}; convert it first"
        )
    return np.array(image)  # a copy: the data set may reuse its buffer
