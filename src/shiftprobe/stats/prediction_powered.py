"""Accuracy from a few labels and all pictures: the network's own confidence carries what it is shown to be worth.

Labels say how far the confidence is off, all pictures say what the confidence is on average. The estimate is unbiased
whatever the confidence is worth, because how it is mended and how much of it is used is always fitted on other labels
than those it is held against. Its variance is told as a number of labels drawn at random that would tell as much, and
the interval is Clopper-Pearson's at that number: normal intervals err where accuracy is near 1.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.binomial import check_confidence, clopper_pearson
from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.power_tuning import effective_labels, plain_terms, tuned_terms
from shiftprobe.stats.recalibration import log_odds

Vector = NDArray[np.float64]
Method: TypeAlias = Literal["labels alone", "prediction-powered"]

FEWEST_LABELS = 50  # for the confidence to be used
FEWEST_ERRORS = 10  # expected among the labels, and as many right ones


@dataclass(frozen=True, slots=True, kw_only=True)
class PoweredShare:
    """A share of right answers from a few labels; fractions."""

    value: float
    low: float
    high: float
    n: int  # labels
    effective: float  # labels drawn uniformly that would tell as much alone
    unlabelled: int  # further images whose proxy was used
    method: Method
    why: str  # the rule that chose the method, before any label was seen
    power: float = 0.0  # mean lambda: how much of the proxy was used, in [0, 1]


def prediction_powered(
    right: ArrayLike,
    proxy: ArrayLike,
    everywhere: ArrayLike,
    *,
    probability: ArrayLike | None = None,
    confidence: float = 0.95,
) -> PoweredShare:
    """The share of right answers in a domain, from n labelled images and a proxy for all N.

    Args:
        right: (n,) booleans, whether each labelled image was answered rightly.
        proxy: (n,) the probability of that, as far as is known without its label.
        everywhere: (N,) the same for all images, the labelled ones among them.
        probability: (n,) with which each labelled image was drawn, above 0, up to a factor; None: all alike.
        confidence: of the two-sided interval, a fraction below 1.

    Raises:
        InputError: when there are no labels, lengths differ, or a number is out of its range.

    Reference: Angelopoulos, Duchi and Zrnic, 2023, arXiv:2311.01453 (power tuning); Zrnic and Candes, 2024,
        arXiv:2403.03208 (unequal draws); Zrnic and Candes, 2024, PNAS 121(15) (cross-fitting); Korn and Graubard,
        1998, Survey Methodology 24(2) (the interval).
    """
    hits, odds, everyone = np.asarray(right), log_odds(proxy), log_odds(everywhere)
    if hits.dtype.kind != "b" or hits.ndim != 1 or not hits.size or odds.shape != hits.shape:
        raise InputError(f"labels need (n,) booleans and a proxy for each, got {hits.shape} and {odds.shape}")
    if len(everyone) < len(hits):
        raise InputError(f"the labelled images are among all, got {len(hits)} of {len(everyone)}")
    check_confidence(confidence)
    method, why = method_for(proxy)
    weights = _weights(probability, len(hits))
    alone = method == "labels alone"
    terms = plain_terms(hits, weights) if alone else tuned_terms(hits, odds, everyone, weights)
    value, effective = map(float, effective_labels(terms, None if alone else len(everyone)))
    low, high = clopper_pearson(value * effective, effective, confidence)
    return PoweredShare(
        value=value,
        low=low,
        high=high,
        n=len(hits),
        effective=effective,
        unlabelled=len(everyone) - len(hits),
        method=method,
        why=why,
        power=float(terms.power[0]),
    )


def method_for(proxy: ArrayLike) -> tuple[Method, str]:
    """Which labels are used alone, by a rule that looks at no label: too few, or too few errors to be expected.

    Args:
        proxy: (n,) probabilities of being right of the images that are, or will be, labelled.
    """
    chances = np.asarray(proxy, np.float64)
    errors = float((1.0 - chances).sum())
    rarer, name = min((errors, "errors"), (len(chances) - errors, "right answers"))
    if len(chances) < FEWEST_LABELS:
        return "labels alone", f"fewer than {FEWEST_LABELS} labels"
    if rarer < FEWEST_ERRORS:
        return "labels alone", f"fewer than {FEWEST_ERRORS} {name} were to be expected ({rarer:.1f})"
    return "prediction-powered", f"at least {FEWEST_LABELS} labels, and {rarer:.0f} {name} were to be expected"


def _weights(probability: ArrayLike | None, n: int) -> Vector:
    """(n,) inverse probabilities with mean 1."""
    chances = np.ones(n) if probability is None else np.asarray(probability, np.float64)
    if chances.shape != (n,) or not (np.isfinite(chances) & (chances > 0.0)).all():
        raise InputError(f"each label needs the probability with which it was drawn, above 0, got {chances.shape}")
    return np.asarray(len(chances) / chances / (1.0 / chances).sum())
