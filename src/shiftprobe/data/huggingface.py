"""The seam to Hugging Face's library: imported late, quiet, without a network unless that was asked for."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.core.errors import DataError, ResourceError
from shiftprobe.core.escape import escape
from shiftprobe.data.cache import one_line

if TYPE_CHECKING:
    from datasets import Dataset

_REPOSITORY = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
_SAVED = ("state.json", "dataset_dict.json")  # what save_to_disk leaves of one part, and of several
_OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")


def tables(rest: str, base: Path) -> "dict[str, Dataset]":
    """The tables of a data set by the name of their part, from a saved folder or the local cache.

    Args:
        rest: NAME, NAME:SPLIT or a folder.
        base: the folder that relative paths start from.

    Raises:
        DataError: when the library is not installed, or the data is not there or damaged.
    """
    name, _, part = (rest, "", "") if _lies_in(base / rest) else rest.partition(":")
    with _library(online=False) as datasets:
        try:
            found = _open(datasets, name, base)
        except (DataError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - on hostile bytes it raises whatever its parsers met
            raise DataError(
                f"wanted hf:{escape(name)} whole, got: {one_line(error)}; save or download it again"
            ) from None
    held = dict(found) if isinstance(found, dict) else {str(found.split or "all"): found}
    if part and part not in held:
        raise DataError(
            f"hf:{escape(name)}: wanted a part called {escape(part)}, got {escape(', '.join(held))}; name one"
        )
    return {part: held[part]} if part else held


def is_saved(path: Path) -> bool:
    """Whether a path is a folder that `save_to_disk` left."""
    return any((path / one).is_file() for one in _SAVED)


def _lies_in(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except (OSError, ValueError):
        return False


def _open(datasets: Any, name: str, base: Path) -> Any:
    folder = base / name
    if "::" in str(folder):
        raise DataError(
            f"wanted a folder of the file system, got {escape(folder)}, which names a chain of them; rename it"
        )
    if _lies_in(folder):
        if not is_saved(folder):
            raise DataError(
                f"wanted a data set left by save_to_disk in {escape(folder)}, got another folder; "
                f"write folder:{escape(name)} for images in class folders"
            )
        return datasets.load_from_disk(str(folder))
    if not _REPOSITORY.fullmatch(name) or Path(name).exists():  # the library would read any folder or file of that name
        raise DataError(f"wanted a saved data set in {escape(folder)}, got nothing there; check the path")
    try:
        return datasets.load_dataset(name)
    except (ConnectionError, FileNotFoundError):
        raise DataError(
            f"wanted hf:{name} in the cache {escape(datasets.config.HF_DATASETS_CACHE)}, got nothing; "
            f"run `shiftprobe download hf:{name}`"
        ) from None


def fetch(rest: str) -> Path:
    """Fetch a data set of the hub into Hugging Face's cache; code that a data set brings along is never run.

    Returns:
        The folder of all cached data sets.

    Raises:
        DataError: when the library is not installed, or the name is none the hub could have.
        ResourceError: when network or disk gave out, or the hub has nothing of that name.
    """
    name = rest.partition(":")[0]
    if not _REPOSITORY.fullmatch(name):
        raise DataError(f"wanted a name of the hub such as hf:ylecun/mnist, got hf:{escape(rest)}; check it")
    with _library(online=True) as datasets:
        try:
            datasets.load_dataset(name)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - it fails in as many ways as it has parts
            raise ResourceError(
                f"wanted to download hf:{name}, got: {one_line(error)}; check the name and the connection"
            ) from None
        return Path(datasets.config.HF_DATASETS_CACHE)


@contextmanager
def _library(*, online: bool) -> Iterator[Any]:
    """Hugging Face's library, quiet, and with a network only where that was asked for; afterwards all is as it was."""
    before = {name: os.environ.get(name) for name in _OFFLINE}
    os.environ.update(dict.fromkeys(_OFFLINE, "0" if online else "1"))  # read once, when it is imported
    try:
        datasets, switches = _imported()
    except ImportError:
        raise DataError("wanted the library of hf:, got none; run `pip install 'shiftprobe[hf]'`") from None
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    was = [(module, name, getattr(module, name)) for module, name in switches]
    level, silent = datasets.logging.get_verbosity(), datasets.are_progress_bars_disabled()
    try:
        for module, name in switches:
            setattr(module, name, not online)
        datasets.logging.set_verbosity_error()
        if not online:
            datasets.disable_progress_bars()
        yield datasets
    finally:
        datasets.logging.set_verbosity(level)
        if not silent:
            datasets.enable_progress_bars()
        for module, name, value in was:
            setattr(module, name, value)


def _imported() -> tuple[Any, list[tuple[Any, str]]]:
    """The library, and where it and its base remember that there is no network."""
    import datasets
    import datasets.config
    import huggingface_hub.constants

    return datasets, [
        (module, name)
        for module, name in (
            (huggingface_hub.constants, "HF_HUB_OFFLINE"),
            (datasets.config, "HF_HUB_OFFLINE"),
            (datasets.config, "HF_DATASETS_OFFLINE"),
        )
        if hasattr(module, name)
    ]
