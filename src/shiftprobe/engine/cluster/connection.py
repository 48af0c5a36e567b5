"""Joining a cluster, or starting one on this machine; nothing is reported to anybody, and ports stay on loopback."""

import logging
import os
import socket
from contextlib import suppress
from types import ModuleType

from shiftprobe.core.errors import ResourceError, SpecError
from shiftprobe.core.escape import escape

LOCAL, AUTO = "local", "auto"
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # it warns of a change that does not concern us
}
STORE = 100 * 2**20  # bytes of the object store of a cluster of our own: it holds one setup
REACHED = 5.0  # s in which a head answers


def ray() -> ModuleType:
    """Ray itself, with its usage statistics off.

    Raises:
        SpecError: when it is not installed.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray as module
    except ImportError:
        raise SpecError("--executor ray: wanted Ray, got none; pip install 'shiftprobe[ray]'") from None
    return module


def address_of(given: str | None) -> str:
    """Where the cluster is: as asked, as RAY_ADDRESS says, or one of this machine's own."""
    return given or os.environ.get("RAY_ADDRESS") or LOCAL


def connect(given: str | None, cpus: int) -> None:
    """Join the cluster, unless this process has done so; one of this machine's own is started.

    Args:
        given: "local", "auto" or "HOST:PORT"; None as `address_of` says.
        cpus: of a cluster that is started here.

    Raises:
        SpecError: when Ray is not installed, or the address is none.
        ResourceError: when there is no cluster, or one of another version of Ray or Python.
    """
    module = ray()
    if module.is_initialized():
        return
    address = address_of(given)
    shared = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address == LOCAL:
            module.init(
                address=LOCAL,
                num_cpus=cpus,
                include_dashboard=False,
                object_store_memory=STORE,
                _node_ip_address="127.0.0.1",
                **shared,
            )
        else:
            _check_reachable(address)
            module.init(address=address, **shared)
    except (ConnectionError, RuntimeError, TimeoutError, ValueError) as error:
        first = str(error).strip().partition("\n")[0]
        raise ResourceError(
            f"--address {escape(address)}: wanted a cluster to join, got: {escape(first, 200)}; start one with `ray "
            "start --head`, or leave --address out for one on this machine"
        ) from None


def leave() -> None:
    """Leave the cluster; one of this machine's own ends."""
    module = ray()
    if module.is_initialized():
        module.shutdown()


def check_head(module: ModuleType) -> None:
    """Meet a head that is gone before Ray ends this process for it.

    Raises:
        ResourceError: when nobody listens where the head was.
    """
    where = module.get_runtime_context().gcs_address
    if not _listens(where):
        raise ResourceError(
            f"the head of the cluster at {escape(where)} is gone; start it, then run the same command again: what is "
            "finished is kept"
        )


def _check_reachable(address: str) -> None:
    """Ray waits for minutes where nobody listens."""
    if address == AUTO:
        return
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdecimal()):
        raise SpecError(f"--address: wanted local, auto or HOST:PORT, got {escape(address)}")
    if not _listens(address):
        raise ConnectionError("nobody listens there")


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with suppress(OSError, ValueError), socket.create_connection((host.strip("[]"), int(port)), timeout=REACHED):
        return True
    return False
