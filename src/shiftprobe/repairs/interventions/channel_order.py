"""The target's colour channels in another order."""

from dataclasses import replace
from itertools import permutations

import numpy as np

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.scoring import SECOND_LOOK, accuracy, search
from shiftprobe.repairs.treated import Pixels, Treated

COLOURS = 3
USUAL = "channels in the order BGR"  # what libraries that read images disagree about
AS_GOOD = 0.02  # a fraction of images: a stranger order must be so much better


def channel_order(half: Half) -> FittedRepair:
    """The order of red, green and blue that is best on the fitting half.

    The sham takes the colours away: where they only mislead, that helps as much. Another order would be none, as it
    puts one channel of three right by chance.

    Raises:
        NotAvailableError: for grey images.
    """
    if half.now.patient.preprocess.channels != COLOURS:
        raise NotAvailableError("grey images have no colour order")
    orders = {_name(order): _ordered(half.now, order) for order in list(permutations(range(COLOURS)))[1:]}
    found = search(half, orders)
    if found.treated is None:
        return found
    usual = orders[USUAL]
    if accuracy(half, usual, SECOND_LOOK) >= accuracy(half, found.treated, SECOND_LOOK) - AS_GOOD:
        found = replace(found, treated=usual, details=(USUAL,))
    grey = half.now.with_pixels("without colour", _grey)
    return replace(found, shams=lambda: (grey,))


def _grey(images: Pixels) -> Pixels:
    """(N, S, S, 3) with the mean of its channels in each."""
    mean = np.rint(images.mean(axis=-1, keepdims=True)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(mean, images.shape))


def _name(order: tuple[int, ...]) -> str:
    return f"channels in the order {''.join('RGB'[one] for one in order)}"


def _ordered(now: Treated, order: tuple[int, ...]) -> Treated:
    return now.with_pixels(_name(order), lambda images: np.ascontiguousarray(images[..., list(order)]))


INTERVENTIONS.add(
    Intervention(
        name="channel_order",
        causes={"target": "channel_order"},
        titles={"target": "the target's colour channels in another order"},
        sham_titles={"target": "the images without colour"},
        rank=2,
        fit=channel_order,
    )
)
