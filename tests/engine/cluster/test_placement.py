"""A cluster that cannot be used is refused in one line, before anything is computed."""

import os
import socket
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.specs import TINY
from tests.tiny import tiny_plan

import shiftprobe
from shiftprobe.core.errors import ResourceError, RunError, SpecError, UnknownNameError
from shiftprobe.engine.cluster import connection, machines
from shiftprobe.engine.executors import Demand
from shiftprobe.engine.executors.base import RunSite, suited
from shiftprobe.engine.machine import kind_here
from shiftprobe.engine.side_by_side import workers_for
from shiftprobe.results.machine import MachineKind
from shiftprobe.spec.placement import Placement, placement

HERE = MachineKind(cpu="AVX2", torch="2.14.1", shiftprobe="1.0 (abc)", threads=1)


def site(folder: Path, device: str = "cpu", **given: object) -> RunSite:
    return RunSite(placement=Placement(executor="ray", **given), folder=folder, device=device)  # type: ignore[arg-type]


def cluster_of(monkeypatch: pytest.MonkeyPatch, **resources: float) -> None:
    monkeypatch.setattr(machines, "ray", lambda: SimpleNamespace(cluster_resources=lambda: resources))


def test_a_cluster_is_used_where_it_was_asked_for_and_only_there() -> None:
    many = Demand(workers=8, device="cuda", in_memory=False)
    assert suited(many).name == "shared_gpu"
    assert suited(replace(many, executor="ray")).name == "ray"


@pytest.mark.parametrize("demand", [Demand(workers=2, device="mps", in_memory=False, executor="ray"),
                                    Demand(workers=2, device="cpu", in_memory=True, executor="ray")])  # fmt: skip
def test_what_cannot_be_sent_to_a_cluster_is_refused(demand: Demand) -> None:
    with pytest.raises(SpecError, match=r"--executor ray: wanted work that it can spread .* leave --executor out"):
        suited(demand)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"address": "auto"}, "--address: wanted a cluster, got none; give --executor ray too"),
        ({"executor": "processes", "mixed": True}, "--mixed: wanted a cluster, got processes"),
        ({"executor": "ray", "gpus_per_cell": 2.0}, "--gpus-per-cell: wanted a part of a GPU above 0, at most 1"),
    ],
)
def test_flags_that_only_a_cluster_knows_need_one(given: dict[str, object], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        placement(**given)  # type: ignore[arg-type]


def test_from_python_they_are_arguments_and_refused_as_such(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"^address: wanted a cluster, got none; give executor ray"):
        shiftprobe.sweep(out=tmp_path, address="auto")
    with pytest.raises(SpecError, match=r"^gpus_per_cell: wanted a part of a GPU above 0, at most 1, got 3"):
        shiftprobe.sweep(out=tmp_path, executor="ray", gpus_per_cell=3)
    with pytest.raises(UnknownNameError, match="no executor named 'rai'; did you mean 'ray'"):
        shiftprobe.sweep(TINY, out=tmp_path, executor="rai")


def test_an_executor_that_is_asked_for_does_the_work_of_one_worker_too(tmp_path: Path) -> None:
    setup = tiny_plan(tmp_path).setup
    assert workers_for(replace(setup, placement=Placement(executor="processes")), 8, 1) == 1
    assert workers_for(replace(setup, placement=Placement(executor="inline")), 8, 4) == 1
    assert suited(Demand(workers=1, device="cpu", in_memory=False, executor="processes")).name == "processes"


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(SpecError, match=r"wanted Ray, got none; pip install 'shiftprobe\[ray\]'"):
        connection.ray()


def test_no_usage_statistics_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", SimpleNamespace())
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    connection.ray()
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


@pytest.mark.parametrize(
    ("address", "kind", "said"),
    [
        ("head", SpecError, "wanted local, auto or HOST:PORT, got head"),
        ("127.0.0.1:{free}", ResourceError, "wanted a cluster to join, got: nobody listens there; start one with"),
    ],
)
def test_an_address_without_a_head_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, address: str, kind: type[Exception], said: str
) -> None:
    monkeypatch.setattr(connection, "ray", lambda: SimpleNamespace(is_initialized=lambda: False))
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nobody else takes it
        with pytest.raises(kind, match=said):
            connection.connect(address.format(free=held.getsockname()[1]), 1)


def test_the_environment_may_name_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert connection.address_of(None) == "local"
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    assert connection.address_of(None) == "10.0.0.1:6379"
    assert connection.address_of("auto") == "auto"


def test_as_many_cells_at_once_as_cores_and_parts_of_gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cluster_of(monkeypatch, CPU=10.0, GPU=2.0)
    assert machines.slots(site(tmp_path), 2) == 5
    assert machines.slots(site(tmp_path, "cuda"), 1) == 2
    assert machines.slots(site(tmp_path, "cuda", gpus_per_cell=0.3), 1) == 6
    assert machines.slots(site(tmp_path, "cuda", gpus_per_cell=0.1), 1) == 10


def test_more_than_the_cluster_has_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cluster_of(monkeypatch, CPU=4.0)
    with pytest.raises(ResourceError, match="wanted 1 GPU for a cell, got 0 in the cluster"):
        machines.slots(site(tmp_path, "cuda"), 1)
    with pytest.raises(ResourceError, match="wanted a machine with 8 cores free for a cell, got 4"):
        machines.slots(site(tmp_path), 8)


@pytest.mark.parametrize(
    ("other", "mixed", "said"),
    [
        (replace(HERE, cpu="AVX512"), False, "CPU AVX512 in place of AVX2.*or give --mixed"),
        (replace(HERE, cpu="AVX512"), True, ""),
        (replace(HERE, torch="2.15.0"), True, "torch 2.15.0 in place of 2.14.1; install the same there"),
        (replace(HERE, shiftprobe="1.0 (def)"), True, r"shiftprobe 1.0 \(def\) in place of 1.0 \(abc\)"),
        (HERE, False, ""),
    ],
)
def test_a_machine_of_another_kind_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, other: MachineKind, mixed: bool, said: str
) -> None:
    monkeypatch.setattr(machines, "kind_here", lambda *_: HERE)
    kinds = {"near (10.0.0.1)": HERE, "far (10.0.0.2)": other}
    if not said:
        machines._check_kinds(kinds, site(tmp_path, mixed=mixed), 1)
        return
    with pytest.raises(RunError, match=rf"machine far \(10.0.0.2\) has {said}"):
        machines._check_kinds(kinds, site(tmp_path, mixed=mixed), 1)


def test_a_machine_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    marker = tmp_path / "nodes.json"
    assert not machines._look(str(marker), "abc", 1, "cpu").sees
    marker.write_bytes(b"another run's")
    assert not machines._look(str(marker), "abc", 1, "cpu").sees
    marker.write_bytes(b"abc")
    looked = machines._look(str(marker), "abc", 1, "cpu")
    assert looked.sees
    assert looked.kind == kind_here(1, "cpu")
