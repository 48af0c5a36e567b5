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
    if isinstance(error, ShiftprobeError):
        complain(f"shiftprobe: {error}")
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        complain("\nshiftprobe: interrupted; what is finished is kept, the same command goes on from there")
        return INTERRUPTED
    if out_of_memory(error):
        complain("shiftprobe: out of memory; use fewer --workers or smaller images, then run the same command again")
        return OUT_OF_RESOURCES
    if isinstance(error, BrokenPipeError):  # whoever read us has left, as `head` does
        return BROKEN_PIPE
    if isinstance(error, OSError) and error.errno in {*EXHAUSTED, errno.EIO}:
        place = f" ({escape(error.filename)})" if error.filename else ""
        complain(
            f"shiftprobe: {error.strerror}{place}; free some space or choose another place, then run the same command "
            "again: what is finished is kept"
        )
        return OUT_OF_RESOURCES
    return _own_fault(error)


def _own_fault(error: BaseException) -> int:
    """Name the log that holds the traceback; where none can be written the traceback follows."""
    told = "".join(traceback.format_exception(error))
    fault = f"shiftprobe: this is our fault, not yours ({type(error).__name__}); please report"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="shiftprobe-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as log:
            log.write(told)
    except (OSError, MemoryError) as why:
        complain(f"{fault} what follows (no log could be written: {why})\n{told}".rstrip())
    else:
        complain(f"{fault} {log.name}")
    return OWN_FAULT


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
        with suppress(OSError, ValueError, AttributeError):  # what is buffered has nowhere to go
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = answer(error) if code in {0, 1, 3} else code
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    return code
