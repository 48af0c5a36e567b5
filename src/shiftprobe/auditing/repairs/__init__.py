"""What could be repaired, tried: a file each; importing one is what registers it."""

import importlib
import pkgutil

from shiftprobe.auditing.repairs.base import REPAIRS, RepairMethod, RepairSite

__all__ = ["REPAIRS", "RepairMethod", "RepairSite"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
