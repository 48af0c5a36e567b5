"""Image files byte by byte: kinds that no library writes any more, and lies that none would write."""

import base64
import io
import itertools
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

SMOOTH: Pixels = np.stack(
    [
        np.add.outer(np.arange(12) * 8, np.arange(10) * 6) + 40,
        np.add.outer(np.arange(12) * 3, np.arange(10) * 9) + 60,
        np.full((12, 10), 90),
    ],
    axis=-1,
).astype(np.uint8)
"""(12, 10, 3), smooth enough to survive a lossy format and different under every turn."""

GREY: Pixels = SMOOTH[..., 0]

ARITHMETIC = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYU"
    "GBIUFRT/yQALCAAQABABAREA/8wABgAQEAX/2gAIAQEAAD8A/wDclc44wP/Z"
)
"""Made with libjpeg's `arith_code`: 16 x 16 grey, the upper half 60, the lower half 200."""


def saved(picture: PIL.Image.Image | Pixels, kind: str, **options: Any) -> bytes:
    """What Pillow writes."""
    file = io.BytesIO()
    image = picture if isinstance(picture, PIL.Image.Image) else PIL.Image.fromarray(picture)
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, body: bytes, *, crc: int | None = None) -> bytes:
    """One chunk of a PNG."""
    return (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) if crc is None else crc)
    )


def png(size: tuple[int, int], depth: int, colour: int, rows: bytes, *, before: bytes = b"", after: bytes = b"",
        interlaced: bool = False) -> bytes:  # fmt: skip
    """A PNG around raw rows, each with its filter byte; `before` and `after` are chunks around the pixels."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced)
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + body + after + chunk(b"IEND", b"")


def plain_rows(picture: NDArray[Any]) -> bytes:
    """Rows without a filter; 16-bit values as PNG orders them."""
    ordered = picture.astype(">u2") if picture.dtype.itemsize > 1 else picture
    return b"".join(b"\0" + row.tobytes() for row in ordered)


def adam7(picture: Pixels) -> bytes:
    """The seven passes of an interlaced PNG."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    parts = (picture[top::down, left::right] for top, left, down, right in passes)
    return b"".join(plain_rows(part) for part in parts if part.size)


def grey_png(**around: bytes) -> bytes:
    """`GREY` as a PNG, with chunks around its pixels."""
    return png((10, 12), 8, 0, plain_rows(GREY), before=around.get("before", b""), after=around.get("after", b""))


def segment(code: int, body: bytes) -> bytes:
    """One segment of a JPEG."""
    return b"\xff" + bytes([code]) + struct.pack(">H", len(body) + 2) + body


def with_segments(jpeg: bytes, segments: bytes) -> bytes:
    """A JPEG with more segments at its beginning."""
    return jpeg[:2] + segments + jpeg[2:]


def many_scans(side: int, count: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    whole = saved(np.full((side, side), 128, np.uint8), "JPEG", progressive=True)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * count + whole[-2:]


def without_adobe(jpeg: bytes) -> bytes:
    """The same JPEG without the segment that says how its colours are meant."""
    place = jpeg.index(b"\xff\xee\x00\x0eAdobe")
    return jpeg[:place] + jpeg[place + 16 :]


def adobe_transform(jpeg: bytes, value: int) -> bytes:
    """The same JPEG with another word on how its colours were turned."""
    place = jpeg.index(b"Adobe") + 11
    return jpeg[:place] + bytes([value]) + jpeg[place + 1 :]


def gif_canvas(gif: bytes, width: int, height: int) -> bytes:
    """The same GIF on another canvas."""
    return gif[:6] + struct.pack("<HH", width, height) + gif[10:]


def bmp(width: int, height: int, bits: int, body: bytes, *, compression: int = 0, palette: Iterable[int] = ()) -> bytes:
    """A BMP around raw rows; a negative height stores the top row first."""
    colours = bytes(palette)
    start = 54 + len(colours)
    about = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(body), 0, 0, len(colours) // 4, 0)
    return struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start) + about + colours + body


def greys(count: int) -> list[int]:
    """A BMP's palette of that many greys."""
    levels = np.linspace(0, 255, count).astype(int)
    return list(itertools.chain.from_iterable((int(one), int(one), int(one), 0) for one in levels))


def tiff(entries: Sequence[tuple[int, int, int, int]], *, after: int = 0, tail: bytes = b"") -> bytes:
    """A little-endian TIFF: (tag, type, count, value or place) each, then where the next directory stands."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + body + struct.pack("<I", after) + tail


def grey_tiff(extra: Sequence[tuple[int, int, int, int]] = (), *, size: tuple[int, int] = (10, 12), after: int = 0,
              bits: int = 8, photometric: int = 1) -> bytes:  # fmt: skip
    """`GREY` as a TIFF of one strip."""
    count = 9 + len(extra)
    place = 8 + 2 + 12 * count + 4
    entries = [
        (256, 4, 1, size[0]), (257, 4, 1, size[1]), (258, 3, 1, bits), (259, 3, 1, 1), (262, 3, 1, photometric),
        (273, 4, 1, place), (277, 3, 1, 1), (278, 4, 1, size[1]), (279, 4, 1, GREY.size), *extra,
    ]  # fmt: skip
    return tiff(entries, after=after, tail=GREY.tobytes())


def exif(orientation: int) -> PIL.Image.Exif:
    """EXIF that says how the picture was held."""
    notes = PIL.Image.Exif()
    notes[0x0112] = orientation
    return notes


def isobmff(brand: bytes) -> bytes:
    """The first box of HEIC, AVIF and MP4 files."""
    return struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\0" + brand + b"mif1" + b"\0" * 64
