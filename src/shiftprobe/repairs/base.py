"""What a repair is: how it is fitted on one half of the images, and what its sham is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shiftprobe.core import seeding
from shiftprobe.core.registry import Registry
from shiftprobe.repairs.bench import Bench
from shiftprobe.repairs.halving import Index
from shiftprobe.repairs.treated import Treated


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHome:
    """Held-out images of the source, and the checkpoint as it was left there."""

    bench: Bench
    treated: Treated


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """Where a repair is fitted: one half of a site's images, under the repairs that were kept on that half."""

    bench: Bench
    now: Treated
    fits: Index  # places, in an order whose every beginning is stratified
    judges: Index  # places that judge; no label of theirs is used
    home: AtHome | None = None  # None at home, and where there are no source images
    name: str = "first"  # of the half, for its draws

    def rng(self, *purpose: int | str) -> np.random.Generator:
        """A generator of this half's own."""
        return seeding.generator(self.bench.seed, "repairs", self.bench.site.at, self.name, *purpose)

    def shuffled(self, purpose: str, draw: int) -> Index:
        """(N,) labels of all images, those of the fitting half dealt anew among themselves."""
        labels = self.bench.labels.copy()
        labels[self.fits] = self.rng(purpose, "labels", draw).permutation(labels[self.fits])
        return labels


def no_shams() -> Sequence[Treated]:
    """The sham of a repair that changed nothing."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedRepair:
    """A repair as one half of the images chose it."""

    treated: Treated | None  # None where nothing that was tried was better on that half
    shams: Callable[[], Sequence[Treated]] = no_shams  # the same without the cause; made when they are needed
    details: tuple[str, ...] = ()
    cause: str = ""  # where it is another than the repair's own
    weak: str = ""  # why it is suggestive at most
    advice: bool = False  # whether it helps where nothing is wrong with what it repairs: it is named as no cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """One repair, which is a file of the package `interventions`.

    `fit` leaves the network it is given as it is. It raises NotAvailableError where the repair cannot be tried.
    """

    name: str
    causes: Mapping[str, str]  # by place, "home" or "target": what it proves there; it is not tried at other places
    titles: Mapping[str, str]  # by the same places
    sham_titles: Mapping[str, str]
    rank: int  # of two that explain a gap equally well the smaller one is named: the more specific, the cheaper
    fit: Callable[[Half], FittedRepair]
    of_answers: bool = False  # whether it reads the same outputs otherwise: a new head could do as much
    last: bool = False  # named only where nothing else is


INTERVENTIONS: Registry[Intervention] = Registry("intervention")
"""Every repair; a module of `interventions` adds its own."""
