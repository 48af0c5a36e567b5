"""An audit that a folder holds already: of the same content, and yet by other names."""

from contextlib import suppress

from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.verdicts_file import VERDICTS, read
from shiftprobe.core.errors import RunError
from shiftprobe.core.reading import is_there, read_bytes


def done_before(ready: Ready) -> str:
    """How an earlier audit in this one's folder calls the same images; empty without one, or by the same names.

    A folder is named by content: pictures in a folder, in parquet and in tars are one audit.
    """
    path = ready.folder / VERDICTS
    if ready.request.out is not None or not is_there(path):
        return ""
    with suppress(OSError, RunError):  # a damaged one is written anew
        found = read(read_bytes(path), path)
        earlier = [found.data.name, *([found.target.name] if found.target else [])]
        return " and ".join(earlier) if earlier != [side.name for side in ready.sides.values()] else ""
    return ""
