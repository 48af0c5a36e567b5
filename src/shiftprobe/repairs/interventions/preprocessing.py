"""Another preparation of the same images."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.interventions.moments import channel_moments
from shiftprobe.repairs.scoring import search

if TYPE_CHECKING:
    from shiftprobe.repairs.treated import Treated

OWN = "these images' own mean and std"
_LOOKED_AT = 32  # images that show whether a preparation changes anything
_NUMBERS = ("size", "mean", "std", "order")


def preprocessing(half: Half) -> FittedRepair:
    """The alternative (`models.alternatives`) that is best on the fitting half; the sham is chosen by shuffled labels.

    On the target of a checkpoint that has home images only reader, crop and interpolation are tried: levels wrong on
    the target alone are a matter of its images, which other repairs change.

    Raises:
        NotAvailableError: where no alternative changes what the network is given.
    """
    from shiftprobe.models.alternatives import changing

    now, places = half.now.patient.preprocess, half.fits[:_LOOKED_AT]
    ways = changing(now, _alternatives(half), lambda one: half.bench.prepared(half.now.prepared_as(one), places))
    if not ways:
        raise NotAvailableError("no other preprocessing changes what the network is given")
    found = search(half, {name: half.now.prepared_as(other) for name, other in ways.items()})
    if found.treated is None:
        return found
    chosen: Treated = found.treated
    other = chosen.patient.preprocess
    cause = "channel_order" if replace(other, order=now.order) == now else ""
    return replace(found, cause=cause, details=(*found.details, *moved(now, other)))


def moved(now: Preprocess, other: Preprocess) -> tuple[str, ...]:
    """The keys that differ, each with both values: "order RGB to BGR"."""
    keys = ("reader", "size", "resize", "crop", "interpolation", "order", "mean", "std")
    return tuple(
        f"{key} {_value(getattr(now, key))} to {_value(getattr(other, key))}"
        for key in keys
        if getattr(now, key) != getattr(other, key)
    )


def _alternatives(half: Half) -> Mapping[str, Preprocess]:
    from shiftprobe.models.alternatives import alternatives

    now = half.now.patient.preprocess
    ways = dict(alternatives(now, half.bench.site.readers))
    if half.home is not None:
        return {name: one for name, one in ways.items() if all(getattr(one, k) == getattr(now, k) for k in _NUMBERS)}
    mean, std = channel_moments(half.bench.prepared(half.now, half.fits))
    if min(std) > 0:
        if now.order == "BGR":
            mean, std = mean[::-1], std[::-1]
        ways[OWN] = replace(now, mean=tuple(map(float, mean)), std=tuple(map(float, std)))
    return ways


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"{value[0]:.4g}" if len(set(np.round(value, 9))) == 1 else ",".join(f"{one:.4g}" for one in value)
    return "none" if value is None else str(value)


INTERVENTIONS.add(
    Intervention(
        name="preprocessing",
        causes={"home": "preprocessing", "target": "preprocessing"},
        titles={"home": "another preprocessing", "target": "another preprocessing of the target's images"},
        sham_titles=dict.fromkeys(("home", "target"), "a preprocessing chosen by shuffled labels"),
        rank=1,
        fit=preprocessing,
    )
)
