"""Work done here and now, one task after the other."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from shiftprobe.engine.executors.base import EXECUTORS, Engine
from shiftprobe.engine.executors.threads import limited

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")


class Inline(Generic[S]):
    """The executor for one core, a GPU, or a model that lives in this process."""

    def __init__(self, shared: S, threads: int) -> None:
        self._shared, self._threads = shared, threads

    def __enter__(self) -> "Inline[S]":
        """Nothing to start."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to stop."""

    def map(self, work: Callable[[S, T], R], tasks: Sequence[T]) -> Iterator[R]:
        """Results in the order they are ready, which is the order of the tasks."""
        for task in tasks:
            with limited(self._threads):
                result = work(self._shared, task)
            yield result


def _start(shared: S, threads: int, workers: int) -> Inline[S]:  # noqa: ARG001 - the seam
    return Inline(shared, threads)


EXECUTORS.add(
    Engine(name="inline", about="one task after the other in this process", rank=0, suits=lambda _: True, start=_start)
)
