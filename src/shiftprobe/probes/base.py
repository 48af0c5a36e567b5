"""The registry of probes."""

from shiftprobe.core.registry import Registry
from shiftprobe.core.types import Probe, RunProbe

PROBES: Registry[Probe | RunProbe] = Registry("probe")
