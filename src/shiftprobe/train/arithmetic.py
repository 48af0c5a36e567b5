"""How a training multiplies: in float32, in TF32, or in bf16; looks have their own (`models.extract`)."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from shiftprobe.spec.recipe import Precision


@contextmanager
def arithmetic(precision: Precision) -> Iterator[None]:
    """Inside, where a recipe says `tf32`, an NVIDIA GPU rounds the factors of products and convolutions to 10 bits.

    What was set before comes back. `bf16` is torch's autocast, which covers the forward pass alone and is set there.
    """
    if precision != "tf32":
        yield
        return
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    matmul.allow_tf32, cudnn.allow_tf32 = True, True
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = before
