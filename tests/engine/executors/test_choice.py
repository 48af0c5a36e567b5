"""Which executor does the work."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.tiny import register, tiny_plan

from shiftprobe.engine.execute import executor
from shiftprobe.engine.executors import EXECUTORS, Demand, Engine, Executor
from shiftprobe.engine.executors.base import suited
from shiftprobe.engine.executors.inline import Inline
from shiftprobe.engine.executors.processes import Processes
from shiftprobe.engine.executors.shared_gpu import SharedGpu
from shiftprobe.models.build import build

MANY = Demand(workers=2, device="cpu", in_memory=False)


@pytest.mark.parametrize(
    ("demand", "name"),
    [
        (MANY, "processes"),
        (replace(MANY, workers=1), "inline"),
        (replace(MANY, device="cuda"), "shared_gpu"),
        (replace(MANY, device="cuda", workers=1), "inline"),
        (replace(MANY, device="cuda", in_memory=True), "inline"),
        (replace(MANY, device="mps"), "inline"),
        (replace(MANY, in_memory=True), "inline"),
    ],
)
def test_processes_need_several_workers_a_device_that_can_be_shared_and_a_network_that_can_be_sent(
    demand: Demand, name: str
) -> None:
    assert suited(demand).name == name


def test_one_of_ones_own_does_the_work_where_it_suits(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Engine(
        name="mine", about="mine", rank=2, suits=lambda demand: demand.workers > 8, start=EXECUTORS["inline"].start
    )
    register(monkeypatch, EXECUTORS, mine)
    assert suited(replace(MANY, workers=9)) is mine
    assert suited(MANY).name == "processes"


def test_a_run_is_given_the_one_that_suits_it(tmp_path: Path) -> None:
    setup = tiny_plan(tmp_path).setup
    for some, workers, kind in (
        (setup, 1, Inline),
        (setup, 2, Processes),
        (replace(setup, device="cuda"), 1, Inline),
        (replace(setup, device="cuda"), 2, SharedGpu),
        (replace(setup, module=build("small_cnn", classes=10, channels=1, size=8, seed=0)), 2, Inline),
    ):
        chosen: Executor[object] = executor(some, workers)
        assert isinstance(chosen, kind)
        with chosen:
            pass
