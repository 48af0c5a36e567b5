"""What an audit hands to others: plain text for terminals, CI systems, code scanning, pull requests and model cards.

Each function takes `Verdicts` and returns text; none reads a file, a clock or the environment.
"""

from shiftprobe.auditing.outputs.card import card
from shiftprobe.auditing.outputs.github import github, step_summary
from shiftprobe.auditing.outputs.junit import junit
from shiftprobe.auditing.outputs.model_index import model_index
from shiftprobe.auditing.outputs.plain_text import pretty
from shiftprobe.auditing.outputs.sarif import sarif

__all__ = ["card", "github", "junit", "model_index", "pretty", "sarif", "step_summary"]
