"""A network on its device, or one line that says why it is not there."""

from typing import TYPE_CHECKING

from shiftprobe.core.errors import RunError

if TYPE_CHECKING:
    from torch import nn


def placed(model: "nn.Module", device: str) -> "nn.Module":
    """The network itself, moved to a device.

    Raises:
        RunError: when the device has no memory left for its weights.
    """
    import torch

    try:
        return model.to(device)
    except torch.OutOfMemoryError:
        raise RunError(
            f"wanted room for the network's weights on {device}, got none; take a smaller network, free the device, "
            "or use --device cpu"
        ) from None
