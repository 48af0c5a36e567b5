"""What a diagnosis may change in a training, to see what it does. A new change is one file here."""

from importlib import import_module
from pkgutil import iter_modules

from shiftprobe.engine.changes.base import (
    CHANGES,
    SOURCES,
    Change,
    Ingredients,
    OtherSource,
    Values,
    find_change,
)

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["CHANGES", "SOURCES", "Change", "Ingredients", "OtherSource", "Values", "find_change"]
