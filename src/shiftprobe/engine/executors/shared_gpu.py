"""Work side by side on one GPU: small networks leave it idle while a single process prepares the next step."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from shiftprobe.core.errors import ResourceError
from shiftprobe.core.words import counted
from shiftprobe.engine.executors.base import EXECUTORS, Demand, Engine
from shiftprobe.engine.executors.processes import Processes

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a task: its result, or that it found no room beside the others."""

    place: int  # among the tasks
    result: Any = None
    crowded: bool = False


class SharedGpu(Generic[S]):
    """Processes that share a GPU, each with its part of the memory; what does not fit there is done again alone.

    Results are those of one process, whatever the number: see `models.sharing`.

    Raises:
        ResourceError: when so many processes leave none of them any memory.
    """

    def __init__(self, shared: S, threads: int, workers: int) -> None:
        self._shared, self._threads, self._workers = shared, threads, workers
        self._pool: Processes[S] | None = None

    def __enter__(self) -> "SharedGpu[S]":
        """Processes start when the first task comes."""
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        """Wait for them, or stop them at once when something went wrong."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.__exit__(kind, *rest)

    def map(self, work: Callable[[S, T], R], tasks: Sequence[T]) -> Iterator[R]:
        """Results in the order they are ready; those of tasks that need the GPU for themselves come last."""
        if self._pool is None:
            self._pool = Processes(self._shared, self._threads, self._workers, partial(_share, _part(self._workers)))
        alone = []
        for done in self._pool.map(_tried, [(work, place, task) for place, task in enumerate(tasks)]):
            if done.crowded:
                alone.append(tasks[done.place])
            else:
                yield done.result
        if alone:
            logger.warning(
                "no room beside others on the GPU for %s, done again one at a time; fewer --workers spare the attempt",
                counted(len(alone), "cell"),
            )
            self.__exit__(None)  # idle processes keep their memory
            with Processes(self._shared, self._threads, 1) as single:
                yield from single.map(work, alone)


def _part(workers: int) -> int:
    from shiftprobe.models.sharing import part_of

    size = part_of(workers)
    if size <= 0:
        raise ResourceError(f"--workers: {workers} processes leave each other no memory of the GPU; use fewer")
    return size


def _share(size: int) -> None:
    from shiftprobe.models.sharing import share

    share(size)


def _tried(shared: Any, what: tuple[Callable[[Any, Any], Any], int, Any]) -> _Done:
    from shiftprobe.models import sharing

    work, place, task = what
    sharing.begin()
    try:
        return _Done(place, work(shared, task))
    except sharing.CrowdedError:
        return _Done(place, crowded=True)


def _suits(demand: Demand) -> bool:
    return demand.workers > 1 and demand.device == "cuda" and not demand.in_memory


EXECUTORS.add(
    Engine(name="shared_gpu", about="side by side in processes that share a GPU", rank=1, suits=_suits, start=SharedGpu)
)
