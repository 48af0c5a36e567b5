"""The same architecture some times as wide: whether a network is too narrow for its task."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from shiftprobe.core.errors import ShiftprobeError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.engine import networks
from shiftprobe.engine.changes.base import CHANGES, Change, Ingredients, Values
from shiftprobe.models.build import build
from shiftprobe.models.wider import times_the_work

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup

MOST = 4  # times as wide


def no_wider_here(setup: "Setup", factor: int = 2) -> str:
    """Why the run's network cannot be built wider; empty when it can."""
    try:
        wider_network(setup, len(setup.classes), 0, factor=factor)
    except ShiftprobeError as error:
        return str(error)
    return ""


def work(setup: "Setup", values: Values) -> float:
    """What one training of the wider network counts as, in trainings of the run's own: as many times the work.

    Where nobody knows how to widen it, the square: what convolutions cost at most.
    """
    classes, how, factor = len(setup.classes), setup.preprocess, int(values[0])
    if no_wider_here(setup, factor):
        return float(factor**2)
    plain, wide = networks.fresh(setup, classes, 0), wider_network(setup, classes, 0, factor=factor)
    return times_the_work(plain, wide, (how.channels, how.size, how.size))


def wider_network(setup: "Setup", classes: int, seed: int, *, factor: int) -> "nn.Module":
    """The run's architecture so many times as wide, its weights drawn from a seed.

    Raises:
        SpecError: when no wider network of that architecture is known.
    """
    if setup.module is not None:
        raise SpecError("a network in memory cannot be built wider: nobody knows how it was made")
    size, channels = setup.side or setup.preprocess.size, setup.preprocess.channels
    arch, allow = setup.spec.model.arch, setup.allow_code
    return build(arch, classes=classes, channels=channels, size=size, seed=seed, allow_code=allow, width=factor)


def wider(made_of: Ingredients, values: Values) -> Ingredients:
    """An arm that is drawn anew, in the wider network; no weights of the source fit it.

    Raises:
        SpecError: when the arm begins from the source.
    """
    if made_of.arm.pretrained:
        raise SpecError(
            f"arm {escape(made_of.arm.name)}: wanted one whose weights are drawn anew, got one that begins from the "
            "source, whose weights fit no wider network"
        )
    return replace(made_of, build=partial(wider_network, factor=int(values[0])))


CHANGES.add(
    Change(
        name="width",
        spelling=r"width(\d+)",
        example="width2",
        about="the network twice as wide",
        apply=wider,
        refuses=lambda values: "" if 1 < values[0] <= MOST else f"2 to {MOST} times the width",
        work=work,
    )
)
