"""What could be repaired, tried: each with what it recovers, its interval, and the labels it needs."""

from shiftprobe.auditing.repairs.run_repairs import repairs

__all__ = ["repairs"]
