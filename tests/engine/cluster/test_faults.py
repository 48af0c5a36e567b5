"""A sweep on a real cluster of two nodes on this machine, whatever dies there: the bytes of an undisturbed run.

The disk that fills is a tmpfs of its own where one may be mounted, and skipped elsewhere.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.specs import DIGITS

ray = pytest.importorskip("ray", reason="the extra shiftprobe[ray] is not installed")
pytestmark = pytest.mark.slow

SPEC = {**DIGITS, "seeds": 3, "probes": ["accuracy"], "train": {"epochs": 30, "device": "cpu"}}
FILES = ("results.csv", "report.html", "summary.json")
PATIENCE = 300  # s


class TwoNodes:
    """A head and a worker node of a core each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 1, "include_dashboard": False},  # Ray joins no head that is on loopback alone
        )
        self.node = self._cluster.add_node(num_cpus=1)

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    def lose_node(self) -> None:
        self._cluster.remove_node(self.node, allow_graceful=False)

    def end(self) -> None:
        self._cluster.shutdown()  # type: ignore[no-untyped-call]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoNodes]:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    nodes = TwoNodes()
    yield nodes
    nodes.end()


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spec") / "faults.yaml"
    path.write_text(yaml.safe_dump(SPEC))
    return path


@pytest.fixture(scope="module")
def undisturbed(spec: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed")
    assert finished(started(spec, out, "--workers", "1")) == 0
    return only(out)


def started(spec: Path, out: Path, *flags: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "shiftprobe", "sweep", str(spec), "--out", str(out), *flags]
    with out.with_suffix(".stderr").open("ab") as errors:
        return subprocess.Popen(command, stderr=errors, stdout=subprocess.DEVNULL, preexec_fn=heeding)  # noqa: PLW1509


def heeding() -> None:
    """Ctrl-C is heeded even where the tests run in a background that ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def on_cluster(spec: Path, out: Path, nodes: TwoNodes) -> "subprocess.Popen[bytes]":
    return started(spec, out, "--executor", "ray", "--address", nodes.address)


def finished(process: "subprocess.Popen[bytes]") -> int:
    return process.wait(PATIENCE)


def only(out: Path) -> Path:
    (run,) = [path for path in out.iterdir() if path.is_dir()]
    return run


def same(run: Path, other: Path) -> bool:
    return all((run / name).read_bytes() == (other / name).read_bytes() for name in FILES)


def trained(out: Path) -> dict[Path, int]:
    """Arms that are in the run folder, and when they came there."""
    return {path: path.stat().st_mtime_ns for path in out.glob("*/cells/*~s*/[!.]*/manifest.json")}


def wait_for(condition: Callable[[], Any]) -> Any:
    """What a condition finds, once it finds anything."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.05)
    raise TimeoutError


def workers_at_a_cell() -> list[int]:
    """Processes of Ray that do a task of ours."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            name = (folder / "cmdline").read_bytes() if folder.name.isdecimal() else b""
        except OSError:
            continue
        if name.startswith(b"ray::_do"):
            found.append(int(folder.name))
    return found


def test_two_nodes_give_the_bytes_of_one_process(
    spec: Path, undisturbed: Path, tmp_path: Path, cluster: TwoNodes
) -> None:
    assert finished(on_cluster(spec, tmp_path / "out", cluster)) == 0
    assert same(only(tmp_path / "out"), undisturbed)


def test_a_worker_killed_in_a_cell_costs_that_cell(
    spec: Path, undisturbed: Path, tmp_path: Path, cluster: TwoNodes
) -> None:
    process = on_cluster(spec, tmp_path / "out", cluster)
    wait_for(lambda: trained(tmp_path / "out"))
    os.kill(wait_for(workers_at_a_cell)[0], signal.SIGKILL)
    assert finished(process) == 0
    assert same(only(tmp_path / "out"), undisturbed)


def test_a_node_that_is_lost_costs_what_it_was_at(
    spec: Path, undisturbed: Path, tmp_path: Path, cluster: TwoNodes
) -> None:
    process = on_cluster(spec, tmp_path / "out", cluster)
    kept = wait_for(lambda: trained(tmp_path / "out"))
    cluster.lose_node()
    assert finished(process) == 0
    assert same(only(tmp_path / "out"), undisturbed)
    assert kept.items() <= trained(tmp_path / "out").items()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_driver_that_is_stopped_leaves_no_worker_and_goes_on(
    spec: Path, undisturbed: Path, tmp_path: Path, cluster: TwoNodes, how: signal.Signals
) -> None:
    process = on_cluster(spec, tmp_path / "out", cluster)
    wait_for(lambda: trained(tmp_path / "out"))
    process.send_signal(how)
    code = finished(process)
    assert code == (-signal.SIGKILL if how is signal.SIGKILL else 130)
    wait_for(lambda: not workers_at_a_cell())
    kept = trained(tmp_path / "out")
    assert finished(on_cluster(spec, tmp_path / "out", cluster)) == 0
    assert same(only(tmp_path / "out"), undisturbed)
    assert kept.items() <= trained(tmp_path / "out").items()


def test_a_head_that_is_gone_is_told_and_another_goes_on(
    spec: Path, undisturbed: Path, tmp_path: Path, cluster: TwoNodes
) -> None:
    process = on_cluster(spec, tmp_path / "out", cluster)
    kept = wait_for(lambda: trained(tmp_path / "out"))
    cluster.end()
    assert finished(process) == 5
    assert "the head of the cluster" in (tmp_path / "out.stderr").read_text()
    other = TwoNodes()
    try:
        assert finished(on_cluster(spec, tmp_path / "out", other)) == 0
    finally:
        other.end()
    assert same(only(tmp_path / "out"), undisturbed)
    assert kept.items() <= trained(tmp_path / "out").items()


def test_a_disk_that_fills_ends_the_run_in_one_line_and_keeps_what_is_finished(
    spec: Path, undisturbed: Path, tmp_path: Path, cluster: TwoNodes
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(small)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no tmpfs may be mounted here")
    try:
        filler = small / "filler"
        process = on_cluster(spec, small / "out", cluster)
        wait_for(lambda: trained(small / "out"))
        with suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(4096))
                file.flush()
        assert finished(process) == 5
        filler.unlink(missing_ok=True)
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        kept = trained(small / "out")
        assert kept
        assert finished(on_cluster(spec, small / "out", cluster)) == 0
        assert same(only(small / "out"), undisturbed)
        assert kept.items() <= trained(small / "out").items()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
