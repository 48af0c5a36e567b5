"""The layers of a network that hold batch statistics."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm  # torch has no public base


def batch_norms(model: nn.Module) -> list[_BatchNorm]:
    """Every batch norm that keeps running statistics, in the order in which the network registers them."""
    return [part for part in model.modules() if isinstance(part, _BatchNorm) and part.track_running_stats]
