"""The command line in this process with a fault at one of its writes: which, and how it ends."""

import errno
import io
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shiftprobe.cli import main

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
FAULTS: dict[str, tuple[Callable[[], Exception], int]] = {
    "no space": (lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 5),
    "a disk that fails": (lambda: OSError(errno.EIO, os.strerror(errno.EIO)), 5),
    "no memory": (MemoryError, 5),
    "nobody reads on": (lambda: BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)), 141),
    "no such letter": (lambda: UnicodeEncodeError("ascii", "\xb1", 0, 1, "ordinal not in range(128)"), 70),
}
OF_STREAMS = ("nobody reads on", "no such letter")


@dataclass(slots=True)
class Breaking:
    """Counts every write, and raises at one of them."""

    at: int = -1  # none
    error: Callable[[], Exception] = MemoryError
    seen: list[str] = field(default_factory=list)

    def met(self, what: str) -> None:
        self.seen.append(what)
        lasting = (
            len(self.seen) - 1 > self.at >= 0 and what == self.place == "stdout"
        )  # as a full disk and a closed pipe
        if len(self.seen) - 1 == self.at or lasting:
            raise self.error()

    @property
    def place(self) -> str:
        """The write that met the fault."""
        return self.seen[self.at]


class Stream(io.StringIO):
    """A stream of which every call may fail."""

    def __init__(self, name: str, breaking: Breaking) -> None:
        super().__init__()
        self._of, self._breaking, self._fd = name, breaking, os.open(os.devnull, os.O_WRONLY)

    def fileno(self) -> int:
        return self._fd

    def write(self, text: str) -> int:
        self._breaking.met(self._of)
        return super().write(text)

    def flush(self) -> None:
        self._breaking.met(self._of)


def ended(words: list[str], **streams: Any) -> int:
    """The exit code of the command line, with these streams."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["shiftprobe", *words])
        patch.setattr(sys.modules["shiftprobe.cli.app"], "end_in_time", lambda: None)  # this process goes on
        for name, stream in streams.items():
            patch.setattr(sys, name, stream)
        try:
            with pytest.raises(SystemExit) as end:
                main()
        finally:
            for name in streams:
                stream = getattr(sys, name)
                with suppress(OSError):  # one that did not take all
                    if isinstance(stream, io.TextIOWrapper) and not isinstance(stream.buffer, io.BytesIO):
                        stream.close()
    code = end.value.code
    return code if isinstance(code, int) else 0


def broken(words: list[str], breaking: Breaking) -> tuple[int, str]:
    """Exit code and stderr of a command whose writes are counted, and one of which fails."""
    out, told = Stream("stdout", breaking), Stream("stderr", breaking)
    try:
        with pytest.MonkeyPatch.context() as patch, _counted(breaking, patch):
            return ended(words, stdout=out, stderr=told), told.getvalue()
    finally:
        os.close(out.fileno())
        os.close(told.fileno())


@contextmanager
def _counted(breaking: Breaking, patch: pytest.MonkeyPatch) -> Iterator[None]:
    def wrap(owner: Any, name: str, counts: Callable[..., bool] = lambda *_, **__: True) -> None:
        real = getattr(owner, name)

        def call(*given: Any, **more: Any) -> Any:
            if counts(*given, **more):
                breaking.met(name)
            return real(*given, **more)

        patch.setattr(owner, name, call)

    wrap(os, "open", lambda _, flags=0, *__, **___: bool(flags & WRITING))
    wrap(os, "fsync")
    wrap(pathlib.Path, "mkdir")
    wrap(pathlib.Path, "replace")
    wrap(tempfile, "NamedTemporaryFile")
    yield


def places(count: int, most: int) -> list[int]:
    """At most so many of a command's writes, the first and the last among them."""
    return sorted({round(i * (count - 1) / max(1, most - 1)) for i in range(min(count, most))})


def whole(folder: Path) -> bool:
    """Whether nothing lies half-written below a folder."""
    return not list(folder.rglob(".*.tmp"))
