"""Work side by side in fresh processes, each with its share of threads."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from typing import Any, Generic, TypeVar

from shiftprobe.core.errors import ResourceError
from shiftprobe.engine.executors.base import EXECUTORS, Demand, Engine
from shiftprobe.engine.executors.threads import environment, limited

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

_PR_SET_PDEATHSIG = 1  # of Linux, see prctl(2)
_here: list[tuple[Any, int]] = []  # what this worker process was started with: what all tasks share, and its threads


class Processes(Generic[S]):
    """A pool of processes; what all tasks share is handed over once, at the start.

    Processes are spawned, never forked: a forked torch may wait for ever for threads it does not have.

    Args:
        shared: what every task is given.
        threads: of each process.
        workers: processes.
        first: called once in each process before its first task, with the number of the process from 0; a function
            that can be pickled.
    """

    def __init__(self, shared: S, threads: int, workers: int, first: Callable[[int], None] | None = None) -> None:
        self._threads = threads
        context = get_context("spawn")
        self._pool = ProcessPoolExecutor(
            workers,
            context,
            initializer=_enter,
            initargs=(shared, threads, os.getpid(), first, context.Value("i", 0)),
        )

    def __enter__(self) -> "Processes[S]":
        """Workers start when the first task comes."""
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Wait for the workers, or stop them at once when something went wrong."""
        if kind is not None:
            for process in list((self._pool._processes or {}).values()):  # noqa: SLF001 - no public way before 3.14
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def map(self, work: Callable[[S, T], R], tasks: Sequence[T]) -> Iterator[R]:
        """Results in the order they are ready.

        Raises:
            ResourceError: when a worker was killed, as the kernel does when memory runs out.
        """
        with environment(self._threads):
            futures = [self._pool.submit(_do, work, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            raise ResourceError(
                "a worker process was killed, as happens when memory runs out; use fewer --workers and run the "
                "same command again: what is finished is kept"
            ) from None


def _enter(shared: Any, threads: int, parent: int, first: Callable[[int], None] | None, entered: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent answers Ctrl-C and stops us
    end_with_parent()
    _here.append((shared, threads))
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    if first is not None:
        with entered.get_lock():
            number, entered.value = entered.value, entered.value + 1
        first(number)


def end_with_parent() -> None:
    """Where the system can, it kills us when the parent is killed, whatever we are at."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _leave_with(parent: int) -> None:
    """A parent that was killed cannot say so: an orphan sees that it has another one."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _do(work: Callable[[Any, T], R], task: T) -> R:
    ((shared, threads),) = _here
    with limited(threads):
        return work(shared, task)


def _suits(demand: Demand) -> bool:
    asked = demand.executor == "processes"
    return (demand.workers > 1 or asked) and demand.device == "cpu" and not demand.in_memory


EXECUTORS.add(
    Engine(name="processes", about="side by side in processes of their own", rank=1, suits=_suits, start=Processes)
)
