"""From two sets of images to the shifts between them, with their uncertainty."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.concurrent import one_thread_each
from shiftprobe.core.errors import DataError
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.types import Features, Image
from shiftprobe.locate.doubles import doubles, swapped
from shiftprobe.locate.fit_space import FitSpace, Option, chain_of
from shiftprobe.locate.image_statistics import describe
from shiftprobe.locate.location import AGREED, Choice, Found, Located
from shiftprobe.locate.resample import resampled
from shiftprobe.locate.shift_kinds import kind_of
from shiftprobe.locate.singles import COARSE_IMAGES, Single, coarse_chains, finalists, scatter, second_look, singles
from shiftprobe.locate.space import apart, metric, scale_of
from shiftprobe.locate.statistics_cache import StatisticsCache
from shiftprobe.locate.views import Views, matched
from shiftprobe.shifts import SHIFTS

Array = NDArray[np.float64]

LEVEL = 0.01  # p value below which source and target differ
NOISE = 3.0  # standard deviations of its noise that what remains must exceed before a second shift is looked for
CUT = 1 / 3  # of what remains that a second shift must remove
SWAPS = 3  # rounds in which one of a pair is replaced
LEAST_SECOND_DOSE = 0.03  # dose that counts as a second shift
THREADS = 2


@one_thread_each()  # threads of ours do the work: libraries that add their own take twice the processor time
def locate(
    source: Sequence[Image],
    target: Sequence[Image],
    *,
    shifts: Sequence[str] | None = None,
    seed: int = 0,
    monitor: Monitor | None = None,
) -> Located:
    """One or two shifts, with their severities, that bring the source's statistics nearest to the target's.

    Args:
        source: images (H, W, C) uint8, at least 20; 200 are looked at.
        target: images of the same kind of thing, other ones or the same, at least 20.
        shifts: families to choose from; all of them unless given. Those that need colour are left out on grey images.
        seed: of the draws: which images, the shifts' own, resamples.
        monitor: is told how far it is.

    Raises:
        DataError: when a set holds too few images, images that are too small, or none of the shifts fits them.
        UnknownNameError: when no shift goes by one of the names.
    """
    views = matched(source, target, seed)
    names, left_out = candidates(shifts, grey=views.source.shape[3] == 1)
    plain = describe(views.source)
    scale = scale_of(plain)
    here, there = scale(plain), scale(describe(views.target))
    p_value = apart(here, there, seed)
    blank = _blank(views, p_value, left_out)
    if p_value > LEVEL:
        return blank
    cache = StatisticsCache(views.source, scale, seed, THREADS)
    space = _space(cache, names, here=here, there=there, monitor=monitor)
    return _told(space, _options(space, names, monitor), blank, seed)


def candidates(shifts: Sequence[str] | None, *, grey: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The families to choose from, and those left out because these images have no colour.

    Raises:
        DataError: when none is left.
        UnknownNameError: when no shift goes by one of the names.
    """
    wanted = sorted(set(SHIFTS if shifts is None else shifts))  # sums do not depend on the order asked for
    left_out = tuple(name for name in wanted if getattr(SHIFTS[name], "colour", False) and grey)
    names = tuple(name for name in wanted if name not in left_out)
    if not names:
        asked = ", ".join(wanted) or "none"
        raise DataError(f"locate needs a shift that these images can take, got {asked}; name others, or none for all")
    return names, left_out


def _blank(views: Views, p_value: float, left_out: tuple[str, ...]) -> Located:
    """What is known before a fit: the two sets, and that nothing was found."""
    notes = (f"left out, for they need colour: {', '.join(left_out)}",) if left_out else ()
    return Located(
        p_value=p_value,
        source_images=len(views.source),
        target_images=len(views.target),
        side=views.source.shape[1],
        channels=views.source.shape[3],
        notes=(*views.notes, *notes),
    )


