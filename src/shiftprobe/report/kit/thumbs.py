"""Thumbnails of the gallery as data URIs: a bare file name, a small WebP, or nothing."""

import base64
import io
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

from shiftprobe.core.errors import RunError
from shiftprobe.core.reading import read_bytes
from shiftprobe.report.kit.samples import MAX_SIDE

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.webp")
HEAVIEST = 64_000  # bytes of one thumbnail; one of 96 px has about 3,000
BUDGET = 900_000  # characters of all thumbnails of a page together


def read_thumbs(folder: Path, names: Iterable[str], share: float = 1.0) -> Mapping[str, str]:
    """A data URI for every name that is a sound thumbnail, as long as the page stays light.

    Args:
        folder: where the files lie.
        names: a name as often as it will stand on the page, the most telling first.
        share: fraction of the usual room, where much else stands on the page.
    """
    found: dict[str, str] = {}
    spent = 0
    for name in names:
        uri = found.get(name) or data_uri(folder, name)
        spent += len(uri)
        if spent > share * BUDGET:
            break
        if uri:
            found[name] = uri
    return found


def data_uri(folder: Path, name: str) -> str:
    """The file as a data URI; empty when its name, kind or size is not a thumbnail's."""
    try:
        content = read_bytes(folder / name, HEAVIEST) if FILE_NAME.fullmatch(name) else b""
    except (OSError, RunError):
        return ""
    return f"data:image/webp;base64,{base64.b64encode(content).decode()}" if sound(content) else ""


def sound(content: bytes) -> bool:
    """Whether bytes are a whole WebP of a thumbnail's size."""
    from PIL import Image as Pillow

    if len(content) > HEAVIEST:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(io.BytesIO(content), formats=["WEBP"]) as picture:
                if max(picture.size) > MAX_SIDE:
                    return False
                picture.load()
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
        return False
    return True
