"""Files that are no pictures, half pictures, or traps: each is listed with its reason, and the rest goes on."""

import os
import socket
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
from tests.hostile import pictures as made
from tests.hostile.fixture import Fixture, beside
from tests.hostile.fixture import made as changed
from tests.hostile.pictures import GREY, SMOOTH, chunk, saved

LARGE = "over 64 megapixels"
UNKNOWN = "not an image of a known format"
NOISE = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)


def _is(name: str, content: Callable[[], bytes], because: str) -> Fixture:
    return Fixture(name, beside(content), "skipped", because)


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


def _half(kind: str) -> Callable[[], bytes]:
    def content() -> bytes:
        whole = saved(NOISE, kind)
        return whole[: len(whole) // 2]

    return content


def _promised(width: int, height: int) -> Callable[[], bytes]:
    return lambda: made.png((width, height), 8, 0, b"\0")


def _jpeg_size(width: int, height: int) -> bytes:
    whole = saved(GREY, "JPEG")
    place = whole.index(b"\xff\xc0") + 5
    return whole[:place] + struct.pack(">HH", height, width) + whole[place + 4 :]


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


def _float_tiff() -> bytes:
    return saved(PIL.Image.fromarray(np.full((9, 9), 0.5, np.float32)), "TIFF")


def _wide_tiff() -> bytes:
    return saved(PIL.Image.fromarray(np.full((9, 9), 70_000, np.int32)), "TIFF")


def _big_tiff() -> bytes:
    return b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**40) + b"\0" * 99


def _comment(size: int) -> bytes:
    return b"P5\n#" + b"a" * size + b"\n10 12\n255\n" + GREY.tobytes()


def _postscript(folder: Path) -> None:
    touch = f"(%pipe%touch {folder.parent / 'MARKER'}) (w) file closefile"
    (folder / "odd.jpg").write_text(f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{touch}\nshowpage\n")


def _script(folder: Path) -> None:
    path = folder / "odd.png"
    path.write_text(f"#!/bin/sh\ntouch {folder.parent / 'MARKER'}\n")
    path.chmod(0o755)


def _pickle(folder: Path) -> None:
    code = f"cposix\nsystem\n(Vtouch {folder.parent / 'MARKER'}\ntR."
    (folder / "odd.png").write_bytes(b"\x80\x02" + code.encode())


def _svg() -> bytes:
    laughs = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9))
    return f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a0 "ha">{laughs}]><svg>&a9;</svg>'.encode()


def _sparse(folder: Path) -> None:
    with (folder / "odd.png").open("wb") as file:
        file.write(made.grey_png()[:40])
        file.truncate(2 * 2**30)


