"""Prediction sets of an audit: calibrated on labelled images, judged on others."""

from dataclasses import dataclass
from math import isinf

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.types import Predictions
from shiftprobe.core import seeding
from shiftprobe.metrics import InputError, class_scores, prediction_sets, set_threshold, softmax
from shiftprobe.metrics.conformal import SetScore
from shiftprobe.stats.promise import calibration_images

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Index = NDArray[np.int64]

FEWEST = 50  # images of a half


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSets:
    """The sets of some images."""

    sizes: Index  # (N,) classes in each
    covered: Bools | None  # (N,) whether each holds the right class; None: no labels


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedSets:
    """Thresholds that labelled images chose: for themselves half by half, for others all together."""

    score: SetScore
    seed: int
    crosswise: Floats  # (N,) for each labelled image what the half without it chose
    whole: float
    images: int  # independent ones that chose `whole`

    def judged(self, seen: Predictions, labels: Index | None, draws: Floats, threshold: float | Floats) -> JudgedSets:
        """The sets of N images.

        Args:
            seen: what the checkpoint answered.
            labels: (N,) of the images, or None.
            draws: (N,) of the images.
            threshold: one for all, or (N,) one for each.
        """
        found = prediction_sets(class_scores(softmax(seen.logits), self.score, draws), threshold, self.score)
        covered = None if labels is None else found[np.arange(len(labels)), labels]
        return JudgedSets(sizes=found.sum(axis=1), covered=covered)


def calibrate(evidence: AuditEvidence) -> CalibratedSets:
    """Let either half of the labelled images choose the other's threshold, and all of them the one for other images.

    Images that belong together stay in one half.

    Raises:
        InputError: when a half has fewer than 50 images, or too few for the coverage that is promised.
    """
    rule, labels, seed = evidence.policy.prediction_sets, evidence.labels, evidence.policy.seed
    first = _first_half(evidence.data, seed)
    fewest = int(min(first.sum(), (~first).sum()))
    if fewest < FEWEST:
        raise InputError(
            f"prediction sets are calibrated on one half of the labelled images and judged on the other: wanted "
            f"{FEWEST} images in each, got {fewest:,}; label more images"
        )
    draws = draws_of(evidence.data, "data", seed)
    table = class_scores(softmax(evidence.clean.logits), rule.score, draws)
    own = table[np.arange(len(labels)), labels]
    by_first, by_second = (set_threshold(own[half], rule.coverage) for half in (first, ~first))
    if isinf(max(by_first, by_second)):
        raise InputError(
            f"{fewest:,} images cannot calibrate sets that hold the right class {100 * rule.coverage:g} % of the time; "
            "label more images, or promise less (prediction_sets.coverage)"
        )
    crosswise = np.where(first, by_second, by_first)
    covered = prediction_sets(table, crosswise, rule.score)[np.arange(len(labels)), labels]
    return CalibratedSets(
        score=rule.score,
        seed=seed,
        crosswise=crosswise,
        whole=set_threshold(own, rule.coverage),
        images=calibration_images(covered, evidence.data.clusters),
    )


def draws_of(side: Side, name: str, seed: int) -> Floats:
    """(N,) a draw for each image of a side, the same under every shift; what stands beside it moves none."""
    drawn = seeding.generator(seed, "audit", "prediction_sets", name).random(len(side.bundle.images))
    return np.asarray(drawn[side.index])


def _first_half(side: Side, seed: int) -> Bools:
    """(N,) which images the first half holds, at random; images that belong together are all in it, or none."""
    together = np.arange(len(side)) if side.clusters is None else np.unique(side.clusters, return_inverse=True)[1]
    count = int(together.max()) + 1
    order = seeding.generator(seed, "audit", "prediction_sets", "halves").permutation(count)
    return np.isin(together, order[: count // 2])
