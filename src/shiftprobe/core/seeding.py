"""An address in, a generator out: no draw depends on what was drawn before it."""

import hashlib

import numpy as np


def integer(*address: int | str) -> int:
    """A 63-bit seed for an address such as `(seed, "order", epoch)`; the same in every process."""
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in address)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(*address: int | str) -> np.random.Generator:
    """The generator at an address; two different addresses give independent streams."""
    return np.random.default_rng(integer(*address))


def image_generator(data_seed: int, index: int) -> np.random.Generator:
    """The draws of one image under a shift.

    The severity is left out on purpose, so that one image meets the same draw at every
    severity and the dial moves nothing else.
    """
    return np.random.default_rng([data_seed, index])