def _socket(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # a socket's name is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("odd.png")
    finally:
        os.chdir(here)


def _link(target: str) -> Callable[[Path], None]:
    return changed(lambda folder: (folder / "odd.png").symlink_to(target))


HALVES = tuple(
    _is(f"half_{kind.lower()}", _half(kind), "unreadable")
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
)
SIZES = (
    _is("png_huge", _promised(100_000, 100_000), LARGE),
    _is("png_over_cap", _promised(9_000, 8_000), LARGE),
    _is("png_one_long_row", _promised(2**31 - 1, 1), LARGE),
    _is("png_no_width", _promised(0, 5), "its header is damaged"),
    _is("jpeg_huge", lambda: _jpeg_size(65_500, 65_500), LARGE),
    _is("jpeg_no_height", lambda: _jpeg_size(10, 0), "unreadable"),
    _is("gif_huge", lambda: made.gif_canvas(saved(GREY, "GIF"), 65_535, 65_535), LARGE),
    _is("gif_huge_frame", lambda: _gif_frame(65_535, 65_535), LARGE),
    _is("webp_huge", _webp_canvas, LARGE),
    _is("bmp_huge", lambda: made.bmp(2**31 - 1, 2**31 - 1, 24, b"\0" * 99), LARGE),
    _is("bmp_huge_top_down", lambda: made.bmp(100_000, -(2**31) + 1, 24, b"\0" * 99), LARGE),
    _is("tiff_huge", lambda: made.grey_tiff(size=(2**31, 2**31)), LARGE),
    _is("pnm_huge", lambda: b"P6\n99999999 99999999\n255\n" + b"\0" * 99, LARGE),
    _is("pnm_endless_number", lambda: b"P6\n" + b"9" * 10**6, "a header over 64 KiB"),
    Fixture("sparse_2_gib", changed(_sparse), "skipped", "over 1 GiB"),
)
BOMBS = (
    _harmless("png_text_bomb", _packed_text, "text that unpacks to 128 MiB is never unpacked"),
    _harmless("png_profile_bomb", _packed_profile, "a profile that unpacks to 128 MiB is never unpacked"),
    _harmless("tiff_tags_share_bytes", _shared_tags, "4,000 tags of 60 KB each, which are the same 60 KB"),
    _harmless("jpeg_tags_share_bytes", _shared_exif, "EXIF of 5,000 tags, which are the same 60 KB", tolerance=6),
    Fixture("png_40_megapixels", beside(_dark), "accepted", "40 megapixels in 40 KB", images=3),
    _is("png_million_texts", lambda: made.grey_png(before=chunk(b"tEXt", b"a\0b") * 10**6), "over 100,000 chunks"),
    _is("png_million_pixels_chunks", lambda: made.grey_png(after=chunk(b"IDAT", b"") * 10**6), "over 100,000 chunks"),
    _is("jpeg_scans", lambda: made.many_scans(4_000, 400), "scans of its 4000 x 4000 px"),
    _is(
        "jpeg_million_segments",
        lambda: made.with_segments(saved(GREY, "JPEG"), made.segment(0xFE, b"") * 10**6),
        "over 100,000 chunks",
    ),
    _is("jpeg_exif_by_parts", _exif_by_parts, "over 32 MiB of metadata"),
    _is("gif_million_comments", _gif_comments, "over 100,000 chunks"),
    _is("tiff_jpeg_scans", _jpeg_in_tiff, "scans of its 3000 x 3000 px"),
    _is("tiff_endless_tags", _big_tiff, "over 65,536 tags"),
    _is("pnm_endless_comment", lambda: _comment(10**6), "a header over 64 KiB"),
    _is("pnm_slow", lambda: b"P2 5000 5000 255\n" + b"1 " * (9 * 2**20), "read number by number"),
)
DAMAGED = (
    _is("empty", lambda: b"", "empty file (0 bytes)"),
    _is("one_byte", lambda: b"\xff", UNKNOWN),
    _is("zeros", lambda: bytes(5000), UNKNOWN),
    _is("signature_alone", lambda: b"\x89PNG\r\n\x1a\n", "begins like a PNG"),
    _is("png_header_checksum", lambda: _wrong_checksum(b"IHDR"), "begins like a PNG"),
    _is("png_without_pixels", lambda: _without(b"IDAT"), "unreadable"),
    _is("png_pixels_not_packed", lambda: made.grey_png().replace(b"IDAT\x78", b"IDAT\x00"), "unreadable"),
    _is("jpeg_12_bit", lambda: _jpeg_precision(12), "begins like a JPEG"),
    _is(
        "jpeg_without_tables",
        lambda: saved(GREY, "JPEG").replace(b"\xff\xdb\x00\x43", b"\xff\xfe\x00\x43"),
        "unreadable",
    ),
    _is("gif_without_frame", lambda: saved(GREY, "GIF")[:13] + b";", "begins like a GIF"),
    _is(
        "tiff_tags_beyond",
        lambda: made.grey_tiff([(34675, 7, 2**31, 2**31)]).replace(b"\x11\x01", b"\x12\x02"),
        "unreadable",
    ),
    _is("tiff_float", _float_tiff, "pixel mode F has no honest 8-bit form"),
    _is("tiff_32_bit", _wide_tiff, "beyond 0..65535"),
    _is("tiff_lab", lambda: saved(PIL.Image.new("LAB", (9, 9)), "TIFF"), "pixel mode LAB"),
    _is("bmp_odd_bits", lambda: made.bmp(10, 12, 7, b"\0" * 999), "unreadable"),
)
OTHERS = (
    _is("text", lambda: b"hello, I am a text", UNKNOWN),
    _is("web_page", lambda: b"<!DOCTYPE html><html><script>alert(1)</script></html>", "a web page"),
    _is(
        "lfs_pointer",
        lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
        "run `git lfs pull`",
    ),
    _is("svg_laughs", _svg, UNKNOWN),
    _is("svg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "an SVG drawing"),
    _is("pdf", lambda: b"%PDF-1.7\n" + b"\0" * 99, "a PDF"),
    Fixture("postscript", changed(_postscript), "skipped", "PostScript"),
    Fixture("script", changed(_script), "skipped", "a program, which is never run"),
    Fixture("pickle", changed(_pickle), "skipped", "a pickle, which is never opened"),
    _is("elf", lambda: b"\x7fELF" + b"\0" * 99, "a program"),
    _is("heic", lambda: made.isobmff(b"heic"), "a HEIC picture: convert it"),
    _is("avif", lambda: made.isobmff(b"avif"), "an AVIF picture: convert it"),
    _is("film", lambda: made.isobmff(b"mp42"), "a video"),
    _is("jpeg_xl", lambda: b"\xff\x0a" + b"\0" * 99, "a JPEG XL picture"),
    _is("jpeg_2000", lambda: saved(SMOOTH, "JPEG2000"), "a JPEG 2000 picture"),
    _is("photoshop", lambda: b"8BPS\0\1" + b"\0" * 99, "a Photoshop file"),
    _is("icon", lambda: saved(SMOOTH, "ICO"), "an icon"),
    _is("zip", lambda: b"PK\3\4" + b"\0" * 99, "an archive: unpack it"),
    _is("numpy", lambda: b"\x93NUMPY\1\0" + b"\0" * 99, "a numpy array"),
)
PLACES = (
    Fixture("fifo", changed(lambda folder: os.mkfifo(folder / "odd.png")), "skipped", "not a regular file"),
    Fixture("socket", changed(_socket), "skipped", "not a regular file"),
    Fixture("link_to_zeros", _link("/dev/zero"), "skipped", "not a regular file"),
    Fixture("link_to_nil", _link("/dev/null"), "skipped", "not a regular file"),
    Fixture("link_to_kernel_log", _link("/proc/kmsg"), "skipped", "empty file"),
    Fixture("link_to_own_memory", _link("/proc/self/mem"), "skipped", "empty file"),
    Fixture("link_to_itself", _link("odd.png"), "skipped", "a link that leads nowhere"),
    Fixture("link_to_nothing", _link("/nowhere/at/all.png"), "skipped", "a link that leads nowhere"),
    Fixture("link_to_parent", _link(".."), "accepted", "a link to a folder", images=2),
    Fixture("link_to_secret", _link("/etc/passwd"), "skipped", UNKNOWN),
)
BROKEN: tuple[Fixture, ...] = HALVES + SIZES + BOMBS + DAMAGED + OTHERS + PLACES
