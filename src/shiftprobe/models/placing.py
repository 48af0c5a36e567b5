"""A network on its device, or one line that says why it is not there."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def placed(model: "nn.Module", device: str) -> "nn.Module":
    """The network itself, moved to a device.

    Raises:
        RunError: when the device has no memory left for its weights.
    """
    import torch

    from shiftprobe.models.sharing import no_room

    try:
        return model.to(device)
    except torch.OutOfMemoryError:
        raise no_room(
            f"wanted room for the network's weights on {device}, got none; take a smaller network, free the device, "
            "or use --device cpu"
        ) from None
