"""The kind of a machine: what numbers may hang on beside the spec and the code."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineKind:
    """Two machines of one kind give the same bytes."""

    cpu: str  # the instructions that torch uses, as it calls them: "AVX512"
    torch: str  # its build
    shiftprobe: str  # its version, and the version of its code that trains
    threads: int  # of a cell
    gpu: str = ""  # the name of the one that is used; empty on a CPU

    def versions_moved(self, other: "MachineKind") -> str:
        """What another one has in place of our versions, in words; empty where nothing."""
        return self._moved(other, {"torch": "torch", "shiftprobe": "shiftprobe"})

    def hardware_moved(self, other: "MachineKind") -> str:
        """The same of what computes."""
        return self._moved(other, {"CPU": "cpu", "GPU": "gpu", "threads": "threads"})

    def _moved(self, other: "MachineKind", parts: Mapping[str, str]) -> str:
        pairs = {name: (getattr(self, part), getattr(other, part)) for name, part in parts.items()}
        return ", ".join(f"{name} {theirs} in place of {own}" for name, (own, theirs) in pairs.items() if own != theirs)
