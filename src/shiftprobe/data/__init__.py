"""Data: one file per origin; `load` finds the right one by the word before the colon."""

import importlib
import os
import pkgutil
from pathlib import Path
from typing import Any

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.readers import VIEWER, Reader
from shiftprobe.data.bundle import Bundle, Skipped, judged
from shiftprobe.data.lists import SUFFIXES as LISTS
from shiftprobe.data.memory import from_dataset
from shiftprobe.data.origins import ORIGINS, Origin, unknown
from shiftprobe.data.reread import reread
from shiftprobe.data.walk import exists
from shiftprobe.data.without_label import labelled_only

__all__ = [
    "ORIGINS",
    "Bundle",
    "Origin",
    "Skipped",
    "download",
    "find",
    "from_folder",
    "judged",
    "load",
    "load_given",
    "load_unlabelled",
    "named",
]


def named(text: str, base: Path = Path()) -> str:
    """Data by its name, where a path may stand too: what lies there says which origin it is of.

    Args:
        text: a name or a path, of shards with `:SPLIT` behind it.
        base: the folder that a relative path starts from.
    """
    if text.partition(":")[0] in ORIGINS and ":" in text:
        return text
    path = base / text
    if not exists(path):
        shards, colon, part = text.rpartition(":")
        found = named(shards, base) if colon and exists(base / shards) else shards
        return text if found == shards else f"{found}:{part}"
    if own := next((one for one in ORIGINS if _takes(ORIGINS[one], path)), ""):
        return f"{own}:{text}"
    if path.is_dir():
        return f"folder:{text}"
    return f"csv:{text}" if path.suffix.lower() in LISTS and path.is_file() else text


def _takes(origin: Origin, path: Path) -> bool:
    try:
        return origin.takes is not None and origin.takes(path)
    except OSError:  # closed to us: whoever reads it says so
        return False


def from_folder(text: str, base: Path) -> str:
    """Data by name, whose path starts in the working folder, written as one that starts in another.

    Args:
        text: a name or a path.
        base: the folder that it shall start from.
    """
    name = named(text)
    prefix, _, rest = name.partition(":")
    is_path = prefix in ORIGINS and (ORIGINS[prefix].of_path or any(map(exists, _shorter(Path(rest)))))
    if not is_path or Path(rest).is_absolute():
        return name
    return f"{prefix}:{Path(os.path.relpath(rest, base)).as_posix()}"


def _shorter(path: Path) -> tuple[Path, Path]:
    """A path as it is, and without the part behind its colon."""
    return path, path.with_name(path.name.rpartition(":")[0] or path.name)


def _origin(name: str, base: Path) -> tuple[Origin, str]:
    """The origin of some data, by name or path, and what it calls it."""
    prefix, _, rest = named(name, base).partition(":")
    if prefix not in ORIGINS or not rest:
        raise unknown(name)
    return ORIGINS[prefix], rest


def load(
    name: str, base: Path, *, few_classes: bool = False, reader: Reader = VIEWER, no_label: str | None = None
) -> Bundle:
    """The data of that name, decoded, fingerprinted and checked; never from the network.

    Args:
        name: ORIGIN:NAME as `shiftprobe list data` shows them, "digits:mnist", "torchvision:NAME"; or a path.
        base: the folder that relative paths start from, usually the spec's.
        few_classes: one class is enough, classes without an image are left out, and parts may differ in theirs:
            for looking at data with a checkpoint that knows more classes, not for training.
        reader: whose pixels are wanted of pictures that programs read in different ways.
        no_label: what marks an image without a label, beside -1; such images are left out.

    Raises:
        UnknownNameError: when no origin or no data goes by that name.
        DataError: when the images cannot be used, naming the path.
    """
    origin, rest = _origin(name, base)
    found = (origin.few or origin.load if few_classes else origin.load)(rest, base)
    return reread(labelled_only(found, no_label, few_classes=few_classes), reader)


def find(name: str, base: Path) -> None:
    """Refuse data that `load` would not find, without reading an image.

    Args:
        name: as `load` takes it.
        base: the folder that relative paths start from.

    Raises:
        UnknownNameError: when no origin or no data goes by that name.
        DataError: when nothing that could be its images lies there.
    """
    origin, rest = _origin(name, base)
    if origin.find is not None:
        origin.find(rest, base)


def load_given(
    name: str,
    stand_in: Any,
    base: Path,
    *,
    reader: Reader = VIEWER,
    no_label: str | None = None,
    labels: bool = True,
) -> Bundle:
    """Data by name, or what stands in for it: a Dataset in memory, or other data by name or path."""
    if stand_in is None:
        return load(name, base, reader=reader, no_label=no_label)
    if isinstance(stand_in, str | Path):
        return load(str(stand_in), Path(), reader=reader, no_label=no_label)
    found = stand_in if isinstance(stand_in, Bundle) else from_dataset(stand_in, name, reader=reader)
    return reread(labelled_only(found, no_label, few_classes=True) if labels else found, reader)


def load_unlabelled(name: str, base: Path, *, reader: Reader = VIEWER) -> Bundle:
    """The images of that name, with or without classes: a folder may hold them at any depth, a manifest any columns.

    Args:
        name: as `load` takes it.
        base: the folder that relative paths start from.
        reader: whose pixels are wanted.

    Raises:
        UnknownNameError: when no origin or no data goes by that name.
        DataError: when there is no readable image, naming the path.
    """
    origin, rest = _origin(name, base)
    return reread((origin.unlabelled or origin.load)(rest, base), reader)


def download(name: str) -> Path:
    """Fetch the data of that name, so that `load` finds it; the folder that holds it is handed back.

    Args:
        name: "torchvision:NAME" or "hf:NAME".

    Raises:
        UnknownNameError: when no data goes by that name.
        DataError: when data of this origin is there already, or is the user's own.
        ResourceError: when network or disk gave out; nothing half-written stays.
        BusyError: when another process is downloading.
    """
    prefix, _, rest = name.partition(":")
    if prefix not in ORIGINS or not rest:
        raise unknown(name)
    fetch = ORIGINS[prefix].download
    if fetch is None:
        wanted = "data of torchvision: or hf:"
        raise DataError(f"wanted {wanted}, got {escape(name)}, which is never downloaded; use it as it is")
    return fetch(rest)


def _discover() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


_discover()  # an origin is one file: importing it is what registers it
