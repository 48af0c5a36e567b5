import pytest
import torch
from torch import nn

from shiftprobe.core.errors import RunError
from shiftprobe.models.placing import placed


class TooLarge(nn.Module):
    """A network that no device has room for."""

    def to(self, *_: object, **__: object) -> "TooLarge":
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")


def test_a_network_is_handed_back_on_its_device() -> None:
    model = nn.Linear(2, 2)
    assert placed(model, "cpu") is model


def test_a_network_without_room_is_one_line_that_leads_on() -> None:
    with pytest.raises(RunError, match=r"^wanted room for the network's weights on cuda, got none; .*--device cpu$"):
        placed(TooLarge(), "cuda")
