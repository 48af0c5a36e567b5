"""How many processes work at once; a GPU's memory is what the test says it is."""

import os
from dataclasses import dataclass, replace

import pytest
import torch
from tests.tiny import tiny_plan

from shiftprobe.core.errors import RunError
from shiftprobe.engine import cost as bills
from shiftprobe.engine import side_by_side
from shiftprobe.engine.cost import cost_of
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.side_by_side import on_gpu, workers_for
from shiftprobe.engine.trying import Tried, tried
from shiftprobe.models.build import build
from shiftprobe.models.sharing import CONTEXT

GIB = 2**30


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return tiny_plan(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def setup(ready: Plan) -> Setup:
    return ready.setup


def test_there_are_never_more_workers_than_cells_nor_fewer_than_one(setup: Setup) -> None:
    assert workers_for(setup, 3, 8) == 3
    assert workers_for(setup, 0, None) == 1
    assert workers_for(setup, 8, 2) == 2
    hungry = replace(
        setup, spec=setup.spec.model_copy(update={"train": setup.spec.train.model_copy(update={"threads": 999})})
    )
    assert workers_for(hungry, 8, None) == 1


def test_what_cannot_be_spread_is_done_by_one(setup: Setup) -> None:
    here = replace(setup, module=build("small_cnn", classes=10, channels=1, size=8, seed=0))
    for one in (here, replace(setup, device="mps"), replace(here, device="cuda")):
        assert workers_for(one, 8, 4) == workers_for(one, 8, None) == 1


@dataclass
class Device:
    """A GPU whose memory one step and one look fill so far."""

    peak: int = GIB
    free: int = 80 * GIB
    asked: tuple[int, int | None] = (0, None)
    done: str = ""


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Device:
    device = Device()

    def pretend(_: Setup, images: int, batch: int | None = None) -> Tried:
        device.asked = (images, batch)

        def work(what: str) -> None:
            device.done += what

        return Tried(training=lambda: work("t"), looking=lambda: work("l"))

    monkeypatch.setattr(side_by_side, "tried", pretend)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(16), raising=False)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (device.free, 80 * GIB))
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda: device.peak)
    for name in ("reset_peak_memory_stats", "empty_cache"):
        monkeypatch.setattr(torch.cuda, name, lambda: None)
    return device


@pytest.mark.parametrize(
    ("peak", "free", "workers"),
    [(GIB, 80, 16), (8 * GIB, 80, 6), (8 * GIB, 24, 1), (79 * GIB, 80, 1), (GIB // 4, 10, 6)],
)
def test_on_a_gpu_as_many_work_as_find_a_core_and_room(
    peak: int, free: int, workers: int, gpu: Device, setup: Setup
) -> None:
    gpu.peak, gpu.free = peak, free * GIB
    there = replace(setup, device="cuda")
    assert workers_for(there, 100, None) == workers
    assert (gpu.asked, gpu.done) == ((256, 40), "tl")  # the batch is 64, the budget 40; looks take 256
    assert workers_for(there, 100, 20) == 20  # asked for: what finds no room is done again alone


def test_training_images_want_room_too(gpu: Device, setup: Setup) -> None:
    large = replace(setup, device="cuda", preprocess=replace(setup.preprocess, size=8192))
    assert on_gpu(replace(setup, device="cuda")) == 31  # 72 GiB in parts of 2.25 GiB and 40 small images
    assert on_gpu(large) == int(0.9 * 80 * GIB / (CONTEXT + 1.25 * GIB + 2 * 40 * 8192**2)) == 9
    assert gpu.done == "tltl"


def test_a_network_that_finds_no_room_at_all_works_alone(
    gpu: Device, setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Tried:
        raise RunError("no room")

    monkeypatch.setattr(side_by_side, "tried", full)
    assert on_gpu(setup) == 1
    assert gpu.done == ""


def test_the_estimate_counts_no_gain_of_processes_that_share_a_gpu(
    ready: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = ready.setup
    monkeypatch.setattr(bills, "prices_of", lambda _: (0.5, 0.01))
    one, four = (cost_of(replace(setup, device="cuda"), ready.cells, ready.cells, n).seconds for n in (1, 4))
    assert one == four > cost_of(setup, ready.cells, ready.cells, 4).seconds


def test_what_is_tried_is_one_epoch_of_the_runs_own_recipe(setup: Setup) -> None:
    work = tried(setup, 20, 16)
    work.training()
    view = work.looking()
    assert view.logits.shape == (20, 10)  # type: ignore[attr-defined]
