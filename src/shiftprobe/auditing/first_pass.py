"""A first forward pass over made-up images: whether a network works at all, and what tells it from another one."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from shiftprobe.core.errors import CheckpointError, NotAvailableError, ShiftprobeError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.engine.executors.threads import limited

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.models.preprocess import Preprocess

IMAGES = 2


def first_pass(name: str, model: "nn.Module", preprocess: "Preprocess", *, head: str, outputs: int) -> str:
    """Let a network answer noise.

    Args:
        name: what the user calls it.
        model: in evaluation mode; it may be code of the user's, which can raise anything.
        preprocess: how it wants its images.
        head: path of the head.
        outputs: how many it has.

    Returns:
        SHA-256 of what it answered, hex. Weights alone do not tell a network: the code around them may have changed.

    Raises:
        CheckpointError: when it cannot take such images, or does not give finite logits, one per output.
    """
    from shiftprobe.core.types import PENULTIMATE
    from shiftprobe.models.extract import extract

    size, channels = preprocess.size, preprocess.channels
    noise = np.random.default_rng(0).integers(0, 256, (IMAGES, size, size, channels), dtype=np.uint8)
    wanted = f"{escape(name)}: wanted a network that gives {outputs:,} logits for images of {size} px"
    try:
        with limited(1):
            view = extract(model, noise, np.zeros(IMAGES, np.int64), preprocess, taps=(PENULTIMATE,), head=head)
    except NotAvailableError as error:
        raise CheckpointError(f"{escape(name)}: {error}") from None
    except ShiftprobeError:
        raise
    except Exception as error:
        if out_of_memory(error):
            raise
        got = f"{type(error).__name__}: {escape(error, 200)}"
        raise CheckpointError(f"{wanted}, got {got}; see --size and --arch") from error
    if view.logits.shape[1] != outputs:
        raise CheckpointError(f"{wanted}, got {view.logits.shape[1]:,}; wrap it so that it gives those of its head")
    return hashlib.sha256(view.logits.tobytes()).hexdigest()
