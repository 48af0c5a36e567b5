"""Work on the machines of a Ray cluster: `--executor ray`; nothing of Ray is imported before it is asked for."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from shiftprobe.engine.executors.base import EXECUTORS, Demand, Engine, Executor, RunSite, Start
from shiftprobe.spec.placement import CLUSTER, HERE

S = TypeVar("S")


def _suits(demand: Demand) -> bool:
    return demand.executor == CLUSTER and demand.device != "mps" and not demand.in_memory


def _start(shared: S, threads: int, workers: int) -> Executor[S]:
    """On a cluster of this machine's own."""
    here = RunSite(placement=replace(HERE, address="local"), folder=Path(tempfile.gettempdir()), device="cpu")
    return _at(here)(shared, threads, workers)


def _at(site: RunSite) -> Start:
    from shiftprobe.engine.cluster.spread import start_at

    return start_at(site)


def _slots(site: RunSite, threads: int) -> int:
    from shiftprobe.engine.cluster.connection import LOCAL, address_of
    from shiftprobe.engine.cluster.spread import slots_at
    from shiftprobe.engine.executors.threads import cores

    if address_of(site.placement.address) == LOCAL and not site.device.startswith("cuda"):
        return max(1, cores() // threads)  # a cluster that is not there yet has what this machine has
    return slots_at(site, threads, cores())


EXECUTORS.add(
    Engine(
        name=CLUSTER,
        about="on the machines of a Ray cluster",
        rank=-1,  # it suits nobody who did not ask for it
        suits=_suits,
        start=_start,
        at=_at,
        slots=_slots,
    )
)
