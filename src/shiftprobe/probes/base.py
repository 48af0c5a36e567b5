"""The registry of probes."""

from shiftprobe.registry import Registry
from shiftprobe.types import Probe

PROBES: Registry[Probe] = Registry("probe")
