"""Families of image changes, each with a dial from 0 (untouched) to 1 (severe).

Every module of this package is imported here, so a new shift is one new file that calls `SHIFTS.add(...)`.
The pixel work is albumentations', the doses and the draws are ours: no shift uses a stream of its own or a range of
doses. Albumentations and OpenCV are imported when a shift is first turned on, not before.
"""

import importlib
import pkgutil

from shiftprobe.shifts.accepted import check_image, guarded
from shiftprobe.shifts.base import SHIFTS, DosedShift, albumentations, check_severity, functional, identity, seeded
from shiftprobe.shifts.composed import find

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    importlib.import_module(_module.name)

__all__ = [
    "SHIFTS",
    "DosedShift",
    "albumentations",
    "check_image",
    "check_severity",
    "find",
    "functional",
    "guarded",
    "identity",
    "seeded",
]
