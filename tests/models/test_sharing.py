"""Processes that share a GPU. The GPU is made believe: what torch would say of its memory is said by the test."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from shiftprobe.core.errors import ResourceError, RunError
from shiftprobe.models import sharing
from shiftprobe.models.extract import extract
from shiftprobe.models.placing import placed
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sharing import CONTEXT, CrowdedError

TOTAL = 80 * 2**30


@dataclass
class Device:
    """What a GPU says of its memory."""

    free: int = TOTAL
    reserved: int = 0
    refused: int = 0
    emptied: int = 0
    fractions: list[float] = field(default_factory=list)

    def empty(self) -> None:
        self.emptied += 1


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Device:
    device = Device()
    monkeypatch.setattr(sharing, "_mine", [])
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (device.free, TOTAL))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: device.reserved)
    monkeypatch.setattr(torch.cuda, "memory_stats", lambda: {"num_ooms": device.refused})
    monkeypatch.setattr(torch.cuda, "empty_cache", device.empty)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", device.fractions.append)
    return device


def test_parts_and_contexts_fill_what_is_free_and_no_more(gpu: Device) -> None:
    gpu.free = 40 * 2**30
    for processes in (1, 3, 16):
        assert processes * (sharing.part_of(processes) + CONTEXT) <= gpu.free
        assert processes * (sharing.part_of(processes) + CONTEXT + 1) > gpu.free - processes
    assert sharing.part_of(40) == 0
    assert sharing.part_of(64) < 0


def test_a_process_fills_its_part_whatever_else_is_free(gpu: Device) -> None:
    assert sharing.room() == TOTAL
    sharing.share(10 * 2**30)
    assert gpu.fractions == [0.125]
    gpu.reserved = 3 * 2**30
    assert sharing.room() == 7 * 2**30
    gpu.free = 2**30
    assert sharing.room() == 2**30


def test_what_was_computed_while_memory_was_refused_is_not_kept(gpu: Device) -> None:
    gpu.refused = 2
    sharing.check_room()  # alone: cuDNN's choice is that of every other run on this device
    sharing.share(2**30)
    sharing.check_room()
    gpu.refused = 3
    with pytest.raises(CrowdedError, match="use fewer --workers"):
        sharing.check_room()
    sharing.begin()
    sharing.check_room()
    assert gpu.emptied == 1


class Hungry(nn.Module):
    """Never finds room for more than 4 images."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def forward(self, images: Tensor) -> Tensor:
        self.sizes.append(len(images))
        if len(images) > 4:
            raise torch.OutOfMemoryError
        return images.flatten(1)[:, :3]


@pytest.mark.usefixtures("gpu")
def test_a_look_beside_others_never_takes_smaller_batches() -> None:
    def look(model: nn.Module) -> None:
        images = np.zeros((20, 8, 8, 1), np.uint8)
        extract(model, images, np.zeros(20, np.int64), Preprocess(8, 1, (0.5,), (0.5,)), taps=(), head="")

    alone, beside = Hungry(), Hungry()
    look(alone)
    sharing.share(2**30)
    with pytest.raises(CrowdedError):
        look(beside)
    assert alone.sizes == [20, 20, 16, 8, 4, 4, 4, 4, 4]  # batches of 64, 32, 16, 8 and at last 4
    assert beside.sizes == [20]


class TooLarge(nn.Module):
    def to(self, *_: object, **__: object) -> "TooLarge":
        raise torch.OutOfMemoryError


@pytest.mark.usefixtures("gpu")
def test_whoever_has_the_device_alone_is_told_and_whoever_shares_it_is_tried_again() -> None:
    assert type(sharing.no_room("x")) is RunError
    assert type(sharing.no_room("x", ResourceError)) is ResourceError
    assert not sharing.shared()
    sharing.share(2**30)
    assert type(sharing.no_room("x")) is CrowdedError
    assert sharing.shared()
    with pytest.raises(CrowdedError):
        placed(TooLarge(), "cuda")
