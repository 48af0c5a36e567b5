"""What stands for `os.fsync` while tests run. Imports nothing heavy: conftest reads it before torch may be loaded."""

import os
from typing import Protocol


class HasFileno(Protocol):
    """An open file."""

    def fileno(self) -> int:
        """Its number."""
        ...


def unsynced(fd: int | HasFileno) -> None:
    """As `os.fsync` answers, at once: a file that is closed is refused."""
    os.fstat(fd if isinstance(fd, int) else fd.fileno())
