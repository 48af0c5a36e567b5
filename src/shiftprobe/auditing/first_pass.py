"""A first forward pass over made-up images: whether a network works at all, and what tells it from another one."""

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shiftprobe.core.errors import CheckpointError, NotAvailableError, ShiftprobeError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.engine.executors.threads import limited

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.models.preprocess import Preprocess

IMAGES = 2


class FirstPass(NamedTuple):
    """What a network answered to noise."""

    answered: str  # SHA-256, hex
    outputs: int  # scores per image
    probabilities: bool  # whether these are probabilities, of which the logarithm is taken from here on


def first_pass(
    name: str, model: "nn.Module", preprocess: "Preprocess", *, head: str | None, outputs: int | None
) -> FirstPass:
    """Let a network answer noise.

    Args:
        name: what the user calls it.
        model: in evaluation mode; it may be code of the user's, which can raise anything.
        preprocess: how it wants its images.
        head: path of the head; None: scores are all that is asked for.
        outputs: how many it has; None: as many as it answers.

    Returns:
        What it answered: weights alone do not tell a network, as the code around them may have changed.

    Raises:
        CheckpointError: when it cannot take such images, or does not give finite logits, one per output.
    """
    import torch

    from shiftprobe.core.types import PENULTIMATE
    from shiftprobe.models.extract import extract
    from shiftprobe.models.logits import are_probabilities, take_logarithm, takes_logarithm

    size, channels = preprocess.size, preprocess.channels
    noise = np.random.default_rng(0).integers(0, 256, (IMAGES, size, size, channels), dtype=np.uint8)
    scores = "scores" if outputs is None else f"{outputs:,} logits"
    wanted = f"{escape(name)}: wanted a network that gives {scores} for images of {size} px"
    taps, labels = () if head is None else (PENULTIMATE,), np.zeros(IMAGES, np.int64)
    try:
        with limited(1):
            view = extract(model, noise, labels, preprocess, taps=taps, head=head or "")
    except NotAvailableError as error:
        raise CheckpointError(f"{escape(name)}: {error}") from None
    except ShiftprobeError:
        raise
    except Exception as error:
        if out_of_memory(error):
            raise
        got = f"{type(error).__name__}: {escape(error, 200)}"
        raise CheckpointError(f"{wanted}, got {got}; see --size and --arch") from error
    found = view.logits.shape[1]
    if outputs not in {None, found}:
        raise CheckpointError(f"{wanted}, got {found:,}; wrap it so that it gives those of its head")
    if are_probabilities(torch.from_numpy(view.logits)):
        take_logarithm(model)
    taken = takes_logarithm(model)
    told = b"logarithm" if taken else b""
    return FirstPass(hashlib.sha256(view.logits.tobytes() + told).hexdigest(), found, taken)
