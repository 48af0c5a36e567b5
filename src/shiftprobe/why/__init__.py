"""Why transfer helps here, or does not: explanations that a run's own rows support, ranked, and what to do next."""

from shiftprobe.why.explain import RULES, explain
from shiftprobe.why.run_facts import RunFacts
from shiftprobe.why.steps import next_steps

__all__ = ["RULES", "RunFacts", "explain", "next_steps"]
