"""Half pictures, damaged ones, and pixels with no 8-bit form: each is listed, and the rest goes on."""

from collections.abc import Callable

import numpy as np
import PIL.Image
from tests.hostile import pictures as made
from tests.hostile.fixture import skipped
from tests.hostile.pictures import GREY, saved

UNKNOWN = "not an image of a known format"
NOISE = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)


def _half(kind: str) -> Callable[[], bytes]:
    def content() -> bytes:
        whole = saved(NOISE, kind)
        return whole[: len(whole) // 2]

    return content


def _jpeg_precision(bits: int) -> bytes:
    whole = saved(GREY, "JPEG")
    place = whole.index(b"\xff\xc0") + 4
    return whole[:place] + bytes([bits]) + whole[place + 1 :]


def _wrong_checksum(kind: bytes) -> bytes:
    whole = made.grey_png()
    place = whole.index(kind) + 4 + int.from_bytes(whole[whole.index(kind) - 4 :][:4])
    return whole[:place] + b"\0\0\0\0" + whole[place + 4 :]


def _without(kind: bytes) -> bytes:
    whole = made.grey_png()
    place = whole.index(kind) - 4
    return whole[:place] + whole[place + 12 + int.from_bytes(whole[place:][:4]) :]


def _float_tiff() -> bytes:
    return saved(PIL.Image.fromarray(np.full((9, 9), 0.5, np.float32)), "TIFF")


def _wide_tiff() -> bytes:
    return saved(PIL.Image.fromarray(np.full((9, 9), 70_000, np.int32)), "TIFF")


HALVES = tuple(
    skipped(f"half_{kind.lower()}", _half(kind), "unreadable")
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
)
DAMAGED = (
    skipped("empty", lambda: b"", "empty file (0 bytes)"),
    skipped("one_byte", lambda: b"\xff", UNKNOWN),
    skipped("zeros", lambda: bytes(5000), UNKNOWN),
    skipped("signature_alone", lambda: b"\x89PNG\r\n\x1a\n", "begins like a PNG"),
    skipped("png_header_checksum", lambda: _wrong_checksum(b"IHDR"), "begins like a PNG"),
    skipped("png_without_pixels", lambda: _without(b"IDAT"), "unreadable"),
    skipped("png_pixels_not_packed", lambda: made.grey_png().replace(b"IDAT\x78", b"IDAT\x00"), "unreadable"),
    skipped("jpeg_12_bit", lambda: _jpeg_precision(12), "begins like a JPEG"),
    skipped(
        "jpeg_without_tables",
        lambda: saved(GREY, "JPEG").replace(b"\xff\xdb\x00\x43", b"\xff\xfe\x00\x43"),
        "unreadable",
    ),
    skipped("gif_without_frame", lambda: saved(GREY, "GIF")[:13] + b";", "begins like a GIF"),
    skipped(
        "tiff_tags_beyond",
        lambda: made.grey_tiff([(34675, 7, 2**31, 2**31)]).replace(b"\x11\x01", b"\x12\x02"),
        "unreadable",
    ),
    skipped("tiff_float", _float_tiff, "pixel mode F has no honest 8-bit form"),
    skipped("tiff_32_bit", _wide_tiff, "beyond 0..65535"),
    skipped("tiff_lab", lambda: saved(PIL.Image.new("LAB", (9, 9)), "TIFF"), "pixel mode LAB"),
    skipped("bmp_odd_bits", lambda: made.bmp(10, 12, 7, b"\0" * 999), "unreadable"),
)
