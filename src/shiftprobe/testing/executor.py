"""The promises of an executor."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing import active_children
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from shiftprobe.testing.broken import ContractError, require

if TYPE_CHECKING:
    from shiftprobe.engine.executors import Executor
    from shiftprobe.engine.executors.base import Start

WORKERS, THREADS = 2, 1
TASKS = tuple(range(6))
TRAININGS = (11, 12)
MOMENT = 0.1  # s that a task lasts, so that two of them would meet

_busy: list[int] = []  # tasks under way in this process


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    folder: str
    counts: tuple[int, ...] = (3, 1, 4)


class _Seen(NamedTuple):
    task: int
    shared: str
    threads: int
    alone: bool


def check_executor(start: "Start") -> None:
    """Hold an executor to its promises, with two workers of one thread; a minute at most where processes are slow.

    Args:
        start: makes it: `EXECUTORS["mine"].start`.

    Raises:
        ContractError: when a promise is broken; the message says which.
    """
    import torch

    from shiftprobe.engine.executors.inline import Inline
    from shiftprobe.engine.executors.threads import limited

    with TemporaryDirectory() as folder, limited(torch.get_num_threads()):
        shared = _Shared(folder=folder)
        settings, children = _settings(), set(active_children())
        try:
            with start(shared, THREADS, WORKERS) as executor:
                _check_tasks(executor, shared)
                there = sorted(executor.map(_train, TRAININGS))
                nothing = list(executor.map(_train, ()))
            _check_error(start, shared)
        finally:
            _busy.clear()
        _require(not nothing, f"no task gives no result, got {len(nothing)}")
        with Inline(shared, THREADS) as inline:
            here = sorted(inline.map(_train, TRAININGS))
        _require(there == here, "a training must give the bytes that it gives in one process, and gives others")
        _require(
            _settings() == settings,
            "leaving its block must leave thread counts as they were, those in the environment too",
        )
        _require(set(active_children()) <= children, "leaving its block must leave no process behind")


def _require(kept: object, promise: str) -> None:
    require(kept, "executor", promise)


def _check_tasks(executor: "Executor[_Shared]", shared: _Shared) -> None:
    """Each once, alone in its process, as it was handed over; and again in the same block."""
    for number, tasks in enumerate((TASKS, TASKS[:2])):
        results = list(executor.map(_look, [(number, task) for task in tasks]))
        _check_once("a result", [one.task for one in results], tasks)
        done = Path(shared.folder, str(number)).read_text("ascii").split()
        _check_once("done", [int(task) for task in done], tasks)
        alone = all(one.alone for one in results)
        _require(alone, "a process must do one task at a time, and some were at work beside each other in one")
        threads = {one.threads for one in results}
        _require(threads == {THREADS}, f"each task must begin with {THREADS} thread, got {sorted(threads)}")
        same = {one.shared for one in results} == {repr(shared)}
        _require(same, "each task must be given the shared object as it was handed over")


def _check_once(what: str, got: Iterable[int], tasks: Iterable[int]) -> None:
    wanted, found = sorted(tasks), sorted(got)
    _require(found == wanted, f"each task must be {what} once, wanted {wanted}, got {found}")


def _check_error(start: "Start", shared: _Shared) -> None:
    try:
        with start(shared, THREADS, WORKERS) as executor:
            list(executor.map(_fail, [1]))
    except KeyError as error:
        _require(error.args == (1,), f"an error of a task must come out as it was raised, got {error!r}")
        return
    except Exception as error:
        told = f"an error of a task must come out as it was raised, a KeyError, got {type(error).__name__}: {error}"
        raise ContractError(f"executor: {told}") from error
    raise ContractError("executor: an error of a task must come out, and does not")


def _look(shared: _Shared, place: tuple[int, int]) -> _Seen:
    """Set what belongs to the process, wait, and look whether it is still there."""
    import torch

    number, task = place
    with Path(shared.folder, str(number)).open("a", encoding="ascii") as file:
        file.write(f"{task}\n")
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        _busy.append(task)
        torch.manual_seed(task)
        time.sleep(MOMENT)
        alone = _busy == [task] and torch.initial_seed() == task
        _busy.remove(task)
    torch.set_num_threads(THREADS + 1)  # the next one must not begin with this
    return _Seen(task, repr(shared), threads, alone)


def _train(_: _Shared, seed: int) -> tuple[int, str]:
    """The weights of a small training with dropout, which draws from the stream of the process."""
    import torch
    from torch import nn

    from shiftprobe import data
    from shiftprobe.models.formats.checkpoint import state_digest
    from shiftprobe.models.preprocess import Preprocess
    from shiftprobe.spec.recipe import Recipe
    from shiftprobe.train.loop import fit
    from shiftprobe.train.pixels import Labelled

    digits = data.load("digits:uci", Path())
    preprocess = Preprocess.fit(digits.images[:40])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 10))
    some = Labelled(preprocess.images(digits.images[:40]), digits.labels[:40])
    fit(model, some, preprocess, Recipe(epochs=1, batch=8), seed=seed, device="cpu")
    return seed, state_digest(model.state_dict())


def _fail(_: _Shared, task: int) -> int:
    raise KeyError(task)


def _settings() -> list[object]:
    import torch

    from shiftprobe.engine.executors.threads import VARIABLES

    return [torch.get_num_threads(), *(os.environ.get(name) for name in VARIABLES)]
