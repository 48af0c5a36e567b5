"""Labelled sets that torchvision fetches and reads; loading them never touches the network."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from shiftprobe.core.errors import DataError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.rows import Joined
from shiftprobe.data import cache
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.memory import from_dataset
from shiftprobe.data.origins import ORIGINS, Origin

_FLAG: Mapping[str, Mapping[str, str | bool]] = {"train": {"train": True}, "test": {"train": False}}
_WORD: Mapping[str, Mapping[str, str | bool]] = {"train": {"split": "train"}, "test": {"split": "test"}}
_WHOLE: Mapping[str, Mapping[str, str | bool]] = {"": {}}
_DIGITS = tuple("0123456789")  # one name for one digit in every set, or classes would not match across them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    kind: str  # the class in torchvision.datasets, and the folder's name
    about: str  # images, size in px, and megabytes of pixels once in memory
    parts: Mapping[str, Mapping[str, str | bool]] = field(default_factory=lambda: _FLAG)  # part -> how it is asked for
    classes: tuple[str, ...] | None = None  # None: as torchvision names them
    options: Mapping[str, object] = field(default_factory=dict)


def _upright(picture: PIL.Image.Image) -> PIL.Image.Image:
    return picture.transpose(PIL.Image.Transpose.TRANSPOSE)


def _from_zero(label: int) -> int:
    return label - 1


def _emnist(split: str, about: str) -> _Set:
    """EMNIST is stored with rows and columns exchanged (pytorch/vision#8783); here its images stand upright."""
    options: dict[str, object] = {"split": split, "transform": _upright}
    if split != "letters":
        return _Set(kind="EMNIST", about=about, options=options)
    options["target_transform"] = _from_zero  # the one split that counts from 1
    return _Set(kind="EMNIST", about=about, classes=tuple("abcdefghijklmnopqrstuvwxyz"), options=options)


SETS: Mapping[str, _Set] = {
    "CIFAR10": _Set(kind="CIFAR10", about="60,000 photographs, 32 x 32 RGB, 184 MB"),
    "CIFAR100": _Set(kind="CIFAR100", about="60,000 photographs of 100 classes, 32 x 32 RGB, 184 MB"),
    "EMNIST/balanced": _emnist("balanced", "131,600 digits and letters of 47 classes, 28 x 28 grey, 103 MB"),
    "EMNIST/byclass": _emnist("byclass", "814,255 digits and letters of 62 classes, 28 x 28 grey, 638 MB"),
    "EMNIST/bymerge": _emnist("bymerge", "814,255 digits and letters of 47 classes, 28 x 28 grey, 638 MB"),
    "EMNIST/digits": _emnist("digits", "280,000 digits, 28 x 28 grey, 220 MB"),
    "EMNIST/letters": _emnist("letters", "145,600 letters of 26 classes, 28 x 28 grey, 114 MB"),
    "EMNIST/mnist": _emnist("mnist", "70,000 digits, 28 x 28 grey, 55 MB"),
    "EuroSAT": _Set(kind="EuroSAT", about="27,000 satellite images, 64 x 64 RGB, undivided, 332 MB", parts=_WHOLE),
    "FashionMNIST": _Set(kind="FashionMNIST", about="70,000 pieces of clothing, 28 x 28 grey, 55 MB"),
    "GTSRB": _Set(
        kind="GTSRB",
        about="German traffic signs of 43 classes, 15 to 250 px RGB",
        parts=_WORD,
        classes=tuple(str(number) for number in range(43)),
    ),
    "KMNIST": _Set(kind="KMNIST", about="70,000 Japanese characters, 28 x 28 grey, 55 MB"),
    "MNIST": _Set(kind="MNIST", about="70,000 digits, 28 x 28 grey, 55 MB", classes=_DIGITS),
    "QMNIST": _Set(kind="QMNIST", about="120,000 digits, 28 x 28 grey, 94 MB", classes=_DIGITS),
    "SEMEION": _Set(kind="SEMEION", about="1,593 digits, 16 x 16 grey, undivided, 1 MB", parts=_WHOLE, classes=_DIGITS),
    "STL10": _Set(kind="STL10", about="13,000 photographs, 96 x 96 RGB, 359 MB", parts=_WORD),
    "SVHN": _Set(kind="SVHN", about="99,289 house numbers, 32 x 32 RGB, 305 MB", parts=_WORD, classes=_DIGITS),
    "USPS": _Set(kind="USPS", about="9,298 digits, 16 x 16 grey, 2 MB", classes=_DIGITS),
}
"""What `torchvision:NAME` may be called. Sets of large photographs are missing: they would not fit in memory."""

_NOT_ONE_CLASS = {
    "CelebA": "multi-label data (40 attributes)",
    "Cityscapes": "outlines",
    "CocoCaptions": "captions",
    "CocoDetection": "boxes",
    "Kitti": "boxes",
    "SBDataset": "outlines",
    "VOCDetection": "boxes",
    "VOCSegmentation": "outlines",
    "WIDERFace": "boxes",
}


def load(rest: str, base: Path) -> Bundle:
    """A set from `cache.home()`, all images in memory; while loading about twice the size that its line names.

    The official division into train and test is kept; EuroSAT and SEMEION have none. Digits are called
    "0" to "9" in every set. CIFAR10 and CIFAR100 are pickles, which torchvision opens after comparing
    their md5 with the published one; no other set is a pickle, and we unpickle nothing ourselves.

    Args:
        rest: a key of `SETS`; EMNIST goes with its split, as in "EMNIST/letters".
        base: not used.

    Raises:
        UnknownNameError: for any other name.
        DataError: when the set has not been downloaded, or is damaged.

    Reference: the page of each class in torchvision.datasets names its authors.
    """
    find(rest, base)
    (one, folder), name = _find(rest), f"torchvision:{rest}"
    try:
        cache.check_arrived(folder)
        parts = {part: from_dataset(_open(one, part, folder), name, one.classes) for part in one.parts}
        return _joined(parts)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - torchvision raises whatever its parser met
        raise DataError(
            f"wanted {name} whole in {escape(folder)}, got: {cache.one_line(error)}; "
            f"run `shiftprobe download {name}`, which replaces it"
        ) from None


def find(rest: str, base: Path) -> None:  # noqa: ARG001 - as `load`
    """Refuse a set that has no such name, or that was not downloaded.

    Raises:
        UnknownNameError: for a name that is not in `SETS`.
        DataError: when its folder is not there.
    """
    _, folder = _find(rest)
    name = f"torchvision:{rest}"
    if not os.access(folder, os.R_OK | os.X_OK):
        raise DataError(
            f"wanted {name} in {escape(folder)}, got nothing that can be read; run `shiftprobe download {name}`, "
            f"or set {cache.VARIABLE} to the folder that holds it"
        )


def download(rest: str) -> Path:
    """Fetch a set into `cache.home()` through torchvision, which checks the published md5; the one use of the network.

    A set that is there and whole stays as it is. All splits of EMNIST come together; STL10 comes with its
    100,000 unlabelled images (2.6 GB to fetch).

    Returns:
        The folder that holds it, which appears whole or not at all.

    Raises:
        UnknownNameError: for a name that is not in `SETS`.
        ResourceError: when network or disk gave out, or what came is not what was published.
        BusyError: when another process is downloading.
    """
    one, folder = _find(rest)
    if not _whole(one, folder):
        with cache.arriving(folder, f"torchvision:{rest}") as place:
            for part in one.parts:
                _open(one, part, place, download=True)
    return folder


def _find(rest: str) -> tuple[_Set, Path]:
    if rest not in SETS:
        raise _unknown(rest)
    return SETS[rest], cache.home() / "torchvision" / SETS[rest].kind


def _unknown(rest: str) -> UnknownNameError:
    """The refusal of a name; capitals are what people forget, and EMNIST's split."""
    if rest in _NOT_ONE_CLASS:
        return UnknownNameError(
            f"torchvision:{rest} holds {_NOT_ONE_CLASS[rest]}, and not one class for every image; make class folders "
            "or a manifest (path,label) of one question about it"
        )
    names = {name.lower(): name for name in SETS}
    begun = [one for one in names if one.startswith(rest.lower())]
    close = begun or difflib.get_close_matches(rest.lower(), names, n=1)
    hint = f"; did you mean 'torchvision:{names[close[0]]}'?" if close else ""
    return UnknownNameError(f"no data named 'torchvision:{escape(rest)}'{hint} (known: {', '.join(SETS)})")


def _open(one: _Set, part: str, folder: Path, *, download: bool = False) -> Any:
    from torchvision import datasets

    # Said aloud: some of these classes download unless told not to.
    return getattr(datasets, one.kind)(str(folder), **one.parts[part], **one.options, download=download)


def _whole(one: _Set, folder: Path) -> bool:
    try:
        cache.check_arrived(folder)
        return folder.is_dir() and all(len(_open(one, part, folder)) for part in one.parts)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever its parser met, it is to be fetched again
        return False


def _joined(parts: Mapping[str, Bundle]) -> Bundle:
    first, *rest = parts.values()
    if any(one.classes != first.classes for one in rest):
        raise DataError(f"{first.name}: wanted the same classes in train and test, got different ones")
    return Bundle(
        name=first.name,
        images=Joined([one.images for one in parts.values()]),
        prints=tuple(one for part in parts.values() for one in part.prints),
        labels=np.concatenate([one.labels for one in parts.values()]),
        classes=first.classes,
        official=np.repeat(list(parts), [len(one) for one in parts.values()]) if rest else None,
    )


ORIGINS.add(
    Origin(
        name="torchvision",
        names=("torchvision:NAME",),
        about="sets that torchvision knows, once `shiftprobe download` has fetched them",
        sets={f"torchvision:{name}": one.about for name, one in SETS.items()},
        load=load,
        find=find,
        download=download,
    )
)
