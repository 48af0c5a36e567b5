"""Target images that trained the checkpoint: how much better it is on them than on the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.data.near_duplicates import has_near
from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.intervals import wilson
from shiftprobe.repairs.attempt import Patient, Site
from shiftprobe.repairs.halving import stratified_order
from shiftprobe.repairs.readouts import cross_fitted, features_at, with_state
from shiftprobe.results.diagnosis import Effect, Experiment, Outcome

if TYPE_CHECKING:
    from torch import Tensor

CAUSE = "leak"
FAR = 0.05  # above home, from which a target looks too easy
RATIO = 0.25  # of the errors at home: so few look too few, however good home is
MOVES = 0.03  # a fraction of images: what leaving them out must cost
FEWEST = 20  # images on either side, below which accuracy on them is suggestive at most

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoShares:
    """Accuracy on two sets of other images, and their difference with its 95 % interval."""

    first: float
    second: float
    first_n: int
    second_n: int
    low: float  # of first minus second
    high: float
    p: float  # that so many of the first set would be right if it were a random part of both, one-sided

    @property
    def difference(self) -> float:
        """First minus second."""
        return self.first - self.second


def trained_on(
    hashes: Sequence[str],
    trained: Sequence[str],
    *,
    thumbs: NDArray[np.uint8] | None = None,
    trained_thumbs: NDArray[np.uint8] | None = None,
) -> tuple[Mask, Mask]:
    """Which images trained the checkpoint.

    Args:
        hashes: (N,) content hashes of the images, `data.Bundle.hashes`.
        trained: those of the images that trained it.
        thumbs: (N, 16, 16) their thumbnails, `data.Bundle.thumbs`; None: near copies are not looked for.
        trained_thumbs: those of the images that trained it.

    Returns:
        (N,) the same pixels; (N,) other pixels that are a near-duplicate.
    """
    known = set(trained)
    exact = np.array([one in known for one in hashes], dtype=bool)
    if thumbs is None or trained_thumbs is None:
        return exact, np.zeros(len(exact), bool)
    return exact, has_near(thumbs, trained_thumbs) & ~exact


def two_shares(first: NDArray[np.float64], second: NDArray[np.float64]) -> TwoShares:
    """Compare how many are right in two sets of images.

    Args:
        first: (N,) 1 where an image is right, else 0.
        second: (M,) the same of other images.

    Raises:
        InputError: when one of them is empty.

    Reference: Newcombe, 1998, Statistics in Medicine 17, method 10 (interval); Fisher, 1922 (p): the random parts are
        all those of the same size.
    """
    from scipy.stats import hypergeom

    n, m = len(first), len(second)
    if not n or not m:
        raise InputError(f"a difference of shares needs images on both sides, got {n} and {m}")
    k, other = int(first.sum()), int(second.sum())
    p, q = k / n, other / m
    (low, high), (below, above) = wilson(k, n), wilson(other, m)
    return TwoShares(
        first=p,
        second=q,
        first_n=n,
        second_n=m,
        low=p - q - float(np.hypot(p - low, above - q)),
        high=p - q + float(np.hypot(high - p, q - below)),
        p=min(1.0, float(hypergeom.sf(k - 1, n + m, k + other, n))),
    )


def leak_experiment(right: NDArray[np.float64], leaked: Mask, *, near: int = 0) -> Experiment:
    """Judge a checkpoint without the images that trained it.

    The effect is what leaving them out does to accuracy, from its accuracy on those images and on the others; the sham
    leaves out random images instead, which moves nothing but by chance.

    Args:
        right: (N,) 1 where the untouched checkpoint is right on a target image, else 0.
        leaked: (N,) images that trained it, near copies among them.
        near: how many of these are near copies only.
    """
    count, n = int(leaked.sum()), len(right)
    told = (f"{count} of {n} images trained the checkpoint", f"{near} of them as near copies")
    if count in {0, n}:
        reason = "" if not count else "all images trained the checkpoint: none is left to judge it"
        return _experiment(right, None, outcome="ruled_out" if not count else "suggestive", details=told, reason=reason)
    found = two_shares(right[leaked], right[~leaked])
    few = min(found.first_n, found.second_n) < FEWEST
    if float(right.mean()) - found.second < MOVES:
        reason = f"without them accuracy is less than {100 * MOVES:.0f} points lower"
        return _experiment(right, found, outcome="unclear", details=told, reason=reason)
    if found.low <= 0:
        reason = "the checkpoint is not shown to be better on them"
        return _experiment(right, found, outcome="unclear", details=told, reason=reason)
    outcome: Outcome = "suggestive" if few else "cause"
    reason = f"fewer than {FEWEST} images on one side" if few else ""
    return _experiment(right, found, outcome=outcome, details=told, reason=reason)


def easier_by(
    patient: Patient, target: Site, home: Site, draws: "Sequence[Mapping[str, Tensor]]", *, seed: int
) -> float:
    """How much better random features are read on a target than at home, from as many images: the sham of `above_home`.

    Args:
        patient: the checkpoint, whose network is drawn anew.
        target: labelled images.
        home: labelled images of the source.
        draws: state dicts of untrained networks of the same architecture.
        seed: of the images, and of folds.

    Returns:
        A fraction of images; 0 where one of the two is too small or of one class, and so nothing can be read.
    """
    n = min(len(target.labels), len(home.labels))
    try:
        there, here = (np.mean([_read(patient, site, draw, n, seed) for draw in draws]) for site in (target, home))
    except (InputError, NotAvailableError):
        return 0.0
    return float(there - here)


def _read(patient: Patient, site: Site, draw: "Mapping[str, Tensor]", n: int, seed: int) -> float:
    """Accuracy of a linear head on an untrained network, cross-fitted on n images."""
    some = np.sort(stratified_order(site.labels, seeding.generator(seed, "leak", site.at))[:n])
    features = features_at(with_state(patient, draw), site, (PENULTIMATE,))[PENULTIMATE][some]
    labels = site.labels[some]
    return float((cross_fitted(features, labels, folds=2, seed=seed).argmax(axis=1) == labels).mean())


def above_home(target: NDArray[np.float64], home: NDArray[np.float64], *, easier: float = 0.0) -> Experiment:
    """A target on which the untouched checkpoint is far better than at home; suggestive at most.

    Args:
        target: (N,) 1 where it is right on a target image, else 0.
        home: (M,) the same of held-out images of the source.
        easier: how much better random features are read on the target than at home, the sham; a fraction.
    """
    found = two_shares(target, home)
    easier = min(max(0.0, easier), 1.0 - found.second)
    fewer_errors = 1.0 - found.first <= RATIO * (1.0 - found.second - easier)
    far = found.low > easier and (found.difference - easier > FAR or fewer_errors)
    reason = "which images trained it is not known; an easier target looks the same" if far else ""
    details = (f"home {100 * found.second:.1f} % of {found.second_n} images",)
    return Experiment(
        name="above_home",
        stage="file",
        cause=CAUSE,
        title="the target instead of home",
        at="target",
        before=found.second,
        after=found.first,
        sham=found.second + easier,
        sham_title="accuracy at home, and what random features gain on the target",
        effect=Effect(
            value=found.difference - easier, low=found.low - easier, high=found.high - easier, n=found.first_n
        ),
        p=found.p,
        outcome="suggestive" if far else "ruled_out" if found.high - easier < FAR else "unclear",
        reason=reason,
        details=details,
    )


def _experiment(
    right: NDArray[np.float64], found: TwoShares | None, *, outcome: Outcome, details: tuple[str, ...], reason: str
) -> Experiment:
    """What leaving the images out does to accuracy: their share of what is better on them."""
    before, n = float(right.mean()), len(right)
    share = 0.0 if found is None else found.first_n / n
    return Experiment(
        name=CAUSE,
        stage="file",
        cause=CAUSE,
        title="the target without the images that trained the checkpoint",
        at="target",
        before=before,
        after=None if found is None else found.second,
        sham=before if found is not None else None,
        sham_title="the target without as many random images",
        effect=None
        if found is None
        else Effect(value=-share * found.difference, low=-share * found.high, high=-share * found.low, n=n),
        p=None if found is None else found.p,
        outcome=outcome,
        reason=reason,
        details=details,
    )
