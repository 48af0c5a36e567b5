"""Which images are right under a repair, and which of several repairs is best on one half."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.metrics import InputError, fit_probe, probe_right
from shiftprobe.repairs.base import FittedRepair, Half
from shiftprobe.repairs.bench import Bench
from shiftprobe.repairs.halving import Index
from shiftprobe.repairs.treated import Treated

FIRST_LOOK = 64  # images that tell hopeless candidates from others
SECOND_LOOK = 256  # images that choose among the others
HOPELESS = 0.1  # behind the best by more than that on the first look
LEAST = 0.01  # by which the chosen one must be ahead on the fitting half
DRAWS = 3  # shams of a search

Right = NDArray[np.bool_]


def right(bench: Bench, treated: Treated, fits: Index, judges: Index, labels: Index | None = None) -> Right:
    """Which of some images are right.

    Where the head knows the classes of the site, its answers are judged; else those of a linear readout of what the
    head is given, fitted to other images.

    Args:
        bench: images.
        treated: the checkpoint under its repairs.
        fits: places of images that a readout may be fitted to.
        judges: places of images that are judged.
        labels: (N,) of all images; None: the true ones.

    Raises:
        NotAvailableError: when the network gives NaN or infinity, or no readout can be fitted.
    """
    truth = bench.labels if labels is None else labels
    if bench.site.columns is not None:
        return np.asarray(bench.scores(treated, judges).argmax(axis=1) == truth[judges])
    try:
        probe = fit_probe(bench.look(treated, fits).features, truth[fits])
        return probe_right(probe, bench.look(treated, judges).features, truth[judges])
    except InputError as error:
        raise NotAvailableError(f"no readout of frozen features: {error}") from None


def search(
    half: Half, candidates: Mapping[str, Treated], *, among: Mapping[str, Treated] | None = None
) -> FittedRepair:
    """The candidate that is best on the fitting half; its sham is the same search on shuffled labels.

    Args:
        half: where it is searched.
        candidates: by name.
        among: what shams choose from; None: the candidates.
    """
    name = best(half, candidates)
    if name is None:
        return FittedRepair(treated=None)
    return FittedRepair(treated=candidates[name], shams=searched_shams(half, among or candidates), details=(name,))


def searched_shams(half: Half, candidates: Mapping[str, Treated]) -> Callable[[], Sequence[Treated]]:
    """The same search on shuffled labels, drawn several times."""

    def drawn() -> Sequence[Treated]:
        chosen = (best(half, candidates, half.shuffled("search", draw), least=-1.0) for draw in range(DRAWS))
        return [half.now if name is None else candidates[name] for name in chosen]

    return drawn


def best(
    half: Half, candidates: Mapping[str, Treated], labels: Index | None = None, *, least: float = LEAST
) -> str | None:
    """The name of the candidate with most images right on the fitting half; None where none is ahead of what there is.

    Few images tell which candidates are hopeless, more choose among the others.

    Args:
        half: where it is searched; the earlier of two equal candidates is taken.
        candidates: by name.
        labels: (N,) of all images; None: the true ones.
        least: by which it must be ahead of what there is, a fraction.
    """
    left, count = dict(candidates), 0
    while left:
        count = FIRST_LOOK if count == 0 else SECOND_LOOK
        shares = {name: accuracy(half, one, count, labels) for name, one in left.items()}
        now, top = accuracy(half, half.now, count, labels), max(shares.values())
        if count == SECOND_LOOK or len(half.fits) <= FIRST_LOOK:
            ahead = [name for name, share in shares.items() if share >= now + least and share >= 0.0]
            return max(ahead, key=lambda name: shares[name], default=None)
        left = {name: left[name] for name, share in shares.items() if share >= max(now, top) - HOPELESS}
    return None


def accuracy(half: Half, treated: Treated, count: int, labels: Index | None = None) -> float:
    """The share of the fitting half's first images that are right; -1 where there are no numbers.

    Where a readout judges, all images of the half are used: one half of them fits it, the other judges, both ways.
    """
    bench = half.bench
    try:
        if bench.site.columns is not None:
            return float(right(bench, treated, half.fits, half.fits[:count], labels).mean())
        one, two = half.fits[0::2], half.fits[1::2]
        rights = [right(bench, treated, a, b, labels).sum() for a, b in ((one, two), (two, one))]
        return float(sum(rights) / len(half.fits))
    except NotAvailableError:
        return -1.0
