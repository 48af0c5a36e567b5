"""Of which kind this machine is."""

from importlib import metadata

from shiftprobe.engine.versions import DIGEST_CHARACTERS, training_version
from shiftprobe.results.machine import MachineKind


def kind_here(threads: int, device: str) -> MachineKind:
    """The kind of this machine.

    Args:
        threads: of a cell.
        device: that trains: "cpu", "cuda" or "mps".
    """
    import torch

    return MachineKind(
        cpu=torch.backends.cpu.get_cpu_capability(),
        torch=torch.__version__,
        shiftprobe=f"{metadata.version('shiftprobe')} ({training_version()[:DIGEST_CHARACTERS]})",
        threads=threads,
        gpu=torch.cuda.get_device_name() if device.startswith("cuda") else "",
    )
