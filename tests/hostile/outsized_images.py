"""Small files that promise a giant, or would take minutes or all memory."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.hostile import pictures as made
from tests.hostile.fixture import Fixture, beside, skipped
from tests.hostile.fixture import made as changed
from tests.hostile.pictures import GREY, chunk, saved

LARGE = "over 64 megapixels"


def _harmless(name: str, content: Callable[[], bytes], because: str, tolerance: int = 0) -> Fixture:
    return Fixture(name, beside(content), "accepted", because, lambda: GREY, tolerance)


def _packed_text() -> bytes:
    return made.grey_png(before=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**27))))


def _packed_profile() -> bytes:
    return made.grey_png(before=chunk(b"iCCP", b"bomb\0\0" + zlib.compress(bytes(2**27))))


def _dark() -> bytes:
    return made.png((5_000, 8_000), 8, 0, bytes(8_000 * 5_001))


def _shared_tags() -> bytes:
    return made.grey_tiff([(40_000 + i, 7, 60_000, 8) for i in range(4_000)]) + bytes(60_000)


def _shared_exif() -> bytes:
    notes = made.tiff([(40_000 + i, 7, 60_000, 8) for i in range(5_000)])
    return made.with_segments(saved(GREY, "JPEG", quality=100), made.segment(0xE1, b"Exif\0\0" + notes))


def _promised(width: int, height: int) -> Callable[[], bytes]:
    return lambda: made.png((width, height), 8, 0, b"\0")


def _jpeg_size(width: int, height: int) -> bytes:
    whole = saved(GREY, "JPEG")
    place = whole.index(b"\xff\xc0") + 5
    return whole[:place] + struct.pack(">HH", height, width) + whole[place + 4 :]


def _exif_by_parts() -> bytes:
    return made.with_segments(saved(GREY, "JPEG"), made.segment(0xE1, b"Exif\0\0" + b"\0" * 65000) * 700)


def _gif_comments() -> bytes:
    whole = saved(GREY, "GIF")
    place = whole.index(b"\x2c", 13 + 3 * 2 ** ((whole[10] & 7) + 1))
    return whole[:place] + (b"!\xfe\x01a\0" * 1_000_000) + whole[place:]


def _gif_frame(width: int, height: int) -> bytes:
    whole = saved(GREY, "GIF")
    place = whole.index(b"\x2c", 13 + 3 * 2 ** ((whole[10] & 7) + 1))
    return whole[: place + 5] + struct.pack("<HH", width, height) + whole[place + 9 :]


def _webp_canvas() -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\xff\x3f\0" * 2  # 16384 x 16384, animated
    body += b"ANIM" + struct.pack("<I", 6) + b"\0" * 6
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _jpeg_in_tiff() -> bytes:
    """A TIFF of one strip, which is a JPEG of many scans."""
    inside = made.many_scans(3000, 400)
    entries = [
        (256, 4, 1, 3000), (257, 4, 1, 3000), (258, 3, 1, 8), (259, 3, 1, 7), (262, 3, 1, 1), (273, 4, 1, 122),
        (277, 3, 1, 1), (278, 4, 1, 3000), (279, 4, 1, len(inside)),
    ]  # fmt: skip
    return made.tiff(entries, tail=inside)


def _big_tiff() -> bytes:
    return b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**40) + b"\0" * 99


def _comment(size: int) -> bytes:
    return b"P5\n#" + b"a" * size + b"\n10 12\n255\n" + GREY.tobytes()


def _sparse(folder: Path) -> None:
    with (folder / "odd.png").open("wb") as file:
        file.write(made.grey_png()[:40])
        file.truncate(2 * 2**30)


SIZES = (
    skipped("png_huge", _promised(100_000, 100_000), LARGE),
    skipped("png_over_cap", _promised(9_000, 8_000), LARGE),
    skipped("png_one_long_row", _promised(2**31 - 1, 1), LARGE),
    skipped("png_no_width", _promised(0, 5), "its header is damaged"),
    skipped("jpeg_huge", lambda: _jpeg_size(65_500, 65_500), LARGE),
    skipped("jpeg_no_height", lambda: _jpeg_size(10, 0), "unreadable"),
    skipped("gif_huge", lambda: made.gif_canvas(saved(GREY, "GIF"), 65_535, 65_535), LARGE),
    skipped("gif_huge_frame", lambda: _gif_frame(65_535, 65_535), LARGE),
    skipped("webp_huge", _webp_canvas, LARGE),
    skipped("bmp_huge", lambda: made.bmp(2**31 - 1, 2**31 - 1, 24, b"\0" * 99), LARGE),
    skipped("bmp_huge_top_down", lambda: made.bmp(100_000, -(2**31) + 1, 24, b"\0" * 99), LARGE),
    skipped("tiff_huge", lambda: made.grey_tiff(size=(2**31, 2**31)), LARGE),
    skipped("pnm_huge", lambda: b"P6\n99999999 99999999\n255\n" + b"\0" * 99, LARGE),
    skipped("pnm_endless_number", lambda: b"P6\n" + b"9" * 10**6, "a header over 64 KiB"),
    Fixture("sparse_2_gib", changed(_sparse), "skipped", "over 1 GiB"),
)

BOMBS = (
    _harmless("png_text_bomb", _packed_text, "text that unpacks to 128 MiB is never unpacked"),
    _harmless("png_profile_bomb", _packed_profile, "a profile that unpacks to 128 MiB is never unpacked"),
    _harmless("tiff_tags_share_bytes", _shared_tags, "4,000 tags of 60 KB each, which are the same 60 KB"),
    _harmless("jpeg_tags_share_bytes", _shared_exif, "EXIF of 5,000 tags, which are the same 60 KB", tolerance=6),
    Fixture("png_40_megapixels", beside(_dark), "accepted", "40 megapixels in 40 KB", images=3),
    skipped("png_million_texts", lambda: made.grey_png(before=chunk(b"tEXt", b"a\0b") * 10**6), "over 100,000 chunks"),
    skipped(
        "png_million_pixels_chunks", lambda: made.grey_png(after=chunk(b"IDAT", b"") * 10**6), "over 100,000 chunks"
    ),
    skipped("jpeg_scans", lambda: made.many_scans(4_000, 400), "scans of its 4000 x 4000 px"),
    skipped(
        "jpeg_million_segments",
        lambda: made.with_segments(saved(GREY, "JPEG"), made.segment(0xFE, b"") * 10**6),
        "over 100,000 chunks",
    ),
    skipped("jpeg_exif_by_parts", _exif_by_parts, "over 32 MiB of metadata"),
    skipped("gif_million_comments", _gif_comments, "over 100,000 chunks"),
    skipped("tiff_jpeg_scans", _jpeg_in_tiff, "scans of its 3000 x 3000 px"),
    skipped("tiff_endless_tags", _big_tiff, "over 65,536 tags"),
    skipped("pnm_endless_comment", lambda: _comment(10**6), "a header over 64 KiB"),
    skipped("pnm_slow", lambda: b"P2 5000 5000 255\n" + b"1 " * (9 * 2**20), "read number by number"),
)
