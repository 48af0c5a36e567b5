"""Whether somebody holds a folder, asked without holding it: who looks on must never make a command wait or fail."""

import os
import platform
from pathlib import Path

from shiftprobe.core.digest import digest
from shiftprobe.core.files import LOCK

LOCKS = Path("/proc/locks")  # the kernel's own list, on Linux


def host() -> str:
    """This machine, as a digest of its name: enough to know it again, and no name in a folder that is handed on."""
    return digest(platform.node())[:12]


def is_held(folder: Path, locks: Path = LOCKS) -> bool | None:
    """Whether a process of this machine holds a folder's lock; nothing is opened there, and nothing locked.

    Args:
        folder: whose lock.
        locks: the kernel's list of all locks that it keeps; the processes of other machines and containers are not in
            it.

    Returns:
        None where the system keeps no such list.
    """
    try:
        table = locks.read_text().splitlines()
    except OSError:
        return None
    try:
        place = os.lstat(folder / LOCK)
    except (OSError, ValueError):
        return False
    return any(_is_of(line.split(), place) for line in table)


def _is_of(words: list[str], place: os.stat_result) -> bool:
    """Whether a line is of a lock that is had: '1: FLOCK  ADVISORY  WRITE 123 fe:00:2262584 0 EOF'; an arrow waits."""
    if len(words) < 6 or words[1] != "FLOCK":  # noqa: PLR2004 - as far as the place
        return False
    *device, inode = words[5].split(":")
    ours = [f"{os.major(place.st_dev):02x}", f"{os.minor(place.st_dev):02x}"]
    # Layered and networked file systems have no device of their own, and are listed by another number.
    return inode == str(place.st_ino) and (device == ours or os.major(place.st_dev) == 0)
