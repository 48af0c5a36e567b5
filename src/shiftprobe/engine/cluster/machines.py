"""The machines of a cluster: each sees the run's folder, and is of the kind of this one, or is refused by name."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from shiftprobe.core.errors import ResourceError, RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import write_bytes
from shiftprobe.engine.cluster.connection import ray
from shiftprobe.engine.executors.base import RunSite
from shiftprobe.engine.machine import kind_here
from shiftprobe.results.machine import MachineKind

ANSWERED = 180.0  # s in which a machine must have looked: a first import of torch from a shared disk takes a minute
SEEN_FILE = "nodes.json"  # in the run's folder, while machines look for it


class _Looked(NamedTuple):
    """What one machine says of itself."""

    kind: MachineKind
    sees: bool  # the run's folder


def slots(site: RunSite, threads: int) -> int:
    """How many cells the cluster does at once.

    Args:
        site: the run, and where it is done.
        threads: of a cell.

    Raises:
        ResourceError: when its machines have too few cores or GPUs for one.
    """
    have = ray().cluster_resources()
    cores = int(have.get("CPU", 0)) // threads
    if not cores:
        raise ResourceError(
            f"--executor ray: wanted a machine with {threads} cores free for a cell, got {have.get('CPU', 0):g} in the "
            "cluster; add machines, or lower train.threads"
        )
    if not site.device.startswith("cuda"):
        return cores
    each, gpus = site.placement.gpus_per_cell or 1.0, float(have.get("GPU", 0.0))
    if gpus < each:
        raise ResourceError(
            f"--executor ray: wanted {each:g} GPU for a cell, got {gpus:g} in the cluster; add machines, lower "
            "--gpus-per-cell, or use --device cpu"
        )
    return min(cores, int(gpus / each + 1e-9))


def check_machines(site: RunSite, threads: int) -> None:
    """Refuse a machine that does not see the run's folder, has no shiftprobe, or is of another kind than this one.

    Args:
        site: the run, and where it is done.
        threads: of a cell.

    Raises:
        RunError: naming the machine, and what is otherwise there.
        ResourceError: when it does not answer.
    """
    token = secrets.token_hex(16)
    marker = site.folder.resolve() / SEEN_FILE
    write_bytes(marker, token.encode())
    try:
        nodes = [node for node in ray().nodes() if node["Alive"] and node["Resources"].get("CPU")]
        asked = (str(marker), token, threads, site.device)
        found = {_named(node): _asked(node, asked) for node in nodes}
    finally:
        marker.unlink(missing_ok=True)
    for name, one in found.items():
        if not one.sees:
            raise RunError(
                f"machine {name} does not see the run's folder {escape(site.folder.resolve())}; put --out on a disk "
                "that all machines share"
            )
    _check_kinds({name: one.kind for name, one in found.items()}, site, threads)


def _named(node: Mapping[str, object]) -> str:
    return f"{escape(node['NodeManagerHostname'], 60)} ({escape(node['NodeManagerAddress'], 60)})"


def _asked(node: Mapping[str, object], asked: tuple[str, str, int, str]) -> _Looked:
    module, name = ray(), _named(node)
    pinned = module.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node_id=node["NodeID"], soft=False)
    task = module.remote(num_cpus=0, max_retries=0, scheduling_strategy=pinned)(_look)
    try:
        found: _Looked = module.get(task.remote(*asked), timeout=ANSWERED)
    except module.exceptions.GetTimeoutError:
        raise ResourceError(f"machine {name} does not answer; take it out of the cluster") from None
    except module.exceptions.RayError as error:
        told = str(error).strip().splitlines()
        raise RunError(
            f"machine {name}: wanted the same shiftprobe as here, got: {escape(told[-1] if told else '', 200)}; "
            "install it there"
        ) from None
    return found


def _look(marker: str, token: str, threads: int, device: str) -> _Looked:
    """On a machine of the cluster."""
    try:
        sees = Path(marker).read_bytes() == token.encode()  # opened, not listed: a listing may be old
    except OSError:
        sees = False
    return _Looked(kind_here(threads, device), sees)


def _check_kinds(kinds: Mapping[str, MachineKind], site: RunSite, threads: int) -> None:
    """Versions are those of this machine; so is the hardware, unless machines may be mixed."""
    gpu = next((one.gpu for one in kinds.values()), "")  # this machine may only hand out work
    here = replace(kind_here(threads, "cpu"), gpu=gpu)
    for name, one in kinds.items():
        versions = here.versions_moved(one)
        hardware = here.hardware_moved(one)
        if versions:
            raise RunError(
                f"machine {name} has {escape(versions)}; install the same there, or take it out of the cluster"
            )
        if hardware and not site.placement.mixed:
            raise RunError(
                f"machine {name} has {escape(hardware)}, and could give other numbers; take it out of the cluster, or "
                "give --mixed"
            )
