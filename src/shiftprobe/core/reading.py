"""The one door to a folder of results: whoever made it, what lies there is plain files, bounded, and nothing else.

A run's or an audit's folder may come from a stranger, from a cache or from another version. `check_folder` refuses
links, pipes and devices anywhere in it before anything is read or written there; every file is then opened here. What
does not fit is refused in one line that names the file.
"""

import hashlib
import json
import math
import os
import re
import stat
from io import BufferedReader
from pathlib import Path
from typing import Any

from shiftprobe.core.errors import ResourceError, RunError
from shiftprobe.core.escape import escape, visible
from shiftprobe.core.regular_file import IrregularFileError, open_regular

MAX_ENTRIES = 5_000_000  # files and folders in a folder of results
MAX_LEVELS = 12  # folders in folders; ours have four
HEAVIEST = 2**33  # bytes of a file of which only the checksum is asked: the weights of a network
MAX_TABLE = 2**29  # bytes of a JSON file
MAX_VALUES = 20_000_000  # in a JSON file; each takes some hundred bytes of memory at most
MAX_DEPTH = 32  # lists and mappings in each other; ours have eight
MAX_WHOLE = 2**63  # beyond it a whole number is none of ours
KINDS = {
    stat.S_ISLNK: "a link",
    stat.S_ISFIFO: "a pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
    stat.S_ISDIR: "a folder",
}
UNUSUAL = re.compile(rb"\\[^\"\\/]|[\x7f-\xff]")  # of JSON: text that may not be printable
MADE_ANEW = "it is damaged, or made by another version; make it again"


def check_folder(path: Path) -> None:
    """Refuse a folder of results in which anything is neither a regular file nor a folder; nothing is opened.

    Args:
        path: the folder; it may itself be reached by a link. One that is not there holds nothing.

    Raises:
        RunError: for the first link, pipe, socket or device in it, or when it holds too much.
        ResourceError: when a folder in it may not be read.
    """
    left, seen = [(path, 0)], 0
    try:
        while left:
            place, level = left.pop()
            with os.scandir(place) as inside:
                for entry in inside:
                    seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        left.append((Path(entry.path), level + 1))
                    elif not entry.is_file(follow_symlinks=False):
                        raise _odd(Path(entry.path), entry.stat(follow_symlinks=False).st_mode)
            if seen > MAX_ENTRIES or level > MAX_LEVELS:
                raise RunError(
                    f"{escape(path)}: wanted a folder of results, got more than {MAX_ENTRIES:,} files or "
                    f"{MAX_LEVELS} folders in each other; {MADE_ANEW}"
                )
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise ResourceError(f"{escape(error.filename)}: {error.strerror}; make the folder readable") from None


def _odd(path: Path, mode: int) -> RunError:
    what = next((word for is_kind, word in KINDS.items() if is_kind(mode)), "something else")
    return RunError(
        f"{escape(path)}: wanted a regular file, got {what}; folders of results hold none: remove it, or put what it "
        "leads to in its place"
    )


def opened(path: Path, most: int) -> BufferedReader:
    """A regular file of at most so many bytes, open for reading; no link, and no pipe that keeps us waiting.

    Raises:
        FileNotFoundError: when nothing is there.
        RunError: when it is something else, longer, or not to be read.
    """
    try:
        file, size = open_regular(path, links=False)
    except IrregularFileError as error:
        raise _odd(path, error.mode) from None
    except IsADirectoryError:
        raise _odd(path, stat.S_IFDIR) from None
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(path) from None
    except (OSError, ValueError) as error:  # a link; a name that no file can have
        if path.is_symlink():
            raise _odd(path, stat.S_IFLNK) from None
        raise RunError(f"{escape(path)}: wanted a file, got: {escape(error)}") from None
    if size <= most:
        return file
    file.close()
    raise RunError(f"{escape(path)}: wanted at most {most:,} bytes, got {size:,}; {MADE_ANEW}")


def is_there(path: Path) -> bool:
    """Whether a regular file lies at a place, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def read_bytes(path: Path, most: int = MAX_TABLE) -> bytes:
    """The content of a file.

    Raises:
        FileNotFoundError: when nothing is there.
        RunError: as `opened` does.
    """
    with opened(path, most) as file:
        content = file.read(most + 1)
    if len(content) > most:  # it grew meanwhile
        raise RunError(f"{escape(path)}: wanted at most {most:,} bytes, got more; {MADE_ANEW}")
    return content


def read_text(path: Path, most: int = MAX_TABLE) -> str:
    """A file as UTF-8 text.

    Raises:
        FileNotFoundError: when nothing is there.
        RunError: as `opened` does, or when it is no such text.
    """
    try:
        return read_bytes(path, most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RunError(f"{escape(path)}: wanted UTF-8 text, got: {escape(error)}; {MADE_ANEW}") from None


def sha256(path: Path, most: int = HEAVIEST) -> str:
    """SHA-256 of a file's bytes, in hex.

    Raises:
        FileNotFoundError: when nothing is there.
        RunError: as `opened` does.
    """
    with opened(path, most) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path, most: int = MAX_TABLE) -> Any:
    """Plain data from a JSON file.

    Raises:
        FileNotFoundError: when nothing is there.
        RunError: as `opened` and `parsed` do.
    """
    return parsed(read_bytes(path, most), path)


def read_shown(path: Path, most: int = MAX_TABLE) -> Any:
    """As `read_json`, with every text in it printable: what is only shown needs no other.

    Raises:
        FileNotFoundError: when nothing is there.
        RunError: as `opened` and `parsed` do.
    """
    content = read_bytes(path, most)
    return shown(parsed(content, path)) if UNUSUAL.search(content) else parsed(content, path)


def shown(data: Any) -> Any:
    """Plain data whose texts and keys are printable."""
    if isinstance(data, dict):
        return {visible(str(key)): shown(one) for key, one in data.items()}
    if isinstance(data, list):
        return [shown(one) for one in data]
    return visible(data) if isinstance(data, str) else data


def parsed(content: bytes, path: Path, advice: str = MADE_ANEW) -> Any:
    """JSON as plain data: finite numbers, at most `MAX_VALUES` values, at most `MAX_DEPTH` in each other.

    Args:
        content: the bytes.
        path: where they come from, for the message.
        advice: what to do about it.

    Raises:
        RunError: when it is something else.
    """
    if sum(map(content.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise RunError(f"{escape(path)}: wanted at most {MAX_VALUES:,} values, got more; {advice}")
    try:
        data = json.loads(content, parse_constant=_refuse, parse_float=_finite, parse_int=_whole)
        _check_depth(data)
    except (ValueError, RecursionError) as error:
        cut = "nothing" if not content.strip() else escape(error)
        raise RunError(f"{escape(path)}: wanted JSON, got: {cut}; {advice}") from None
    return data


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for one in level
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise ValueError(f"more than {MAX_DEPTH} lists and mappings in each other")


def _refuse(constant: str) -> float:
    raise ValueError(f"the number {constant}")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(escape(text, 40))


def _whole(text: str) -> int:
    if len(text) > len(str(MAX_WHOLE)) + 1 or abs(value := int(text)) > MAX_WHOLE:
        raise ValueError(f"the number {escape(text, 40)}")
    return value
