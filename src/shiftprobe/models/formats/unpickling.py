"""What a pickle would build, told from its opcodes before anything is built: a few bytes can ask for 2^60 steps.

Torch's own reader runs in Python, one opcode after the other; what it calls runs in C and hears no signal. A tuple of
two tuples of two tuples, sixty deep, takes some hundred bytes, and its hash 2^60 steps. So each value is followed as
torch would make it, with its parts, and what is hashed, printed or called is weighed as if no part were shared.
"""

import struct
from typing import NamedTuple

from shiftprobe.models.formats.foreign import RefusedNameError
from shiftprobe.models.formats.opcodes import STEPS, STOP
from shiftprobe.models.formats.unfolded import looks, weight
from shiftprobe.models.formats.walk import EndlessError, TornError, Walk

MAX_STEPS = 2_000_000  # opcodes of one file; a weight takes about 25
FREE_WORK, WORK_PER_BYTE = 8 * 2**20, 2  # values and characters that calls may be given, and how many for each byte
DEEPEST_LOOK = 6  # parts within parts that are looked through for weights
_MAX_LOOKS = 8 * 2**20  # values met on such a look


class Followed(NamedTuple):
    """What following a pickle told."""

    ends: int  # where it ends; the length of the bytes where it is torn or refused by torch
    bare: bytes  # the pickle with what is foreign cut out
    foreign: tuple[str, ...]  # names that are cut out, in order; none where torch refuses the pickle


def check_work(pickled: bytes, begin: int = 0, *, looked_up: bool = False) -> Followed:
    """Follow one pickle to its end, or to where torch refuses it.

    Args:
        pickled: bytes that hold it.
        begin: where it begins.
        looked_up: whether torch compares, hashes or prints what comes of it.

    Raises:
        EndlessError: saying what it asks for that no weights need.
        RefusedNameError: with the names it holds up to one that is refused, which comes last.
    """
    walk = Walk(pickled, begin)
    try:
        follow(walk)
        found = Followed(walk.at, _edited(walk, begin), tuple(walk.foreign))
    except RefusedNameError as error:
        raise RefusedNameError(*walk.foreign, *error.args) from None
    except (TornError, IndexError, struct.error, UnicodeDecodeError):
        found = Followed(len(pickled), pickled[begin:], ())
    if looked_up:
        walk.called += walk.stack[-1:]
    limit = FREE_WORK + WORK_PER_BYTE * (walk.at - begin)
    if weight(walk.called, limit) > limit:
        raise EndlessError("calls on values that unfold without end")
    if walk.stack and looks(walk.stack[-1], DEEPEST_LOOK, {}) > _MAX_LOOKS:
        raise EndlessError("parts that are held again and again")
    return found


def _edited(walk: Walk, begin: int) -> bytes:
    """The pickle with every replacement made; they come in order."""
    parts = []
    for at, to, instead in walk.edits:
        parts += [walk.pickled[begin:at], instead]
        begin = to
    return b"".join([*parts, walk.pickled[begin : walk.at]])


def follow(walk: Walk) -> None:
    """Take one opcode after the other, to the last."""
    pickled = walk.pickled
    for _ in range(MAX_STEPS):
        opcode = pickled[walk.at]
        walk.at += 1
        if opcode == STOP:
            return
        step = STEPS.get(opcode)
        if step is None:
            raise TornError
        step(walk)
    raise EndlessError(f"more than {MAX_STEPS:,} steps")
