"""Summaries, differences, equivalence, power, multiplicity, label worth: what the numbers allow one to say."""

from shiftprobe.metrics.intervals import wilson
from shiftprobe.stats.compare import compare_paired, compare_summaries, margin_certified, tost_paired
from shiftprobe.stats.comparison import Comparison, Verdict
from shiftprobe.stats.exact import mcnemar, permutation_p
from shiftprobe.stats.images import Flips, ImageInterval, PairingGain, flips, image_interval, pairing_gain
from shiftprobe.stats.labels import Worth, equivalent_from, labels_sentence, labels_worth
from shiftprobe.stats.multiplicity import benjamini_hochberg, holm
from shiftprobe.stats.power import seeds_needed, tost_power
from shiftprobe.stats.summary import Summary, summarize

__all__ = [
    "Comparison",
    "Flips",
    "ImageInterval",
    "PairingGain",
    "Summary",
    "Verdict",
    "Worth",
    "benjamini_hochberg",
    "compare_paired",
    "compare_summaries",
    "equivalent_from",
    "flips",
    "holm",
    "image_interval",
    "labels_sentence",
    "labels_worth",
    "margin_certified",
    "mcnemar",
    "pairing_gain",
    "permutation_p",
    "seeds_needed",
    "summarize",
    "tost_paired",
    "tost_power",
    "wilson",
]
