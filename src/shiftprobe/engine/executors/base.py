"""What an executor promises, and the registry that another one adds itself to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

from shiftprobe.core.errors import SpecError
from shiftprobe.core.registry import Registry
from shiftprobe.spec.placement import Placement

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)
T = TypeVar("T")
R = TypeVar("R")


class Executor(Protocol[S_co]):
    """Tasks done with one shared object; `shiftprobe.testing.check_executor` holds one to its promises.

    - Every task is done once, and its result comes out of `map`, in any order.
    - A process does one task at a time: a task sets what belongs to the whole process, such as torch's stream of
      random numbers. Tasks in threads end without an error and with other numbers.
    - Results are those of `Inline`, byte for byte: each task begins with the thread count that the executor was given
      and with the shared object as it was handed over.
    - An error of a task is raised by `map` as it was raised in the task.
    - `map` may be called again within one block. Leaving the block leaves no process and no setting behind.
    """

    def __enter__(self) -> "Executor[S_co]":
        """Start what is needed."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Stop it; at once where something went wrong."""
        ...

    def map(self, work: Callable[[S_co, T], R], tasks: Sequence[T]) -> Iterator[R]:
        """Results as they are ready.

        Args:
            work: a function of a module, so that it can be sent elsewhere; it is given the shared object and a task.
            tasks: what can be pickled.
        """
        ...


class Start(Protocol):
    """Makes an executor; nothing is started before its block is entered."""

    def __call__(self, shared: S, threads: int, workers: int) -> Executor[S]:
        """An executor of so many workers, each task with so many threads."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What decides which executor suits."""

    workers: int  # processes side by side, as many as there is work for
    device: str  # "cpu", "cuda" or "mps"
    in_memory: bool  # whether the network lives in this process alone
    executor: str | None = None  # the one that was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSite:
    """What an executor that works elsewhere must know of the run."""

    placement: Placement
    folder: Path  # which every machine must see
    device: str
    gpus: int = 1  # of this machine, that processes share


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An executor by name; of those that suit, the one of the highest rank does the work."""

    name: str
    about: str
    rank: int  # `inline` has 0, `processes` 1
    suits: Callable[[Demand], bool]
    start: Start
    at: Callable[[RunSite], Start] | None = None  # where the start hangs on the place; None: it is `start` anywhere
    slots: Callable[[RunSite, int], int] | None = None  # cells at once there, of so many threads; None: this machine's


EXECUTORS: Registry[Engine] = Registry("executor")


def suited(demand: Demand) -> Engine:
    """The executor for a demand.

    Raises:
        SpecError: when the one that was asked for cannot do it.
        UnknownNameError: when there is no such executor.
    """
    if demand.executor is not None:
        asked = EXECUTORS[demand.executor]
        if not asked.suits(demand):
            where = "a network in memory" if demand.in_memory else f"device {demand.device}"
            raise SpecError(
                f"--executor {asked.name}: wanted work that it can spread ({asked.about}), got {where}; leave "
                "--executor out"
            )
        return asked
    suiting = (EXECUTORS[name] for name in EXECUTORS if EXECUTORS[name].suits(demand))
    return max(suiting, key=lambda one: one.rank)
