"""What of some data gave no image, in words for those who look at it without a page."""

from shiftprobe.core.escape import escape
from shiftprobe.core.words import counted
from shiftprobe.data.bundle import Bundle, Skipped

MOST_ASIDE = 100
"""Files set aside that results name; of more they keep the count."""


def left_out(bundle: Bundle) -> tuple[str, ...]:
    """A sentence for pictures that could not be read and one for files that are none; nothing where there are none."""
    name = escape(bundle.name)
    said = []
    if bundle.skipped:
        count = len(bundle.skipped)
        first = f"the first {_named(bundle.skipped[0])}: {escape(bundle.skipped[0].reason, 80)}"
        said.append(f"{counted(count, 'picture')} of {name} could not be read and {_were(count)} skipped, {first}")
    if bundle.set_aside:
        count = len(bundle.set_aside)
        first = f"the first {_named(bundle.set_aside[0])}"
        said.append(f"{counted(count, 'file')} of {name} {_were(count)} set aside as no picture, {first}")
    return tuple(said)


def _named(one: Skipped) -> str:
    return escape(one.path, 60)


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
