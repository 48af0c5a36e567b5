"""Repairs that need no training: a file each; importing one is what registers it."""

import importlib
import pkgutil

from shiftprobe.repairs.base import INTERVENTIONS

__all__ = ["INTERVENTIONS"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
