"""An executor's contract: ours keep it, and one that works in threads, loses, repeats or hides does not."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch

from shiftprobe.engine.executors import EXECUTORS, shared_gpu
from shiftprobe.engine.executors.inline import Inline
from shiftprobe.models import sharing
from shiftprobe.testing import ContractError, check_executor

Work = Callable[[Any, Any], Any]


def pretend(size: int) -> None:
    """A process has its part of a GPU that is not there."""
    sharing._mine[:] = [sharing._Part(size, 0)]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in {"shared_gpu", "ray"} else ()) for name in EXECUTORS]
)
def test_every_registered_executor_keeps_its_promises(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not torch.cuda.is_available():
        monkeypatch.setattr(shared_gpu, "_part", lambda _: 2**30)
        monkeypatch.setattr(shared_gpu, "_fill", pretend)
    check_executor(EXECUTORS[name].start)


class Threads(Inline[Any]):
    """What once ran cells side by side in threads: no error, and other numbers in every fourth row."""

    def map(self, work: Work, tasks: Sequence[Any]) -> Iterator[Any]:
        with ThreadPoolExecutor(2) as pool:
            yield from pool.map(lambda task: next(Inline.map(self, work, [task])), tasks)


class Dropping(Inline[Any]):
    def map(self, work: Work, tasks: Sequence[Any]) -> Iterator[Any]:
        yield from super().map(work, tasks[: max(1, len(tasks) - 1)] if tasks else tasks)


class Repeating(Inline[Any]):
    """Does the last task a second time, and gives its result once."""

    def map(self, work: Work, tasks: Sequence[Any]) -> Iterator[Any]:
        yield from super().map(work, tasks)
        list(super().map(work, tasks[-1:]))


class Doubling(Inline[Any]):
    def map(self, work: Work, tasks: Sequence[Any]) -> Iterator[Any]:
        for result in super().map(work, tasks):
            yield result
            yield result


class Swallowing(Inline[Any]):
    def map(self, work: Work, tasks: Sequence[Any]) -> Iterator[Any]:
        for task in tasks:
            try:
                yield from super().map(work, [task])
            except KeyError:
                continue


class Leaving(Inline[Any]):
    """Its block hides what went wrong in it."""

    def __exit__(self, *_: object) -> bool:  # type: ignore[override]
        return True


class Renaming(Inline[Any]):
    def map(self, work: Work, tasks: Sequence[Any]) -> Iterator[Any]:
        try:
            yield from super().map(work, tasks)
        except KeyError as error:
            raise RuntimeError(str(error)) from error


class Unlimited(Inline[Any]):
    """Sets the thread count once, not for each task."""

    def map(self, work: Work, tasks: Sequence[Any]) -> Iterator[Any]:
        torch.set_num_threads(1)
        for task in tasks:
            yield work(self._shared, task)


class Changing(Inline[Any]):
    """Hands a task what the one before has left."""

    def map(self, work: Work, tasks: Sequence[Any]) -> Iterator[Any]:
        for task in tasks:
            yield from super().map(work, [task])
            self._shared = replace(self._shared, counts=(*self._shared.counts, 5))


class Careless(Inline[Any]):
    def __exit__(self, *_: object) -> None:
        os.environ["OMP_NUM_THREADS"] = "7"


class Inexact(Inline[Any]):
    """Computes in another way than everybody else."""

    def map(self, work: Work, tasks: Sequence[Any]) -> Iterator[Any]:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            for task in tasks:
                yield from super().map(lambda shared, task: self.rough(work, shared, task), [task])

    def rough(self, work: Work, shared: Any, task: Any) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return work(shared, task)


class Once(Inline[Any]):
    """Its second map gives nothing."""

    used = False

    def map(self, work: Work, tasks: Sequence[Any]) -> Iterator[Any]:
        used, self.used = self.used, True
        return iter(()) if used else super().map(work, tasks)


BROKEN: dict[type[Inline[Any]], str] = {
    Threads: "a process must do one task at a time",
    Dropping: r"each task must be a result once, wanted \[0, 1, 2, 3, 4, 5\], got \[0, 1, 2, 3, 4\]",
    Repeating: r"each task must be done once, wanted .*, got \[0, 1, 2, 3, 4, 5, 5\]",
    Doubling: r"each task must be a result once, .* got \[0, 0, 1, 1,",
    Once: r"each task must be a result once, wanted \[0, 1\], got \[\]",
    Swallowing: "an error of a task must come out, and does not",
    Leaving: "an error of a task must come out, and does not",
    Renaming: "must come out as it was raised, a KeyError, got RuntimeError: 1",
    Unlimited: r"each task must begin with 1 thread, got \[1, 2\]",
    Changing: "must be given the shared object as it was handed over",
    Careless: "must leave thread counts as they were",
    Inexact: "must give the bytes that it gives in one process",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_promise_is_found_and_named(kind: type[Inline[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    before = torch.get_num_threads()
    with pytest.raises(ContractError, match=BROKEN[kind]) as told:
        check_executor(lambda shared, threads, workers: kind(shared, threads))  # noqa: ARG005 - the seam
    assert str(told.value).startswith("executor: ")
    assert torch.get_num_threads() == before
