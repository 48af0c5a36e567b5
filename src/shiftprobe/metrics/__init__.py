"""Arrays in, numbers out: pure functions that know nothing of runs and are usable alone."""

from shiftprobe.metrics.accuracy import Accuracy, accuracy
from shiftprobe.metrics.attribution import area_under, map_correlation, tells_nothing, top_overlap
from shiftprobe.metrics.binomial import Tails, clopper_pearson, tails
from shiftprobe.metrics.calibration import (
    Overconfidence,
    brier_score,
    calibration_error,
    confidence_bins,
    cumulative_error,
    mean_confidence,
    negative_log_likelihood,
    overconfidence,
    softmax,
    temperature,
)
from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.cka import linear_cka, rbf_cka
from shiftprobe.metrics.cka_pairs import CkaPairs, cka_pairs
from shiftprobe.metrics.cka_stream import streamed_linear_cka
from shiftprobe.metrics.conformal import (
    SizeStratum,
    broken_promise,
    class_scores,
    conformal_rank,
    coverage_by_size,
    prediction_sets,
    set_threshold,
)
from shiftprobe.metrics.corruption import mean_corruption_error, mean_error
from shiftprobe.metrics.distance import cosine_rows
from shiftprobe.metrics.domain_classifier import DomainScore, domain_classifier
from shiftprobe.metrics.embedding import Faithfulness, faithfulness, nearest, principal_components, umap_layout
from shiftprobe.metrics.intervals import mean_interval, widening, wilson
from shiftprobe.metrics.label_shift import LabelShift, TargetShares, bbse, label_shift
from shiftprobe.metrics.linear_probe import (
    FittedProbe,
    ProbeScore,
    fit_probe,
    fit_with_control,
    helps_from,
    probe_right,
    ridge_probe,
    score_probe,
)
from shiftprobe.metrics.per_class import Balanced, ClassRow, ClassTable, balanced_accuracy, by_class, confusion
from shiftprobe.metrics.perceptual import perceptual_distance, structural_similarity
from shiftprobe.metrics.selective import RiskCoverage, Selective, rejecting, risk_coverage
from shiftprobe.metrics.similarity import (
    ClassMoves,
    CosineSummary,
    Frechet,
    Overlap,
    class_moves,
    cosine_summary,
    frechet,
    neighbour_overlap,
    procrustes,
)
from shiftprobe.metrics.transferability import h_score, leep, log_me, nce
from shiftprobe.metrics.two_sample import Mmd, mmd

__all__ = [
    "Accuracy",
    "Balanced",
    "CkaPairs",
    "ClassMoves",
    "ClassRow",
    "ClassTable",
    "CosineSummary",
    "DomainScore",
    "Faithfulness",
    "FittedProbe",
    "Frechet",
    "InputError",
    "LabelShift",
    "Mmd",
    "Overconfidence",
    "Overlap",
    "ProbeScore",
    "RiskCoverage",
    "Selective",
    "SizeStratum",
    "Tails",
    "TargetShares",
    "accuracy",
    "area_under",
    "balanced_accuracy",
    "bbse",
    "brier_score",
    "broken_promise",
    "by_class",
    "calibration_error",
    "cka_pairs",
    "class_moves",
    "class_scores",
    "clopper_pearson",
    "confidence_bins",
    "conformal_rank",
    "confusion",
    "cosine_rows",
    "cosine_summary",
    "coverage_by_size",
    "cumulative_error",
    "domain_classifier",
    "faithfulness",
    "fit_probe",
    "fit_with_control",
    "frechet",
    "h_score",
    "helps_from",
    "label_shift",
    "leep",
    "linear_cka",
    "log_me",
    "map_correlation",
    "mean_confidence",
    "mean_corruption_error",
    "mean_error",
    "mean_interval",
    "mmd",
    "nce",
    "nearest",
    "negative_log_likelihood",
    "neighbour_overlap",
    "overconfidence",
    "perceptual_distance",
    "prediction_sets",
    "principal_components",
    "probe_right",
    "procrustes",
    "rbf_cka",
    "rejecting",
    "ridge_probe",
    "risk_coverage",
    "score_probe",
    "set_threshold",
    "softmax",
    "streamed_linear_cka",
    "structural_similarity",
    "tails",
    "tells_nothing",
    "temperature",
    "top_overlap",
    "umap_layout",
    "widening",
    "wilson",
]
