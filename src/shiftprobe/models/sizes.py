"""What the weights of a checkpoint say about the network they belong to: outputs, channels, first kernel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shiftprobe.models.formats.wrapping import aligned

if TYPE_CHECKING:
    from torch import Tensor, nn

CONVOLUTION = 4  # dimensions of its weight: out, in, height, width


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the weights of a checkpoint say about the network they belong to."""

    classes: int  # outputs of its head
    channels: int  # inputs of its first convolution; 0 when it has none
    kernel: int  # px of that convolution
    side: int | None = None  # px of the images; None: nothing tells
    scale: tuple[float, float] | None = None  # mean and std by which images reach it; None: nothing tells


def read_sizes(state: "Mapping[str, Tensor]", skeleton: "nn.Module") -> Sizes:
    """Sizes of a checkpoint's head and first convolution, found by their names in the architecture."""
    shapes = {name: value.shape for name, value in skeleton.state_dict().items()}
    state = aligned(state, shapes)
    there = [state[name].shape for name, shape in shapes.items() if name in state and state[name].ndim == len(shape)]
    stem = next((shape for shape in there if len(shape) == CONVOLUTION), None)
    heads = [shape[0] for shape in there if len(shape) in {2, CONVOLUTION}]
    return Sizes(
        classes=int(heads[-1]) if heads else 0,
        channels=int(stem[1]) if stem else 0,
        kernel=int(stem[3]) if stem else 0,
    )
