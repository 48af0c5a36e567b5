"""What stands for `os.fsync` while tests run. Imports nothing: conftest reads it before torch may be loaded."""

import os
from typing import Any


def unsynced(handle: Any) -> None:
    """As `os.fsync` answers, at once: a file that is closed is refused."""
    os.fstat(handle if isinstance(handle, int) else handle.fileno())
