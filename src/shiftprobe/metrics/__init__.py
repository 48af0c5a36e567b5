"""Arrays in, numbers out: pure functions that know nothing of runs and are usable alone."""

from shiftprobe.metrics.accuracy import Accuracy, accuracy
from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.cka import linear_cka, rbf_cka
from shiftprobe.metrics.corruption import mean_corruption_error, mean_error
from shiftprobe.metrics.distance import cosine_rows
from shiftprobe.metrics.intervals import wilson
from shiftprobe.metrics.linear_probe import ProbeScore, ridge_probe
from shiftprobe.metrics.perceptual import perceptual_distance, structural_similarity

__all__ = [
    "Accuracy",
    "InputError",
    "ProbeScore",
    "accuracy",
    "cosine_rows",
    "linear_cka",
    "mean_corruption_error",
    "mean_error",
    "perceptual_distance",
    "rbf_cka",
    "ridge_probe",
    "structural_similarity",
    "wilson",
]
