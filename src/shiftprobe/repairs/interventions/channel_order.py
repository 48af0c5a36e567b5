"""The target's colour channels in another order."""

from itertools import permutations

import numpy as np

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.scoring import search
from shiftprobe.repairs.treated import Treated

COLOURS = 3


def channel_order(half: Half) -> FittedRepair:
    """The order of red, green and blue that is best on the fitting half.

    Raises:
        NotAvailableError: for grey images.
    """
    if half.now.patient.preprocess.channels != COLOURS:
        raise NotAvailableError("grey images have no colour order")
    return search(half, {_name(order): _ordered(half.now, order) for order in list(permutations(range(COLOURS)))[1:]})


def _name(order: tuple[int, ...]) -> str:
    return f"channels in the order {''.join('RGB'[one] for one in order)}"


def _ordered(now: Treated, order: tuple[int, ...]) -> Treated:
    return now.with_pixels(_name(order), lambda images: np.ascontiguousarray(images[..., list(order)]))


INTERVENTIONS.add(
    Intervention(
        name="channel_order",
        causes={"target": "channel_order"},
        titles={"target": "the target's colour channels in another order"},
        sham_titles={"target": "an order chosen by shuffled labels"},
        rank=2,
        fit=channel_order,
    )
)
