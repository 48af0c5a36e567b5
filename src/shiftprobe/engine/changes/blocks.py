"""Some of the blocks from the source, the others drawn anew: where the gain of transfer lives.

Reference: Yosinski et al., 2014, arXiv:1411.1792; Raghu et al., 2019, arXiv:1902.07208.
"""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from shiftprobe.engine.changes.base import CHANGES, Change, Ingredients, Values
from shiftprobe.models.blocks import Blocks, BlockShare, blocks, partly
from shiftprobe.models.head import head_name

if TYPE_CHECKING:
    from shiftprobe.engine.setup import Setup
    from shiftprobe.train.arms import Arm, Start, State


def blocks_here(setup: "Setup") -> int:
    """How many blocks the run's network has; a network is built for it.

    Raises:
        SpecError: when blocks cannot be told apart.
    """
    from shiftprobe.engine import networks

    model = networks.fresh(setup, len(setup.classes), 0)
    return len(blocks(model, head_name(model, len(setup.classes))))


def first(made_of: Ingredients, values: Values) -> Ingredients:
    """The first blocks as the arm has them, all others drawn anew."""
    return _shared(made_of, BlockShare("first", int(values[0]), int(values[1])))


def last(made_of: Ingredients, values: Values) -> Ingredients:
    """The last blocks as the arm has them, all others drawn anew."""
    return _shared(made_of, BlockShare("last", int(values[0]), int(values[1])))


def _shared(made_of: Ingredients, share: BlockShare) -> Ingredients:
    """The arm with another beginning.

    Raises:
        SpecError: when the network has another number of blocks, or they cannot be told apart.
    """
    classes = len(made_of.setup.classes)
    model = made_of.build(made_of.setup, classes, 0)
    parts = blocks(model, head_name(model, classes))
    return replace(made_of, arm=replace(made_of.arm, begin=partial(_begin, made_of.arm, parts, share)))


def _begin(arm: "Arm", parts: Blocks, share: BlockShare, start: "Start") -> "State":
    return partly(arm.begin(start), start.fresh, parts, share)


def _within(values: Values) -> str:
    count, of = values
    return "" if count <= of else "at most all of the blocks"


for _end, _apply in (("first", first), ("last", last)):
    CHANGES.add(
        Change(
            name=_end,
            spelling=rf"{_end}(\d+)of(\d+)",
            example=f"{_end}2of6",
            about=f"the {_end} blocks as the arm begins with them, all others drawn anew",
            apply=_apply,
            refuses=_within,
        )
    )
