"""An audit's folder -> its verdicts and pictures: everything is checked before anything is said about it."""

import base64
import gzip
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import junit
from shiftprobe.auditing.verdicts_file import AGAIN, VERDICTS, read
from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import check_folder, read_bytes
from shiftprobe.core.types import Condition
from shiftprobe.report.kit.provenance import Download
from shiftprobe.report.kit.samples import PIXELATED_BELOW, Sample

HEAVIEST = 200_000_000  # bytes of a verdicts.json
PICTURE = 60_000  # bytes of one picture
SIDE = 256  # px
ROOM = 1_300_000  # characters of all samples of the page
WORST = 350_000  # of the pictures that are wrong, and as many of slices'
CARRIED = 500_000  # of what can be downloaded
PLAIN = re.compile(r"[\w.,+=~@ -]{1,240}")  # a file name; no way out of the folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An audit with its pictures and what can be downloaded from the page."""

    audit: Verdicts
    samples: Mapping[Condition, Sample]
    worst: Mapping[str, str]  # file -> data URI
    sliced: Mapping[str, str]  # the same of slices' pictures
    downloads: tuple[Download, ...]


def open_audit(folder: Path) -> Opened:
    """The audit in a folder.

    Raises:
        RunError: when verdicts.json is missing, not ours or not as it was written, or names pictures that are not.
    """
    check_folder(folder)
    check_file(folder / VERDICTS, AGAIN)
    raw = _bytes(folder / VERDICTS, HEAVIEST)
    audit = read(raw, folder / VERDICTS)
    return Opened(
        audit=audit,
        samples=_samples(folder / "samples", audit.shown.samples),
        worst=_worst(folder / "samples", [one.file for one in audit.shown.worst]),
        sliced=_worst(folder / "samples", [one.file for found in audit.shown.slices for one in found.examples]),
        downloads=_downloads({VERDICTS: raw, "junit.xml": junit(audit).encode()}),
    )


def _bytes(path: Path, most: int) -> bytes:
    try:
        return read_bytes(path, most)
    except FileNotFoundError:
        raise RunError(f"{escape(path)}: wanted a file of an audit, got none; {AGAIN}") from None


def _picture(folder: Path, name: str) -> tuple[str, int]:
    """A picture as a data URI, and its longer side in px."""
    from PIL import Image

    if not PLAIN.fullmatch(name) or name in {".", ".."}:
        raise RunError(f"{escape(folder)}: wanted names of pictures in this folder, got {escape(name)}; {AGAIN}")
    check_file(folder / name, AGAIN)
    content = _bytes(folder / name, PICTURE)
    try:
        with Image.open(io.BytesIO(content), formats=("WEBP", "PNG")) as picture:
            side, kind = max(picture.size), str(picture.format).lower()
    except (OSError, ValueError) as error:
        raise RunError(f"{escape(folder / name)}: wanted a small picture, got: {escape(error)}; {AGAIN}") from None
    if side > SIDE:
        raise RunError(f"{escape(folder / name)}: wanted a picture of at most {SIDE} px, got {side}; {AGAIN}")
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}", side


def _samples(folder: Path, named: Mapping[str, Sequence[str]]) -> Mapping[Condition, Sample]:
    """Images per dose, of all doses the same few; fewer when many doses would make the page heavy."""
    read = {_place(key): [_picture(folder, name) for name in names] for key, names in named.items()}
    for few in (4, 3, 2, 1):
        kept = {place: _sample(found[:few]) for place, found in read.items() if found}
        if sum(len(uri) for one in kept.values() for uri in one.uris) <= ROOM:
            return kept
    return {}


def _sample(found: Sequence[tuple[str, int]]) -> Sample:
    return Sample(
        uris=tuple(uri for uri, _ in found),
        labels=tuple(f"image {i + 1}" for i in range(len(found))),
        pixelated=all(side < PIXELATED_BELOW for _, side in found),
    )


def _place(key: str) -> Condition:
    shift, _, severity = key.rpartition("~")
    try:
        return Condition.of(shift, float(severity))
    except ValueError:
        raise RunError(f"wanted samples named shift~severity, got {escape(key)}; {AGAIN}") from None


def _worst(folder: Path, names: Sequence[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in names:
        uri, _ = _picture(folder, name)
        if sum(map(len, found.values())) + len(uri) <= WORST:
            found[name] = uri
    return found


def _downloads(files: Mapping[str, bytes]) -> tuple[Download, ...]:
    found, left = [], CARRIED
    for name, content in files.items():
        packed = base64.b64encode(gzip.compress(content, mtime=0)).decode()
        if len(packed) <= left:
            left -= len(packed)
            found.append(Download(name=name, size=len(content), packed=packed))
    return tuple(found)
