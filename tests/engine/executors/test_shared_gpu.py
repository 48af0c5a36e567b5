"""Work side by side on one GPU; neither the GPU nor the processes are there, and what they would do is made believe."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import pytest
import torch

from shiftprobe.core.errors import ResourceError, SpecError
from shiftprobe.engine.device import device_for, gpus_of
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

    def __init__(self, shared: Any, threads: int, workers: int, first: Callable[[int], None] | None = None) -> None:
        super().__init__(shared, threads)
        self._first = first
        Pool.opened.append(workers)

    def __exit__(self, kind: object = None, *_: object) -> None:
        Pool.closed.append(kind)

    def map(self, work: Callable[[Any, Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
        sharing._mine.clear()
        if self._first is not None:
            self._first(0)
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


def test_processes_take_turns_at_the_gpus_and_share_the_memory_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    seen, size = [], shared_gpu._part(2)
    for number in range(4):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
        shared_gpu._begin(size, 2, number)
        seen.append((os.environ["CUDA_VISIBLE_DEVICES"], sharing._mine[0].size))
    assert [gpu for gpu, _ in seen] == ["4", "7", "4", "7"]
    assert {part for _, part in seen} == {FREE // 2 - CONTEXT}
    with SharedGpu[list[int]]([], 1, 4, gpus=2) as pool:
        assert sorted(pool.map(doubled, [1, 3])) == [(2, True), (6, True)]
    assert sharing._mine[0].size == FREE // 2 - CONTEXT


def test_several_gpus_are_named_and_the_others_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    assert device_for("cuda:1,3") == "cuda"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "1,3"
    assert (gpus_of("cuda:1,3"), gpus_of("cuda:1"), gpus_of("cuda"), gpus_of("cpu")) == (2, 1, 1, 1)
    with pytest.raises(SpecError, match="wanted cuda:4, but torch finds cuda:0 to cuda:3"):
        device_for("cuda:1,4")
