"""Summaries, differences, equivalence, power, multiplicity, label worth, gates: what the numbers allow one to say."""

from shiftprobe.metrics.intervals import wilson
from shiftprobe.stats.arms import ArmsCompared, compare_arms, weigh
from shiftprobe.stats.astray import AstrayShare, agreed, astray, astray_share
from shiftprobe.stats.best import BestOf, Contender, best_of
from shiftprobe.stats.compare import compare_paired, compare_summaries, margin_certified, tost_paired
from shiftprobe.stats.comparison import Comparison, Verdict
from shiftprobe.stats.exact import mcnemar, permutation_p
from shiftprobe.stats.gate import Gate, GateDecision, Word, Worst, decide, effective_gate, gate, worst_of
from shiftprobe.stats.gate_power import images_needed, missed, power_sentence
from shiftprobe.stats.grouped_gate import grouped_gate
from shiftprobe.stats.image_spread import ImageSpread, image_spread
from shiftprobe.stats.images import Flips, ImageInterval, PairingGain, flips, gap_interval, image_interval, pairing_gain
from shiftprobe.stats.label_draw import LabelDraw, label_draw, probabilities, strata_for
from shiftprobe.stats.labels import Worth, equivalent_from, labels_sentence, labels_worth
from shiftprobe.stats.monotone import BreakPoint, break_point, break_points
from shiftprobe.stats.multiplicity import benjamini_hochberg, holm
from shiftprobe.stats.paired_gate import PairedGate, agreeing_images, missed_regression, paired_gate
from shiftprobe.stats.power import margin_of_seeds, seeds_needed, seeds_to_show, tost_power
from shiftprobe.stats.prediction import prediction_half
from shiftprobe.stats.prediction_powered import PoweredShare, method_for, prediction_powered
from shiftprobe.stats.summary import MeanStd, summarize

__all__ = [
    "ArmsCompared",
    "AstrayShare",
    "BestOf",
    "BreakPoint",
    "Comparison",
    "Contender",
    "Flips",
    "Gate",
    "GateDecision",
    "ImageInterval",
    "ImageSpread",
    "LabelDraw",
    "MeanStd",
    "PairedGate",
    "PairingGain",
    "PoweredShare",
    "Verdict",
    "Word",
    "Worst",
    "Worth",
    "agreed",
    "agreeing_images",
    "astray",
    "astray_share",
    "benjamini_hochberg",
    "best_of",
    "break_point",
    "break_points",
    "compare_arms",
    "compare_paired",
    "compare_summaries",
    "decide",
    "effective_gate",
    "equivalent_from",
    "flips",
    "gap_interval",
    "gate",
    "grouped_gate",
    "holm",
    "image_interval",
    "image_spread",
    "images_needed",
    "label_draw",
    "labels_sentence",
    "labels_worth",
    "margin_certified",
    "margin_of_seeds",
    "mcnemar",
    "method_for",
    "missed",
    "missed_regression",
    "paired_gate",
    "pairing_gain",
    "permutation_p",
    "power_sentence",
    "prediction_half",
    "prediction_powered",
    "probabilities",
    "seeds_needed",
    "seeds_to_show",
    "strata_for",
    "summarize",
    "tost_paired",
    "tost_power",
    "weigh",
    "wilson",
    "worst_of",
]