def _space(
    cache: StatisticsCache, names: Sequence[str], *, here: Features, there: Features, monitor: Monitor | None
) -> FitSpace:
    """The space in which this source and target are compared."""
    chains = coarse_chains(names)
    if monitor:
        monitor.begin("single shifts", len(chains))
    cache.fill(chains, COARSE_IMAGES, monitor)
    white = metric(here, there, scatter(cache, names))
    return FitSpace(cache=cache, white=white, source=here @ white, target=there @ white)


class Left(NamedTuple):
    """What an option leaves of the way to the target."""

    rows: Array  # (N, D) of the source under it
    doses: tuple[float, ...]
    distance: float  # squared, the noise's own subtracted
    spread: float  # standard deviation of that by chance


def _left(space: FitSpace, option: Option) -> Left:
    doses = option.best(space)[1]
    rows = space.rows(chain_of(option.names, doses), len(space.source))
    noise = space.noise(rows)
    return Left(rows, doses, space.distance(rows) - noise.sum(), float(np.sqrt(2 * (noise**2).sum())))


def _options(space: FitSpace, names: Sequence[str], monitor: Monitor | None) -> list[Option]:
    """The nearest families, or the nearest pairs where the first of them explains clearly more; best first."""
    coarse = singles(space, names)
    ones = finalists(space, coarse, monitor)
    one = _left(space, ones[0])
    if one.distance < NOISE * one.spread:
        return ones
    ones = _nearest_of_each([*ones, *second_look(space, coarse, monitor)], space)
    one = _left(space, ones[0])
    if one.distance < NOISE * one.spread:
        return ones
    twos = _pairs(space, coarse, monitor)
    two = _left(space, twos[0]) if twos else one
    return twos if two.distance < (1 - CUT) * one.distance and min(two.doses) > LEAST_SECOND_DOSE else ones


def _pairs(space: FitSpace, coarse: Sequence[Single], monitor: Monitor | None) -> list[Option]:
    """The nearest pairs; while more than noise remains, one of the two is replaced by any other that is nearer."""
    names, twos = [single.name for single in coarse], doubles(space, coarse, monitor)
    for _ in range(SWAPS if twos else 0):
        two = _left(space, twos[0])
        if two.distance < NOISE * two.spread:
            break
        twos = _nearest_of_each([*twos, *swapped(space, twos[0], names, monitor)], space)
        if _left(space, twos[0]).distance > (1 - CUT) * two.distance:
            break
    return twos


def _nearest_of_each(options: Sequence[Option], space: FitSpace) -> list[Option]:
    """The nearest option of each family, nearest first."""
    kept: dict[tuple[str, ...], Option] = {}
    for option in sorted(options, key=lambda option: _left(space, option).distance):
        kept.setdefault(option.names, option)
    return list(kept.values())


def _told(space: FitSpace, options: Sequence[Option], blank: Located, seed: int) -> Located:
    left = _left(space, options[0])
    sure = resampled(space, options, left.rows, seed)
    before = space.distance(space.source) - float(space.noise(space.source).sum())
    names = options[0].names
    kind_share = _share(sure.kinds, map(kind_of, names))
    split = kind_share < AGREED
    return dataclasses.replace(
        blank,
        shifts=tuple(
            Found(
                name=name, kind=kind_of(name), severity=dose, low=None if split else low, high=None if split else high
            )
            for name, dose, (low, high) in zip(names, left.doses, sure.doses, strict=True)
        ),
        distance=before,
        remaining=max(left.distance, 0.0),
        explained=float(np.clip(1 - left.distance / before, 0, 1)),
        low=None if split else sure.explained[0],
        high=None if split else sure.explained[1],
        families=sure.families,
        kinds=sure.kinds,
        family_share=_share(sure.families, names),
        kind_share=kind_share,
        split=split,
    )


def _share(choices: Sequence[Choice], names: Iterable[str]) -> float:
    """How often these were chosen, whatever the order in which they are applied."""
    wanted = tuple(sorted(names))
    return next((one.share for one in choices if one.names == wanted), 0.0)
