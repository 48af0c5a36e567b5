"""Why transfer helps here, or does not: explanations that a run's own rows support, ranked."""

from shiftprobe.why.base import Explanation, Fact, Unknown
from shiftprobe.why.explain import RULES, explain
from shiftprobe.why.seen import Seen

__all__ = ["RULES", "Explanation", "Fact", "Seen", "Unknown", "explain"]
