"""What an audit hands to others: plain text for terminals, CI systems, pull requests and model cards.

Each function takes what `verdicts.json` holds and returns text; none reads a file, a clock or the environment.
"""

from shiftprobe.audit.outputs.card import card
from shiftprobe.audit.outputs.github import github, step_summary
from shiftprobe.audit.outputs.junit import junit
from shiftprobe.audit.outputs.pretty import pretty

__all__ = ["card", "github", "junit", "pretty", "step_summary"]
