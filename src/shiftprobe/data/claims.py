"""What claims to be a picture, by its name or its content, and what merely lies beside pictures."""

from collections.abc import Iterable
from pathlib import Path

from shiftprobe.core.regular_file import open_regular
from shiftprobe.data.bundle import Skipped
from shiftprobe.data.file_signatures import HEAD, begins_like_picture
from shiftprobe.data.walk import text

NO_PICTURE = "no picture, by its name and content"

_SUFFIXES = frozenset((
    ".apng", ".arw", ".avif", ".bmp", ".cr2", ".cr3", ".dcm", ".dib", ".dicom", ".dng", ".emf", ".eps", ".exr",
    ".gif", ".hdr", ".heic", ".heif", ".ico", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpf", ".jpg", ".jpx",
    ".jxl", ".jxr", ".nef", ".orf", ".pbm", ".pcx", ".pfm", ".pgm", ".pic", ".pjpeg", ".pjp", ".png", ".pnm",
    ".ppm", ".psd", ".raf", ".raw", ".ras", ".rw2", ".sgi", ".svg", ".svgz", ".tga", ".tif", ".tiff", ".webp",
    ".wmf", ".xbm", ".xcf", ".xpm",
))  # fmt: skip
_UNFINISHED = (".bak", ".crdownload", ".download", ".orig", ".part", ".partial", ".tmp", "~")
"""What programs put behind the name of a file that they copy, fetch or change."""

_LEFT_BEHIND = frozenset({".ds_store", "desktop.ini", "ehthumbs.db", "thumbs.db"})


def claims_picture(path: Path) -> bool:
    """Whether a name ends, or else a file begins, as a picture's does, of a kind that is read here or not.

    A half-fetched `a.jpg.part` claims to be one, a note `a.jpg.json` beside a picture does not.
    """
    return named_picture(path.name) or begins_like_picture(_head(path))


def left_behind(name: str) -> bool:
    """Whether a file manager writes files of that name into every folder: `Thumbs.db`, `.DS_Store`, `._photo.jpg`."""
    return name.lower() in _LEFT_BEHIND or name.startswith("._")


def told_apart(bad: Iterable[tuple[Path, str]], root: Path) -> tuple[tuple[Skipped, ...], tuple[Skipped, ...]]:
    """What gave no image: pictures that were skipped, and what never claimed to be one.

    Args:
        bad: paths below `root`, each with the reason.
        root: the folder that they are named from.

    Returns:
        Both in the order that was given. Folders, links to folders among them, are no pictures.
    """
    skipped: list[Skipped] = []
    aside: list[Skipped] = []
    for path, reason in bad:
        name = text(path.relative_to(root))
        if path.is_dir():
            aside.append(Skipped(name, reason))
        elif claims_picture(path):
            skipped.append(Skipped(name, reason))
        else:
            aside.append(Skipped(name, NO_PICTURE if path.is_file() else reason))
    return tuple(skipped), tuple(aside)


def named_picture(name: str) -> bool:
    """Whether a name ends as a picture's does."""
    low = name.lower()
    behind = next((end for end in _UNFINISHED if low.endswith(end)), "")
    return Path(low.removesuffix(behind)).suffix in _SUFFIXES


def _head(path: Path) -> bytes:
    """The first bytes of a regular file; none of anything else, or where it is closed to us."""
    try:
        file, _ = open_regular(path, links=True)
        with file:
            return file.read(HEAD)
    except (OSError, ValueError):
        return b""
