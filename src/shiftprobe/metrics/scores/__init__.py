"""Scores of a network's answers under one set of names, for specs and for policies; each with its interval."""

from shiftprobe.metrics.scores.intervals import bounded_mean
from shiftprobe.metrics.scores.names import (
    FEWEST_OF_CLASS,
    NAMES,
    SCORES,
    Score,
    ScoreInterval,
    ScoreName,
    Use,
    check_classes,
    check_use,
    find,
    measures,
)
from shiftprobe.metrics.scores.outputs import Outputs, log_likelihoods
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
    "Use",
    "bounded_mean",
    "check_classes",
    "check_use",
    "find",
    "log_likelihoods",
    "measures",
    "placements",
]
