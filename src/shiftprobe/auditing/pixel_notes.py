"""What a reader must know of the pixels that an audit looks at: who read the files, and where shifts fall."""

from typing import TYPE_CHECKING

from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.types import Note
from shiftprobe.core.escape import escape
from shiftprobe.core.readers import OwnReader
from shiftprobe.results.about import WorkingResolution
from shiftprobe.results.reading_choices import ReadingChoices

if TYPE_CHECKING:
    from shiftprobe.auditing.ready import Ready


def choices(data: Side, target: Side | None, reader: OwnReader) -> dict[str, ReadingChoices]:
    """What of either side hangs on who reads its files; nothing of one where nothing does."""
    sides = {"data": data} | ({} if target is None else {"target": target})
    found = {name: side.reading(reader) for name, side in sides.items()}
    return {name: one for name, one in found.items() if one is not None}


def reading(ready: "Ready") -> tuple[Note, ...]:
    """Pictures that say more than their pixels, and what was made of it."""
    sides = ready.sides
    said = [one.told(escape(sides[side].name), "--reader") for side, one in ready.reading.items()]
    return tuple(Note(about="data", text=one) for one in said)


def working(ready: "Ready") -> tuple[Note, ...]:
    """That shifts fall on fewer pixels than the images have."""
    if ready.working is None or not ready.request.policy.shifts:
        return ()
    larger, images = ready.data.larger(ready.working), len(ready.data)
    found = WorkingResolution(side=ready.working, larger=larger, images=images)
    return (Note(about="policy", text=found.told.rstrip(".")),)
