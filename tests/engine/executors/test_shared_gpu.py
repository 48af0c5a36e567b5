"""Work side by side on one GPU; neither the GPU nor the processes are there, and what they would do is made believe."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import pytest
import torch

from shiftprobe.core.errors import ResourceError
from shiftprobe.engine.executors import shared_gpu
from shiftprobe.engine.executors.inline import Inline
from shiftprobe.engine.executors.shared_gpu import SharedGpu
from shiftprobe.models import sharing
from shiftprobe.models.sharing import CONTEXT, CrowdedError

FREE = 10 * (CONTEXT + 2**30)


class Pool(Inline[Any]):
    """Stands in for processes: one after the other, each pool with its own word on whether it shares the device."""

    opened: ClassVar[list[int]] = []
    closed: ClassVar[list[object]] = []

    def __init__(self, shared: Any, threads: int, workers: int, first: Callable[[], None] | None = None) -> None:
        super().__init__(shared, threads)
        self._first = first
        Pool.opened.append(workers)

    def __exit__(self, kind: object = None, *_: object) -> None:
        Pool.closed.append(kind)

    def map(self, work: Callable[[Any, Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
        sharing._mine.clear()
        if self._first is not None:
            self._first()
        yield from super().map(work, tasks)


@pytest.fixture(autouse=True)
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    Pool.opened.clear()
    Pool.closed.clear()
    monkeypatch.setattr(shared_gpu, "Processes", Pool)
    monkeypatch.setattr(sharing, "_mine", [])
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (FREE, FREE))
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda _: None)


def doubled(shared: list[int], task: int) -> tuple[int, bool]:
    """Even tasks need the device for themselves; whether a task has it is noted."""
    shared.append(task)
    if task % 2 == 0:
        sharing.begin()
        if sharing.shared():
            raise CrowdedError("no room")
    return 2 * task, sharing.shared()


def test_what_finds_no_room_is_done_again_alone_and_said(caplog: pytest.LogCaptureFixture) -> None:
    met: list[int] = []
    with caplog.at_level(logging.WARNING), SharedGpu(met, 1, 10) as gpu:
        found = list(gpu.map(doubled, range(5)))
        assert found == [(2, True), (6, True), (0, False), (4, False), (8, False)]
        assert met == [0, 1, 2, 3, 4, 0, 2, 4]
        assert Pool.opened == [10, 1]
        assert Pool.closed == [None, None]  # those who share first: idle ones keep their memory
        assert list(gpu.map(doubled, [1])) == [(2, True)]
    assert Pool.opened == [10, 1, 10]
    assert len(Pool.closed) == 3
    assert caplog.messages == [
        "no room beside others on the GPU for 3 cells, done again one at a time; fewer --workers spare the attempt"
    ]


def test_where_everything_finds_room_one_pool_does_it_all(caplog: pytest.LogCaptureFixture) -> None:
    with SharedGpu(list[int](), 1, 2) as gpu:
        assert [one for one, _ in gpu.map(doubled, [1, 3])] == [2, 6]
        assert [one for one, _ in gpu.map(doubled, [5])] == [10]
    assert (Pool.opened, len(Pool.closed), caplog.messages) == ([2], 1, [])


def fail(_: list[int], task: int) -> int:
    raise KeyError(task)


def test_a_fault_stops_the_others_at_once() -> None:
    with pytest.raises(KeyError), SharedGpu([0], 1, 2) as gpu:
        list(gpu.map(fail, [7]))
    assert Pool.closed == [KeyError]


def test_more_processes_than_there_is_memory_are_refused_in_one_line() -> None:
    with (
        pytest.raises(
            ResourceError, match=r"^--workers: 20 processes leave each other no memory of the GPU; use fewer$"
        ),
        SharedGpu([0], 1, 20) as gpu,
    ):
        list(gpu.map(fail, [7]))
    assert Pool.opened == []
