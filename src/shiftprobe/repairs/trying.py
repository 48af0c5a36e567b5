"""A repair tried at a place: fitted on one half, judged on the other, both ways, beside its sham."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.repairs.attempt import Attempt
from shiftprobe.repairs.base import AtHome, FittedRepair, Half, Intervention
from shiftprobe.repairs.bench import Bench
from shiftprobe.repairs.halving import Index
from shiftprobe.repairs.scoring import right
from shiftprobe.repairs.treated import Treated
from shiftprobe.stats.image_spread import ImageSpread, image_spread

GAIN = 0.03  # fraction of images that a repair must win
ALPHA = 0.05

Rights = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPlace:
    """A site, and the checkpoint as the repairs that were kept there leave it."""

    bench: Bench
    now: tuple[Treated, Treated]  # what was fitted on each half
    whole: Treated  # what was fitted on all images
    home: AtHome | None = None

    @classmethod
    def begun(cls, bench: Bench, treated: Treated, home: AtHome | None = None) -> "RepairPlace":
        """A place where nothing was kept yet."""
        return cls(bench=bench, now=(treated, treated), whole=treated, home=home)

    @property
    def parts(self) -> tuple[Half, Half]:
        """Either half as the one that fits, the other as the one that judges."""
        one, two = self.bench.halves
        first, second = self.now
        return (
            Half(bench=self.bench, now=first, fits=one, judges=two, home=self.home, name="first"),
            Half(bench=self.bench, now=second, fits=two, judges=one, home=self.home, name="second"),
        )

    @property
    def all_of_it(self) -> Half:
        """All images as those that fit."""
        nothing = np.empty(0, np.int64)
        every = self.bench.everything
        return Half(bench=self.bench, now=self.whole, fits=every, judges=nothing, home=self.home, name="all")

    def rights(self) -> Rights:
        """(N,) 1 where an image is right as things stand.

        Raises:
            NotAvailableError: when the network gives NaN or infinity.
        """
        return _crossed(self, [[part.now] for part in self.parts])


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRepair:
    """A repair, what it did image by image, and what each half chose."""

    attempt: Attempt
    method: Intervention | None = None  # None: it was tried elsewhere, and nothing of it is kept
    fitted: tuple[FittedRepair, ...] = ()  # one per half

    @property
    def weak(self) -> str:
        """Why it is suggestive at most."""
        return next((one.weak for one in self.fitted if one.weak), "")


def try_repair(place: RepairPlace, method: Intervention, before: Rights) -> TriedRepair:
    """Fit a repair on each half and judge it on the other.

    Its sham is run where the repair wins three points and that is more than chance (p below .05, alone). Elsewhere it
    cannot be named, and stands beside the checkpoint as it is.

    Args:
        place: where.
        method: what.
        before: (N,) 1 where an image is right without it.
    """
    at = place.bench.site.at
    begun = Attempt(name=method.name, cause=method.causes[at], title=method.titles[at])
    try:
        fitted = tuple(method.fit(part) for part in place.parts)
        after = _crossed(place, [[one.treated or part.now] for one, part in zip(fitted, place.parts, strict=True)])
    except NotAvailableError as error:
        return TriedRepair(attempt=_with(begun, reason=str(error)), method=method)
    causes = {one.cause or begun.cause for one in fitted if one.treated is not None}
    cause = causes.pop() if len(causes) == 1 else begun.cause
    details = tuple(dict.fromkeys(text for one in fitted for text in one.details))
    done = _with(begun, cause=cause, details=details, before=before, after=after)
    if wins(before, after):
        sham = _sham(place, fitted)
        done = _with(done, sham=before if sham is None else sham, sham_title=method.sham_titles[at])
    return TriedRepair(attempt=done, method=method, fitted=fitted)


def wins(before: Rights, after: Rights) -> bool:
    """Whether a repair wins three points and more than chance."""
    return float((after - before).mean()) >= GAIN and p_value(after - before) < ALPHA


def spread(gaps: Rights) -> ImageSpread:
    """What the images leave open of (N,) differences; those from a sham that is a sum may lie outside ±1."""
    return image_spread(gaps, widest=max(1.0, float(np.abs(gaps).max())))


def p_value(gaps: Rights) -> float:
    """Two-sided p of no difference, of (N,) differences image by image: the t test that `stats.images` inverts."""
    from scipy.special import stdtr

    if not gaps.any():
        return 1.0
    found = spread(gaps)
    return float(2.0 * stdtr(found.df, -abs(found.centre) / found.error))


def keep(place: RepairPlace, tried: TriedRepair) -> RepairPlace:
    """The place after a repair: each half keeps what it chose, the whole what all images choose."""
    if tried.method is None:
        return place
    parts, name = place.parts, f"{place.bench.site.at}:{tried.method.name}"
    now = [_kept(one.treated or part.now, name) for one, part in zip(tried.fitted, parts, strict=True)]
    whole = tried.method.fit(place.all_of_it).treated or place.whole
    return RepairPlace(bench=place.bench, now=(now[0], now[1]), whole=_kept(whole, name), home=place.home)


def _kept(treated: Treated, name: str) -> Treated:
    return replace(treated, repairs=(*treated.repairs, name))


def _sham(place: RepairPlace, fitted: Sequence[FittedRepair]) -> Rights | None:
    """(N,) the share of shams under which an image is right; None where no sham gives numbers."""
    every = [
        [part.now] if one.treated is None else list(one.shams()) for one, part in zip(fitted, place.parts, strict=True)
    ]
    try:
        return _crossed(place, every)
    except NotAvailableError:
        return None


def _crossed(place: RepairPlace, treated: Sequence[Sequence[Treated]]) -> Rights:
    """(N,) right or wrong, each image by what was fitted on the other half; the mean where there are several."""
    found = np.zeros(len(place.bench))
    for part, every in zip(place.parts, treated, strict=True):
        judges: Index = part.judges
        rights = [right(place.bench, one, part.fits, judges) for one in every]
        found[judges] = np.mean(rights, axis=0)
    return found


def _with(attempt: Attempt, **fields: object) -> Attempt:
    return replace(attempt, **fields)  # type: ignore[arg-type] # names and types are those of the fields
