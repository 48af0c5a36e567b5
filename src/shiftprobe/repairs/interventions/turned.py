"""The target turned by quarters of a circle."""

from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.orientation import oriented
from shiftprobe.repairs.scoring import search

TURNS = ("turned by 90 degrees", "turned by 180 degrees", "turned by 270 degrees")


def turned(half: Half) -> FittedRepair:
    """The turn that is best on the fitting half; its sham: one of all ways to lay a square."""
    every = oriented(half.now)
    return search(half, {name: every[name] for name in TURNS}, among=every)


INTERVENTIONS.add(
    Intervention(
        name="turned",
        causes={"target": "turned"},
        titles={"target": "the target's images turned by 90, 180 or 270 degrees"},
        sham_titles={"target": "one of the seven other ways to lay a square, chosen by shuffled labels"},
        rank=4,
        fit=turned,
    )
)
