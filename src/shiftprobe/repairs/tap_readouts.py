"""What can be read at each tap of a checkpoint, and of fresh networks of the same architecture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.repairs.attempt import Attempt, Patient, Site
from shiftprobe.repairs.readouts import (
    MIN_HALF,
    Matrix,
    answers_right,
    features_at,
    right_by_tap,
    taps_of,
    with_state,
)

if TYPE_CHECKING:
    from torch import Tensor

CONSTANT = 1e-3  # of a unit's root mean square: a smaller standard deviation over images is none
SHAM = "the same two readouts in untrained networks of the same architecture"


@dataclass(frozen=True, slots=True, kw_only=True)
class TapUnits:
    """Units of a tap that say the same of every image."""

    tap: str
    units: int
    constant: float  # share of units, of the checkpoint
    directions: float  # in which its features vary: 1 where all move together (participation ratio)
    fresh_constant: tuple[float, ...]  # of each untrained network
    fresh_directions: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TapReadouts:
    """Cross-fitted readouts of every tap: each image is judged by what was fitted to the other half."""

    at: str  # "home" or "target"
    head: Matrix | None  # (N,) 1 where the head is right; None where it does not know the classes
    right: Mapping[str, Matrix]  # by tap in depth order, the input first: (N,) 1 where its readout is right
    fresh: tuple[Mapping[str, Matrix], ...]  # the same of each untrained network
    units: tuple[TapUnits, ...]  # of every tap but the input

    @property
    def taps(self) -> tuple[str, ...]:
        """In depth order, the input first, what the head is given last."""
        return tuple(self.right)

    @property
    def random(self) -> float:
        """Of what the heads of untrained networks are given: their mean accuracy."""
        return float(np.mean([one[PENULTIMATE].mean() for one in self.fresh]))


def tap_readouts(
    patient: Patient, site: Site, draws: "Sequence[Mapping[str, Tensor]]", *, seed: int = 0
) -> TapReadouts:
    """Look at a site with a checkpoint and with untrained networks.

    Args:
        patient: the checkpoint.
        site: 40 images or more; a thousand are plenty.
        draws: state dicts of untrained networks of the same architecture.
        seed: of the halves.

    Raises:
        NotAvailableError: with too few images, one class, or where the network gives NaN.
    """
    if len(site.labels) < 2 * MIN_HALF or len(np.unique(site.labels)) == 1:
        raise NotAvailableError(f"wanted {2 * MIN_HALF} labelled images of two classes, got {len(site.labels)}")
    taps = taps_of(patient)
    own = features_at(patient, site, taps)
    fresh = [features_at(with_state(patient, state), site, taps) for state in draws]
    return TapReadouts(
        at=site.at,
        head=answers_right(patient, site),
        right=right_by_tap(own, site.labels, seed=seed),
        fresh=tuple(right_by_tap(one, site.labels, seed=seed) for one in fresh),
        units=tuple(
            TapUnits(
                tap=tap,
                units=own[tap].shape[1],
                constant=constant_share(own[tap]),
                directions=directions(own[tap]),
                fresh_constant=tuple(constant_share(one[tap]) for one in fresh),
                fresh_directions=tuple(directions(one[tap]) for one in fresh),
            )
            for tap in taps[1:]
        ),
    )


def constant_share(features: NDArray[np.float32]) -> float:
    """Share of the units of (N, D) features that say the same of every image: 0 none, 1 all of them."""
    x = features.astype(np.float64)
    size = np.sqrt(np.square(x).mean(axis=0))
    return float((x.std(axis=0) <= CONSTANT * size).mean())


def directions(features: NDArray[np.float32]) -> float:
    """In how many directions (N, D) features vary: from 1, where all units move together, to D; 0 where none moves.

    Reference: participation ratio of the covariance's eigenvalues (Gao et al., 2017, bioRxiv 214262).
    """
    x = features.astype(np.float64)
    x = x - x.mean(axis=0)
    gram = x.T @ x if x.shape[1] <= len(x) else x @ x.T
    whole = float(np.square(gram).sum())
    return float(np.trace(gram)) ** 2 / whole if whole > 0 else 0.0


def read_below(found: TapReadouts, below: str, *, name: str, cause: str, details: Sequence[str] = ()) -> Attempt:
    """A new head on a tap below a faulty layer; its sham is what the same step down gains in untrained networks.

    `sham` is the readout of what the head is given, plus the mean gain of untrained networks on that image, so that
    repair minus sham is the gain beyond theirs; it may lie outside 0 to 1.

    Args:
        found: of the site.
        below: the last tap before the fault, or `input`.
        name: of the attempt.
        cause: what it proves where it works.
        details: layers or taps at fault.
    """
    last = found.right[PENULTIMATE]
    gains = np.mean([one[below] - one[PENULTIMATE] for one in found.fresh], axis=0)
    return Attempt(
        name=name,
        cause=cause,
        title=f"a new head on {'the image itself' if below == found.taps[0] else below}",
        sham_title=SHAM,
        before=last if found.head is None else found.head,
        after=found.right[below],
        sham=last + gains,
        details=tuple(details),
    )
