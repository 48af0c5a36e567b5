"""Data: one file per origin; `load` finds the right one by the word before the colon."""

import importlib
import pkgutil
from pathlib import Path

from shiftprobe.data.bundle import Bundle, Skipped
from shiftprobe.data.origins import ORIGINS, Origin, unknown

__all__ = ["ORIGINS", "Bundle", "Origin", "Skipped", "load"]


def load(name: str, base: Path) -> Bundle:
    """The data of that name, decoded, fingerprinted and checked.

    Args:
        name: "digits:mnist", "digits:uci" or "folder:PATH".
        base: the folder that relative paths start from, usually the spec's.

    Raises:
        UnknownNameError: when no origin or no data goes by that name.
        DataError: when the images cannot be used, naming the path.
    """
    prefix, _, rest = name.partition(":")
    if prefix not in ORIGINS or not rest:
        raise unknown(name)
    return ORIGINS[prefix].load(rest, base)


def _discover() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


_discover()  # an origin is one file: importing it is what registers it
