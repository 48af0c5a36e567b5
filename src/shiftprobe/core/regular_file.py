"""Opening a file that somebody else may have put there: a regular one, or an error at once."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path


class IrregularFileError(ValueError):
    """A pipe, a device or a socket stands where a file is wanted."""

    def __init__(self, mode: int) -> None:
        super().__init__("no regular file")
        self.mode = mode  # st_mode: what it is


def open_regular(path: Path, *, links: bool) -> tuple[BufferedReader, int]:
    """A regular file, open for reading, and its size in bytes; a pipe that took its place keeps nobody waiting.

    Args:
        path: the file.
        links: whether a link at the end of the path is followed; one that is not raises an OSError.

    Raises:
        OSError: when it cannot be opened, or is a folder; of a path with a NUL character a ValueError.
        IrregularFileError: when it is something else.
    """
    unfollowed = 0 if links else os.O_NOFOLLOW
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | unfollowed)
    found = os.fstat(number)
    if stat.S_ISREG(found.st_mode):
        return os.fdopen(number, "rb"), found.st_size
    os.close(number)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise IrregularFileError(found.st_mode)
