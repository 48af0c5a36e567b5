"""The target's mean and spread of each channel brought to those at home."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.scoring import best
from shiftprobe.repairs.treated import Pixels, Treated

NAME = "matched"
FULL = 255.0

Moments = tuple[NDArray[np.float64], NDArray[np.float64]]  # mean and std per channel, fractions of full scale


def moments(half: Half) -> FittedRepair:
    """Levels of the target, stretched and moved per channel until mean and std are home's; nothing is clipped.

    The sham matches the fitting half to the other half of the target: the same arithmetic without a cause.

    Raises:
        NotAvailableError: without home images, or where a channel never varies.
    """
    if half.home is None:
        raise NotAvailableError("there are no home images whose mean and contrast could be matched")
    bench, home, now = half.bench, half.home, half.now
    here = channel_moments(bench.prepared(now, half.fits))
    there = channel_moments(home.bench.prepared(home.treated, home.bench.everything))
    found = now.prepared_as(matched(now.patient.preprocess, here, there))
    if best(half, {NAME: found}) is None:
        return FittedRepair(treated=None)
    told = tuple(f"{name} {_many(a)} to {_many(b)}" for name, a, b in zip(("mean", "std"), here, there, strict=True))

    def sham() -> tuple[Treated]:
        other = channel_moments(bench.prepared(now, half.judges))
        return (now.prepared_as(matched(now.patient.preprocess, here, other)),)

    return FittedRepair(treated=found, shams=sham, details=told)


def channel_moments(images: Pixels) -> Moments:
    """Mean and std of each channel of (N, S, S, C) grey levels, fractions of full scale."""
    counts = np.stack([np.bincount(images[..., c].ravel(), minlength=256) for c in range(images.shape[3])])
    share, levels = counts / counts.sum(axis=1, keepdims=True), np.arange(256) / FULL
    mean = share @ levels
    return mean, np.sqrt((share * (levels - mean[:, None]) ** 2).sum(axis=1))


def matched(now: Preprocess, here: Moments, there: Moments) -> Preprocess:
    """The preprocessing that meets images of some moments as `now` meets images of others.

    Raises:
        NotAvailableError: where a channel never varies.
    """
    if min(here[1].min(), there[1].min()) <= 0.0:
        raise NotAvailableError("a channel never varies, so its contrast cannot be matched")
    if now.order == "BGR":  # mean and std of a preprocessing are in the network's order
        here, there = ((one[0][::-1], one[1][::-1]) for one in (here, there))
    ratio = here[1] / there[1]
    middle = here[0] - (there[0] - np.array(now.mean)) * ratio
    spread = np.array(now.std) * ratio
    return replace(now, mean=tuple(map(float, middle)), std=tuple(map(float, spread)))


def _many(values: NDArray[np.float64]) -> str:
    return ", ".join(f"{value:.3f}" for value in values)


INTERVENTIONS.add(
    Intervention(
        name="moments",
        causes={"target": "moved_moments"},
        titles={"target": "mean and contrast of the target's images matched to home"},
        sham_titles={"target": "matched to the target's own other half"},
        rank=7,
        fit=moments,
    )
)
