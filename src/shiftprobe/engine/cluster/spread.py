"""Work on a cluster, as an executor: another process speaks with Ray, and its end is told in one line."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from shiftprobe.engine.cluster.connection import connect
from shiftprobe.engine.cluster.driver import Driver
from shiftprobe.engine.cluster.machines import slots
from shiftprobe.engine.cluster.tasks import Machines
from shiftprobe.engine.executors.base import RunSite

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

_joined: list[Machines[Any]] = []  # in the process that speaks with Ray


class Cluster(Generic[S]):
    """The machines of a Ray cluster, each cell with its own cores and its part of a GPU.

    Args:
        shared: what every task is given; it is handed over once.
        threads: of each task.
        workers: tasks at once, at most.
        site: the run, and where it is done.
    """

    def __init__(self, shared: S, threads: int, workers: int, site: RunSite) -> None:
        self._given = (shared, threads, workers, site)
        self._driver: Driver | None = None

    def __enter__(self) -> "Cluster[S]":
        """Join the cluster, and look at its machines."""
        self._driver = Driver()
        try:
            self._driver.ask(_join, *self._given)
        except BaseException:
            self.__exit__(BaseException)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Leave the cluster, which ends what was handed out; at once where something went wrong."""
        if self._driver is not None:
            self._driver.end(at_once=kind is not None)
        self._driver = None

    def map(self, work: Callable[[S, T], R], tasks: Sequence[T]) -> Iterator[R]:
        """Results in the order they are ready; those that found no room on a GPU beside others come last.

        Raises:
            ResourceError: when workers died under one task again and again, or the head is gone.
        """
        if self._driver is not None:
            yield from self._driver.stream(_results, work, list(tasks))


def slots_at(site: RunSite, threads: int, cpus: int) -> int:
    """How many cells a cluster does at once.

    Args:
        site: the run, and where it is done.
        threads: of a cell.
        cpus: of a cluster that is started here.
    """
    driver, found = Driver(), 0
    try:
        found = int(driver.ask(_slots, site, threads, cpus))
    finally:
        driver.end(at_once=not found)
    return found


def start_at(site: RunSite) -> Callable[..., Cluster[Any]]:
    """Makes clusters for a run."""
    return partial(Cluster, site=site)


def _slots(site: RunSite, threads: int, cpus: int) -> Iterator[int]:
    connect(site.placement.address, cpus)
    yield slots(site, threads)


def _join(shared: Any, threads: int, workers: int, site: RunSite) -> Iterator[bool]:
    _joined[:] = [Machines(shared, threads, workers, site).__enter__()]
    yield True


def _results(work: Callable[[Any, Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
    yield from _joined[0].map(work, tasks)
