"""Tasks handed to a cluster, few at a time; a worker that dies costs what it was at, and nothing else."""

import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from shiftprobe.core.errors import ResourceError
from shiftprobe.core.escape import escape
from shiftprobe.engine.cluster.connection import check_head, connect, leave, ray
from shiftprobe.engine.cluster.machines import check_machines, slots
from shiftprobe.engine.executors.base import RunSite
from shiftprobe.engine.executors.shared_gpu import TaskDone, beside_others, share
from shiftprobe.engine.executors.threads import limited

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

RETRIES = 3  # of a task whose worker or machine died; an error of its own is not tried again
AHEAD = 2  # tasks handed out for each that can be done, so that no worker waits for us
LOOKED = 5.0  # s after which we look whether the head is still there
_here: dict[str, object] = {}  # in a worker process: what all its tasks share, by reference


class Machines(Generic[S]):
    """The machines of a Ray cluster, in the process that speaks with it.

    Args:
        shared: what every task is given; it is handed over once.
        threads: of each task.
        workers: tasks at once, at most.
        site: the run, and where it is done.
    """

    def __init__(self, shared: S, threads: int, workers: int, site: RunSite) -> None:
        self._shared, self._threads, self._workers, self._site = shared, threads, workers, site
        self._kept: Any = None

    def __enter__(self) -> "Machines[S]":
        """Join the cluster, and look at its machines."""
        connect(self._site.placement.address, self._threads * self._workers)
        check_machines(self._site, self._threads)
        # pickled here: what a store hands out cannot be written to
        self._kept = ray().put(pickle.dumps(self._shared, protocol=pickle.HIGHEST_PROTOCOL))
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the cluster, which ends what was handed out."""
        self._kept = None
        leave()

    def map(self, work: Callable[[S, T], R], tasks: Sequence[T]) -> Iterator[R]:
        """Results in the order they are ready; those that found no room on a GPU beside others come last.

        Raises:
            ResourceError: when workers died under one task again and again, or the head is gone.
        """
        alone = []
        for done in self._done(work, tasks, self._gpus):
            if done.crowded:
                alone.append(tasks[done.place])
            else:
                yield done.result
        for done in self._done(work, alone, 1.0):
            yield done.result

    @property
    def _gpus(self) -> float:
        return (self._site.placement.gpus_per_cell or 1.0) if self._site.device.startswith("cuda") else 0.0

    def _done(self, work: Callable[[S, T], R], tasks: Sequence[T], gpus: float) -> Iterator[TaskDone]:
        module = ray()
        task = module.remote(num_cpus=self._threads, num_gpus=gpus, max_retries=RETRIES, retry_exceptions=False)(_do)
        how = _How(self._threads, gpus, str(Path.cwd()))
        waiting, running = deque(enumerate(tasks)), set[Any]()
        most = min(AHEAD * slots(self._site, self._threads), self._workers)
        while waiting or running:
            while waiting and len(running) < most:
                running.add(task.remote([self._kept], how, work, *waiting.popleft()))
            ready, _ = module.wait(list(running), num_returns=1, timeout=LOOKED)
            for one in ready:
                running.remove(one)
                yield _result(module, one)
            if not ready:
                check_head(module)


class _How(NamedTuple):
    """What a task is given beside its work."""

    threads: int
    gpus: float
    folder: str  # that relative paths start from


def _result(module: Any, reference: Any) -> TaskDone:
    """What became of a task; its own error as it was raised there."""
    try:
        done: TaskDone = module.get(reference)
    except module.exceptions.RayTaskError as error:
        raise error.cause from None
    except module.exceptions.RayError as error:
        told = escape(str(error).strip().partition("\n")[0], 200)
        raise ResourceError(
            f"a worker or a machine of the cluster died {RETRIES + 1} times under one cell ({told}); give machines "
            "more memory, then run the same command again: what is finished is kept"
        ) from None
    return done


def _do(kept: Sequence[Any], how: _How, work: Callable[[Any, T], Any], place: int, task: T) -> TaskDone:
    """On a machine of the cluster: one task, as it would be done in one process."""
    with suppress(OSError):
        os.chdir(how.folder)
    if 0 < how.gpus < 1:
        share(how.gpus)
    with limited(how.threads):
        return beside_others(_shared(kept[0]), (work, place, task))


def _shared(reference: Any) -> Any:
    """What all tasks share: fetched once in a process."""
    name = reference.hex()
    if name not in _here:
        _here.clear()
        _here[name] = pickle.loads(ray().get(reference))  # noqa: S301 - our own driver's bytes; whoever reaches a Ray
        # port runs code anyway (docs/scale.md)
    return _here[name]
