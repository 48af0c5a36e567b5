"""Scores of a network's answers under one set of names, for specs and for policies; each with its interval."""

from shiftprobe.metrics.scores.costs import cost_matrix, mean_cost
from shiftprobe.metrics.scores.intervals import bounded_mean
from shiftprobe.metrics.scores.names import (
    FEWEST_OF_CLASS,
    NAMES,
    SCORES,
    Score,
    ScoreInterval,
    ScoreName,
    ShareScore,
    Use,
    check_classes,
    check_use,
    find,
    measures,
)
from shiftprobe.metrics.scores.outputs import Outputs, log_likelihoods, true_ranks
from shiftprobe.metrics.scores.ranks import Placements, placements

__all__ = [
    "FEWEST_OF_CLASS",
    "NAMES",
    "SCORES",
    "Outputs",
    "Placements",
    "Score",
    "ScoreInterval",
    "ScoreName",
    "ShareScore",
    "Use",
    "bounded_mean",
    "check_classes",
    "check_use",
    "cost_matrix",
    "find",
    "log_likelihoods",
    "mean_cost",
    "measures",
    "placements",
    "true_ranks",
]
