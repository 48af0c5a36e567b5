"""Shifts that move images towards those of the user's own target, given some of these as references.

They are not in `SHIFTS`: without references there is nothing to move towards. `TOWARD[name](references)` is a shift
like any other: severity 0 returns the same bytes, 1 is as near as the method gets, and `remaining` says what is left.
"""

from shiftprobe.core.registry import Registry
from shiftprobe.shifts.toward_colour import colour, pixels
from shiftprobe.shifts.toward_distance import Remaining, remaining
from shiftprobe.shifts.toward_fourier import fourier
from shiftprobe.shifts.toward_histogram import histogram
from shiftprobe.shifts.toward_references import TowardFamily, TowardShift

__all__ = ["TOWARD", "Remaining", "TowardFamily", "TowardShift", "remaining"]

TOWARD: Registry[TowardFamily] = Registry("shift towards a target")
"""Every method by name; each is called with reference images."""

TOWARD.add(
    TowardFamily(
        name="toward_fourier",
        about="low-frequency amplitudes of the target, the image's own phases",
        parameter="low amplitudes",
        random=False,
        method=fourier,
    )
)
TOWARD.add(
    TowardFamily(
        name="toward_histogram",
        about="the target's distribution of grey levels in every channel",
        parameter="histogram",
        random=False,
        method=histogram,
    )
)
TOWARD.add(
    TowardFamily(
        name="toward_pixels",
        about="mean and covariance of the target's colours",
        parameter="colour covariance",
        random=False,
        method=pixels,
    )
)
TOWARD.add(
    TowardFamily(
        name="toward_colour",
        about="mean and spread of one target image's colours, drawn per image",
        parameter="mean and spread of colour",
        random=True,
        method=colour,
    )
)
