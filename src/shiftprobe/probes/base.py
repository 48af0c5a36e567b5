"""The registry of probes."""

from shiftprobe.registry import Registry
from shiftprobe.types import Probe, RunProbe

PROBES: Registry[Probe | RunProbe] = Registry("probe")
