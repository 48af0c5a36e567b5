import fcntl
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from shiftprobe.core.errors import ResourceError
from shiftprobe.engine.executors.inline import Inline
from shiftprobe.engine.executors.processes import Processes
from shiftprobe.engine.executors.threads import environment, limited

PATIENCE = 30.0  # s, on a machine that is busy


def measure(shared: float, task: int) -> tuple[int, float, int, str, int]:
    """Something that a thread count could move, and where it was done."""
    import torch

    draws = np.random.default_rng(task).normal(size=(40, 40))
    norm = float(np.linalg.norm(draws @ draws.T) * shared)
    return task, norm, torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS", ""), os.getpid()


def fail(_: object, task: int) -> int:
    raise KeyError(task)


def die(_: object, task: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return task


def test_processes_give_what_one_process_gives() -> None:
    with Inline(2.0, 1) as inline:
        here = list(inline.map(measure, range(5)))
    with Processes(2.0, 1, 2) as pool:
        there = sorted(pool.map(measure, range(5)))
    assert not multiprocessing.active_children()  # whoever leaves the block leaves no worker behind
    assert [one[:3] for one in there] == [one[:3] for one in here]
    assert {one[3] for one in there} == {"1"}
    assert os.getpid() not in {one[4] for one in there}
    assert {one[4] for one in here} == {os.getpid()}


def test_a_fault_in_a_task_is_the_callers() -> None:
    with pytest.raises(KeyError, match="7"), Inline(None, 1) as inline:
        list(inline.map(fail, [7]))
    with pytest.raises(KeyError, match="7"), Processes(None, 1, 1) as pool:
        list(pool.map(fail, [7]))


def test_a_killed_worker_is_a_resource_error() -> None:
    with (
        pytest.raises(ResourceError, match=r"a worker process was killed.*use fewer --workers.*finished is kept"),
        Processes(None, 1, 1) as pool,
    ):
        list(pool.map(die, [0]))


def hold(folder: Path, task: int) -> None:
    """Hold a file's lock, which the kernel frees when this process ends, and stay."""
    with (folder / f"{task}").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        (folder / f"{task}.held").touch()
        time.sleep(120)


def use_for_ever(folder: Path) -> None:
    with Processes(folder, 1, 1) as pool:
        list(pool.map(hold, [0]))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """A long wait is a failure, not a hang."""

    def late(*_: object) -> None:
        raise TimeoutError(f"not within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def wait_until_gone(file: Path) -> None:
    with file.open("a") as mine:
        fcntl.flock(mine, fcntl.LOCK_EX)


SCRIPT = """
if __name__ == "__main__":
    import sys, pathlib
    sys.path[:0] = [{here!r}]
    from test_processes import use_for_ever
    use_for_ever(pathlib.Path({folder!r}))
"""


def test_workers_leave_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(here=str(Path(__file__).parent), folder=str(tmp_path)))
    with subprocess.Popen([sys.executable, str(script)]) as parent, within(2 * PATIENCE):
        while not (tmp_path / "0.held").exists():
            assert parent.poll() is None
            time.sleep(0.05)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        wait_until_gone(tmp_path / "0")


def fail_or_hold(folder: Path, task: int) -> None:
    """Task 0 fails once task 1 is in the midst of something long."""
    if task:
        hold(folder, task)
    while not (folder / "1.held").exists():
        time.sleep(0.02)
    raise KeyError(task)


def test_a_fault_stops_the_other_workers_at_once(tmp_path: Path) -> None:
    with within(2 * PATIENCE):
        with pytest.raises(KeyError), Processes(tmp_path, 1, 2) as pool:
            list(pool.map(fail_or_hold, [0, 1]))
        wait_until_gone(tmp_path / "1")


def test_inline_gives_a_result_before_it_begins_the_next() -> None:
    begun: list[int] = []

    def work(_: object, task: int) -> int:
        begun.append(task)
        return task

    with Inline(None, 1) as inline:
        results = inline.map(work, [1, 2, 3])
        assert next(results) == 1
        assert begun == [1]


def test_thread_counts_hold_inside_and_return_after(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    monkeypatch.setenv(names[0], "5")
    monkeypatch.delenv(names[1], raising=False)
    before = torch.get_num_threads()
    with suppress(KeyError), environment(3), limited(before + 1):
        assert {os.environ[name] for name in names} == {"3"}
        assert torch.get_num_threads() == before + 1
        raise KeyError
    assert torch.get_num_threads() == before
    assert os.environ[names[0]] == "5"
    assert names[1] not in os.environ
