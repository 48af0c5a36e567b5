"""Work side by side on one GPU: small networks leave it idle while a single process prepares the next step."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from shiftprobe.core.errors import ResourceError
from shiftprobe.core.words import counted
from shiftprobe.engine.device import show_only
from shiftprobe.engine.executors.base import EXECUTORS, Demand, Engine, RunSite, Start
from shiftprobe.engine.executors.processes import Processes

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TaskDone:
    """What became of a task: its result, or that it found no room beside the others."""

    place: int  # among the tasks
    result: Any = None
    crowded: bool = False


class SharedGpu(Generic[S]):
    """Processes that share GPUs, each with its part of the memory; what finds no room there is done again alone.

    Results are those of one process, whatever the number: see `models.sharing`.

    Raises:
        ResourceError: when so many processes leave none of them any memory.
    """

    def __init__(self, shared: S, threads: int, workers: int, gpus: int = 1) -> None:
        self._shared, self._threads, self._workers, self._gpus = shared, threads, workers, gpus
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
            size = _part(-(-self._workers // self._gpus))
            self._pool = Processes(self._shared, self._threads, self._workers, partial(_begin, size, self._gpus))
        alone = []
        for done in self._pool.map(beside_others, [(work, place, task) for place, task in enumerate(tasks)]):
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


def _begin(size: int, gpus: int, number: int) -> None:
    """In a process: its GPU, and its part of it."""
    if gpus > 1:
        show_only([number % gpus])
    _fill(size)


def _fill(size: int) -> None:
    from shiftprobe.models.sharing import share as fill

    fill(size)


def share(part: float) -> None:
    """From now on this process may fill so large a part of its GPU."""
    from shiftprobe.models.sharing import size_of

    _fill(size_of(part))


def beside_others(shared: Any, what: tuple[Callable[[Any, Any], Any], int, Any]) -> TaskDone:
    """A task, its place among all and its result; or that it found no room beside others."""
    from shiftprobe.models import sharing

    work, place, task = what
    sharing.begin()
    try:
        return TaskDone(place, work(shared, task))
    except sharing.CrowdedError:
        return TaskDone(place, crowded=True)


def _at(site: RunSite) -> Start:
    return partial(SharedGpu, gpus=site.gpus)


def _suits(demand: Demand) -> bool:
    return demand.workers > 1 and demand.device == "cuda" and not demand.in_memory


EXECUTORS.add(
    Engine(
        name="shared_gpu",
        about="side by side in processes that share a GPU",
        rank=1,
        suits=_suits,
        start=SharedGpu,
        at=_at,
    )
)
