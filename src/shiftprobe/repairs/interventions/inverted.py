"""The target's light and dark exchanged."""

import numpy as np

from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.scoring import best
from shiftprobe.repairs.treated import Pixels

NAME = "light and dark exchanged"


def inverted(half: Half) -> FittedRepair:
    """Each grey level taken from 255; the sham moves levels as far, by half of the range, and keeps their order."""
    found = half.now.with_pixels(NAME, _inverted)
    if best(half, {NAME: found}) is None:
        return FittedRepair(treated=None)
    sham = half.now.with_pixels("levels moved by half of the range", _wrapped)
    return FittedRepair(treated=found, shams=lambda: (sham,), details=(NAME,))


def _inverted(images: Pixels) -> Pixels:
    return np.asarray(255 - images, np.uint8)


def _wrapped(images: Pixels) -> Pixels:
    return np.asarray(images + np.uint8(128), np.uint8)  # wraps around


INTERVENTIONS.add(
    Intervention(
        name="inverted",
        causes={"target": "inverted"},
        titles={"target": "light and dark of the target's images exchanged"},
        sham_titles={"target": "levels moved by half of the range, wrapping around"},
        rank=3,
        fit=inverted,
    )
)
