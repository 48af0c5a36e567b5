"""Files that are small and take minutes: refused before a decoder is given them.

A cap on pixels bounds memory, not time: a decoder's loops over chunks, scans and comments are bounded here.
Real pictures stay far below every bound.
"""

import io
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal

import PIL.Image
import PIL.TiffImagePlugin

from shiftprobe.core.errors import DataError

MAX_PARTS = 100_000
"""Chunks, segments or blocks of one file; a decoder spends about 8 µs on each."""

MAX_NOTES = 32 * 2**20
"""Bytes of text, profiles and previews before the pixels of a JPEG."""

MAX_SCAN_WORK = 1_500_000_000
"""Scans times pixels of one JPEG: 23 passes over 64 megapixels, an ordinary progressive one has 10."""

MAX_HEADER = 2**16
"""Bytes of a PNM header with its comments, which are read one by one."""

MAX_PLAIN = 16 * 2**20
"""Bytes of a PNM that spells its pixels, and samples of one with an odd white: both are read one by one."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT", b"eXIf"}  # and how they are turned
_XMP = b"XML:com.adobe.xmp\0\0"  # may hold the turn, not packed
_MARKER = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")  # coded data holds 0xff only before 0x00 and where it restarts
_START, _END = 0xDA, 0xD9
_PNM = re.compile(rb"P([1-6])" + rb"(?:\s|#[^\r\n]*[\r\n])+(\d+)" * 3)
_PNM_BITS = re.compile(rb"P[14]" + rb"(?:\s|#[^\r\n]*[\r\n])+(\d+)" * 2)
_PLAIN = (b"P1", b"P2", b"P3")
_FAST_WHITES = {255, 65535}
_BIG_TIFF = (b"II+\x00", b"MM\x00+")
_MAX_TAGS = 2**16


def slimmed(file: BinaryIO, head: bytes) -> BinaryIO:
    """The file, without the notes of a PNG, which a decoder would unpack; one of an unknown kind as it is.

    Args:
        file: the whole file, seekable; its place moves.
        head: its first bytes.

    Raises:
        DataError: the reason in a few words, where the many parts of a file would keep a decoder busy.
    """
    if head.startswith(_PNG):
        return _without_notes(file)
    checks: tuple[tuple[tuple[bytes, ...], Callable[[BinaryIO], None]], ...] = (
        ((b"\xff\xd8",), _jpeg), ((b"GIF8",), _gif), ((b"P",), _pnm), (_BIG_TIFF, _big_tiff),
    )  # fmt: skip
    for starts, check in checks:
        if head.startswith(starts):
            check(file)
    file.seek(0)
    return file


def check_scans(file: BinaryIO, picture: PIL.Image.Image) -> None:
    """Refuse a JPEG (alone, or inside a TIFF) that goes over its pixels again and again.

    Raises:
        DataError: the reason in a few words.
    """
    pixels = picture.width * picture.height
    if picture.format in {"JPEG", "MPO"}:
        scans = sum(code == _START for code, _ in _markers(_whole(file)))
    elif isinstance(picture, PIL.TiffImagePlugin.TiffImageFile) and "jpeg" in str(picture.info.get("compression")):
        strips = _strips(picture)
        content = _whole(file)
        scans = sum(content.count(b"\xff\xda", start, start + size) for start, size in strips)
        pixels //= max(len(strips), 1)  # each strip is a JPEG of its own
    else:
        return
    if scans * pixels > MAX_SCAN_WORK:
        raise DataError(f"{scans:,} scans of its {picture.width} x {picture.height} px; save it again")


def _strips(picture: PIL.TiffImagePlugin.TiffImageFile) -> list[tuple[int, int]]:
    """Where the first page's pixels stand: offset and length of each strip or tile."""
    tags = picture.tag_v2
    return list(zip(tags.get(324) or tags.get(273) or (), tags.get(325) or tags.get(279) or (), strict=False))


def _whole(file: BinaryIO) -> bytes:
    place = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(place)
    return content


def _markers(content: bytes) -> Iterator[tuple[int, int]]:
    """The segments of a JPEG up to its end, each as its code and place; what follows the end is no part of it."""
    place = 2
    while found := _MARKER.search(content, place):
        code, place = content[found.end() - 1], found.end()
        if code == _END:
            return
        yield code, place
        place += int.from_bytes(content[place : place + 2])


def _without_notes(file: BinaryIO) -> BinaryIO:
    """Profiles and texts may unpack to anything, and a wrong checksum of one is no fault of the picture."""
    file.seek(len(_PNG))
    kept: list[tuple[int, int]] = [(0, len(_PNG))]  # places and lengths
    parts, place = 0, len(_PNG)
    while len(start := file.read(8)) == 8:  # noqa: PLR2004 - length and name
        parts += 1
        _check(parts, 0)
        length = int.from_bytes(start[:4]) + 12
        if start[4:] in _PIXELS or (start[4:] == b"iTXt" and file.read(len(_XMP)) == _XMP):
            kept.append((place, length))
        place = file.seek(place + length)
        if start[4:] == b"IEND":
            break
    if sum(length for _, length in kept) >= place:
        file.seek(0)
        return file
    slim = io.BytesIO()
    for place, length in kept:
        file.seek(place)
        slim.write(file.read(length))
    slim.seek(0)
    return slim


def _jpeg(file: BinaryIO) -> None:
    scans = False
    for parts, (code, place) in enumerate(_markers(_whole(file)), start=1):
        scans = scans or code == _START
        _check(parts, 0 if scans else place)


def _gif(file: BinaryIO) -> None:
    """As far as the first frame."""
    file.seek(10)
    flags = int.from_bytes(file.read(1))
    file.seek(13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
    parts = 0
    while file.read(1) == b"!":
        file.seek(1, 1)
        while size := int.from_bytes(file.read(1)):
            file.seek(size, 1)
            parts += 1
            _check(parts, 0)
        parts += 1
        _check(parts, 0)


def _pnm(file: BinaryIO) -> None:
    file.seek(0)
    head = file.read(MAX_HEADER)
    length = file.seek(0, 2)
    if length < MAX_HEADER or not (head[1:2].isdigit() and head[2:3].isspace() | (head[2:3] == b"#")):
        return  # too short to take long, or no PNM
    numbers = _PNM.match(head)
    if not numbers and not _PNM_BITS.match(head):
        raise DataError(f"a header over {MAX_HEADER // 2**10} KiB; save it again")
    slow = head.startswith(_PLAIN) or (numbers is not None and not head.startswith(b"P4") and not _is_fast(numbers))
    if slow and length > MAX_PLAIN:
        raise DataError(f"over {MAX_PLAIN // 2**20} MiB of a PNM that is read number by number; save it as PNG")


def _is_fast(numbers: re.Match[bytes]) -> bool:
    return int(numbers[4]) in _FAST_WHITES


def _big_tiff(file: BinaryIO) -> None:
    file.seek(0)
    order: Literal["little", "big"] = "little" if file.read(2) == b"II" else "big"
    file.seek(8)
    place = int.from_bytes(file.read(8), order)
    if place < file.seek(0, 2):
        file.seek(place)
        if int.from_bytes(file.read(8), order) > _MAX_TAGS:
            raise DataError(f"over {_MAX_TAGS:,} tags; save it again")


def _check(parts: int, notes: int) -> None:
    if parts > MAX_PARTS:
        raise DataError(f"over {MAX_PARTS:,} chunks of metadata; save it again without them")
    if notes > MAX_NOTES:
        raise DataError(f"over {MAX_NOTES // 2**20} MiB of metadata; save it again without it")
