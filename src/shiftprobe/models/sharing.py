"""One GPU that several processes share: each has a part of its memory, and work that needs more is done again alone.

How many share it moves no byte: where a process of several was refused memory, whatever it computed since is thrown
away (cuDNN takes another algorithm in silence when the first finds no room), and nobody looks in smaller batches.
"""

from dataclasses import dataclass

import torch

from shiftprobe.core.errors import ResourceError, RunError, ShiftprobeError

CONTEXT = 2**30
"""Bytes that CUDA and its libraries take of a device in every process, beside what is computed there; with room."""


class CrowdedError(ResourceError):
    """Work that found no room beside that of other processes on the same GPU."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What a process may take where others share the device."""

    size: int  # bytes
    refused: int  # how often memory had been refused when its task began


_mine: list[_Part] = []  # of this process; none where it has the device for itself


def part_of(processes: int) -> int:
    """The bytes of the GPU that each of several processes may fill; 0 or less where there is no room for so many."""
    torch.cuda.empty_cache()  # what the estimate before a run used
    free: int = torch.cuda.mem_get_info()[0]
    return free // processes - CONTEXT


def size_of(part: float) -> int:
    """The bytes of the GPU that a process may fill which is given a part of it."""
    total: int = torch.cuda.mem_get_info()[1]
    return max(0, int(part * total) - CONTEXT)


def share(size: int) -> None:
    """From now on this process may fill so many bytes of the GPU, and others have the rest."""
    total = torch.cuda.mem_get_info()[1]
    torch.cuda.set_per_process_memory_fraction(size / total)
    _mine[:] = [_Part(size, _refusals())]


def begin() -> None:
    """A task begins: what was refused to the one before it is forgotten, and its memory given back."""
    if _mine:
        torch.cuda.empty_cache()
        _mine[:] = [_Part(_mine[0].size, _refusals())]


def room() -> int:
    """Bytes of the GPU that this process may still fill."""
    free: int = torch.cuda.mem_get_info()[0]
    return min([free, *(one.size - torch.cuda.memory_reserved() for one in _mine)])


def check_room() -> None:
    """Refuse to keep what was computed while memory was refused.

    Raises:
        CrowdedError: where other processes share the GPU and this task was refused any of it.
    """
    if _mine and _refusals() > _mine[0].refused:
        raise CrowdedError("memory of the GPU was refused to one of the processes that share it; use fewer --workers")


def no_room(told: str, kind: type[ShiftprobeError] = RunError) -> ShiftprobeError:
    """What to raise where memory ends.

    Args:
        told: one line for whoever has the device for himself.
        kind: the class of that error.
    """
    return CrowdedError(told) if _mine else kind(told)


def shared() -> bool:
    """Whether other processes of this run use the same GPU."""
    return bool(_mine)


def _refusals() -> int:
    return int(torch.cuda.memory_stats().get("num_ooms", 0))
