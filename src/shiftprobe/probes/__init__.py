"""Probes: evidence in, rows out. A new probe is one file here that adds itself to PROBES."""

from importlib import import_module
from pkgutil import iter_modules

from shiftprobe.probes.base import PROBES

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["PROBES"]
