"""Summaries, paired differences, equivalence, power, multiplicity: what the numbers allow one to say."""

from shiftprobe.metrics.intervals import wilson
from shiftprobe.stats.compare import compare_paired, compare_summaries, margin_certified, tost_paired
from shiftprobe.stats.comparison import Comparison, Verdict
from shiftprobe.stats.exact import mcnemar, permutation_p
from shiftprobe.stats.multiplicity import benjamini_hochberg, holm
from shiftprobe.stats.power import seeds_needed, tost_power
from shiftprobe.stats.summary import Summary, summarize

__all__ = [
    "Comparison",
    "Summary",
    "Verdict",
    "benjamini_hochberg",
    "compare_paired",
    "compare_summaries",
    "holm",
    "margin_certified",
    "mcnemar",
    "permutation_p",
    "seeds_needed",
    "summarize",
    "tost_paired",
    "tost_power",
    "wilson",
]
