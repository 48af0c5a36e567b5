"""Why transfer helps here, or does not: explanations that a run's own rows support, ranked, and what to do next."""

from shiftprobe.why.base import Explanation, Fact, Unknown
from shiftprobe.why.explain import RULES, explain
from shiftprobe.why.seen import Seen
from shiftprobe.why.steps import next_steps

__all__ = ["RULES", "Explanation", "Fact", "Seen", "Unknown", "explain", "next_steps"]
