"""Small arrays of parameters on their way to the device."""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor


def to_device(values: NDArray[Any], device: torch.device) -> Tensor:
    """An array on a device; a GPU is not waited for, since its driver keeps a copy of what is on its way."""
    return torch.from_numpy(values).to(device, non_blocking=device.type == "cuda")
