"""How the program ends: every exit code, and what goes wrong as one line and a code.

Exit code 1 means that an audit failed, and nothing else: whatever breaks, breaks with another one.
"""

import errno
import io
import os
import sys
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path

from shiftprobe.core.errors import ResourceError, ShiftprobeError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.core.files import EXHAUSTED

USAGE, FAILED_CELLS, OWN_FAULT, INTERRUPTED, BROKEN_PIPE, TERMINATED = 2, 4, 70, 130, 141, 143
OUT_OF_RESOURCES = ResourceError.exit_code
TABLE = (
    "Exit codes: 0 done or pass, 1 audit failed, 2 usage or refused input, 3 audit cannot tell, 4 finished with "
    "failed cells, 5 out of disk, memory or permission, 6 folder busy, 70 our own fault, 130/141/143 interrupted, "
    "nobody reads on, or terminated."
)


def answer(error: BaseException) -> int:
    """Say in one line what went wrong; the exit code for it is handed back, never 1."""
    if isinstance(error, SystemExit):
        return _left(error)
    code, told = _known(error)
    if code == OWN_FAULT:
        return _own_fault(error)
    if told:
        complain(told)
    return code


def _left(end: SystemExit) -> int:
    """The code of somebody who left by himself; 1 is an audit's alone, and typer's where nobody reads on."""
    if isinstance(end.__context__, BrokenPipeError):
        return BROKEN_PIPE
    return end.code if isinstance(end.code, int) and end.code != 1 else OWN_FAULT


def _known(error: BaseException) -> tuple[int, str]:
    """The exit code of an error, and its line; `OWN_FAULT` where nobody foresaw it."""
    if isinstance(error, ShiftprobeError):
        return error.exit_code, f"shiftprobe: {error}"
    if isinstance(error, KeyboardInterrupt):
        kept = "interrupted; what is finished is kept, the same command goes on from there"
        return INTERRUPTED, f"\nshiftprobe: {kept}"
    if isinstance(error, BrokenPipeError):  # whoever read us has left, as `head` does
        return BROKEN_PIPE, ""
    again = "then run the same command again: what is finished is kept"
    if out_of_memory(error):
        return OUT_OF_RESOURCES, f"shiftprobe: out of memory; use fewer --workers or smaller images, {again}"
    if isinstance(error, OSError) and error.errno in {*EXHAUSTED, errno.EIO}:
        place = f" ({escape(error.filename)})" if error.filename else ""
        told = f"shiftprobe: {error.strerror}{place}; free some space or choose another place, {again}"
        return OUT_OF_RESOURCES, told
    return OWN_FAULT, ""


def _own_fault(error: BaseException) -> int:
    """Name the log that holds the traceback; where none can be written the traceback follows."""
    told = "".join(traceback.format_exception(error))
    fault = f"shiftprobe: this is our fault, not yours ({type(error).__name__}); please report"
    try:
        log = _log(told)
    except (OSError, MemoryError) as why:
        complain(f"{fault} what follows (no log could be written: {why})\n{told}".rstrip())
    else:
        complain(f"{fault} {log}")
    return OWN_FAULT


def _log(text: str) -> str:
    """A new file with a text, its path; none is left where the disk takes only a part of it."""
    with tempfile.NamedTemporaryFile("wb", prefix="shiftprobe-", suffix=".log", delete=False) as log:
        try:
            log.write(text.encode("utf-8", "backslashreplace"))
            log.flush()
        except BaseException:
            Path(log.name).unlink(missing_ok=True)
            raise
    return log.name


def complain(text: str) -> None:
    """A line to stderr, where there is one that takes it; the exit code says the rest."""
    with suppress(OSError, ValueError, AttributeError):  # full, closed, or none
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def open_streams() -> None:
    r"""Streams that take every text: what an encoding lacks is written as `\xNN`, what is closed swallows."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def close_streams(code: int) -> int:
    """Write out what is buffered; a result that nobody was given is no success, and no failed audit either."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError, MemoryError) as error:
        lost = suppress(OSError, ValueError, AttributeError)  # what is buffered has nowhere to go
        with lost, Path(os.devnull).open("wb") as swallowing:
            os.dup2(swallowing.fileno(), sys.stdout.fileno())
        code = answer(error) if code in {0, 1, 3} else code
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    return code
