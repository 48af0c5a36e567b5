"""An audit's folder -> `Audit`: everything is checked before anything is said about it."""

import base64
import gzip
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from shiftprobe.auditing.outputs import junit
from shiftprobe.auditing.types import Check, Outcome
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.report.audit.model import Shown
from shiftprobe.report.kit.provenance import Download
from shiftprobe.report.kit.samples import SMALL, Sample
from shiftprobe.results.model import Environment

VERDICTS = "verdicts.json"
AGAIN = "run the audit again"
HEAVIEST = 200_000_000  # bytes of a verdicts.json
PICTURE = 60_000  # bytes of one picture
SIDE = 256  # px
ROOM = 1_300_000  # characters of all samples of the page
WORST = 350_000  # of the pictures that are wrong
CARRIED = 500_000  # of what can be downloaded
PLAIN = re.compile(r"[\w.,+=~@ -]{1,240}")  # a file name; no way out of the folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that is no image we can read."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """How many labelled images were looked at."""

    used: int
    available: int
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The labelled images."""

    name: str
    classes: Mapping[str, int]
    groups: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The images of the domain to be entered."""

    name: str
    labelled: bool
    used: int
    available: int
    skipped: tuple[Skipped, ...] = ()
    classes: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a reader must know that is no check."""

    about: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Everything in verdicts.json."""

    schema: Literal["shiftprobe-verdicts"]
    version: Literal[1]
    status: Outcome
    exit_code: int
    sentence: str
    name: str
    command: str
    digest: str
    checkpoint: Mapping[str, Any]
    preprocess: Mapping[str, Any]
    preprocess_from: str
    policy: Mapping[str, Any]
    policy_from: str
    images: Images
    data: Data
    target: Target | None
    notes: tuple[Said, ...]
    checks: tuple[Check, ...]
    shown: Shown
    environment: Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An audit with its pictures and what can be downloaded from the page."""

    audit: Audit
    samples: Mapping[tuple[str, float], Sample]
    worst: Mapping[str, str]  # file -> data URI
    downloads: tuple[Download, ...]


def open_audit(folder: Path) -> Opened:
    """The audit in a folder.

    Raises:
        RunError: when verdicts.json is missing, is not ours, or names pictures that are not there.
    """
    raw = _bytes(folder / VERDICTS, HEAVIEST)
    plain = _plain(raw, folder / VERDICTS)
    audit = _checked(plain, folder / VERDICTS)
    return Opened(
        audit=audit,
        samples=_samples(folder / "samples", audit.shown.samples),
        worst=_worst(folder / "samples", [one.file for one in audit.shown.worst]),
        downloads=_downloads({VERDICTS: raw, "junit.xml": junit(plain).encode()}),
    )


def _bytes(path: Path, most: int) -> bytes:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > most:
            raise RunError(f"{escape(path)}: wanted a file of at most {most:,} bytes, got none such; {AGAIN}")
        return path.read_bytes()
    except OSError as error:
        raise RunError(f"{escape(path)}: wanted a file of an audit, got: {escape(error.strerror)}; {AGAIN}") from None


def _plain(raw: bytes, path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(raw, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{escape(path)}: wanted JSON, got: {escape(error)}; {AGAIN}") from None
    if not isinstance(data, dict) or data.get("schema") != "shiftprobe-verdicts":
        raise RunError(f"{escape(path)}: wanted the verdicts of an audit, got something else; {AGAIN}")
    return data


def _refuse(constant: str) -> float:
    raise ValueError(f"the number {constant}")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _checked(data: Mapping[str, Any], path: Path) -> Audit:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Audit).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(f"{escape(path)}: {escape(where)}: {escape(first['msg'])}; {AGAIN}") from None


def _picture(folder: Path, name: str) -> tuple[str, int]:
    """A picture as a data URI, and its longer side in px."""
    from PIL import Image

    if not PLAIN.fullmatch(name) or name in {".", ".."}:
        raise RunError(f"{escape(folder)}: wanted names of pictures in this folder, got {escape(name)}; {AGAIN}")
    content = _bytes(folder / name, PICTURE)
    try:
        with Image.open(io.BytesIO(content), formats=("WEBP", "PNG")) as picture:
            side, kind = max(picture.size), str(picture.format).lower()
    except (OSError, ValueError) as error:
        raise RunError(f"{escape(folder / name)}: wanted a small picture, got: {escape(error)}; {AGAIN}") from None
    if side > SIDE:
        raise RunError(f"{escape(folder / name)}: wanted a picture of at most {SIDE} px, got {side}; {AGAIN}")
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}", side


def _samples(folder: Path, named: Mapping[str, Sequence[str]]) -> Mapping[tuple[str, float], Sample]:
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
        pixelated=all(side < SMALL for _, side in found),
    )


def _place(key: str) -> tuple[str, float]:
    shift, _, severity = key.rpartition("~")
    try:
        return shift, float(severity)
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
