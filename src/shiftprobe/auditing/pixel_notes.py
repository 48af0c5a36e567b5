"""What a reader must know of the pixels that an audit looks at: who read the files, and where shifts fall."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.types import Note
from shiftprobe.core.escape import escape
from shiftprobe.core.readers import Reader
from shiftprobe.results.about import WorkingResolution

if TYPE_CHECKING:
    from shiftprobe.auditing.ready import Ready


def reading(sides: Mapping[str, Side], reader: Reader) -> tuple[Note, ...]:
    """Pictures that say more than their pixels, and what was made of it."""
    said = [side.reading(reader).told(escape(side.name), "--reader") for side in sides.values()]
    return tuple(Note(about="data", text=one) for one in said if one)


def working(ready: "Ready") -> tuple[Note, ...]:
    """That shifts fall on fewer pixels than the images have."""
    if ready.working is None or not ready.request.policy.shifts:
        return ()
    larger, images = ready.data.larger(ready.working), len(ready.data)
    found = WorkingResolution(side=ready.working, larger=larger, images=images)
    return (Note(about="policy", text=found.told.rstrip(".")),)
