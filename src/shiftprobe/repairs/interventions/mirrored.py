"""The target mirrored."""

from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.orientation import oriented
from shiftprobe.repairs.scoring import search

MIRRORS = ("mirrored left to right", "mirrored upside down")


def mirrored(half: Half) -> FittedRepair:
    """The mirror that is best on the fitting half; the sham is that of turning."""
    every = oriented(half.now)
    return search(half, {name: every[name] for name in MIRRORS}, among=every)


INTERVENTIONS.add(
    Intervention(
        name="mirrored",
        causes={"target": "mirrored"},
        titles={"target": "the target's images mirrored"},
        sham_titles={"target": "one of the seven other ways to lay a square, chosen by shuffled labels"},
        rank=5,
        fit=mirrored,
    )
)
