"""Genuine PNG files, however odd."""

import struct

import numpy as np
from tests.hostile import pictures as made
from tests.hostile.genuine_parts import (
    ONLY_GREY,
    L,
    deep_grey,
    exif_turned,
    frames,
    genuine,
    half_opaque,
    on_white,
    palette,
    paletted,
    saving,
)
from tests.hostile.pictures import GREY, SMOOTH, Pixels, chunk, saved


def _transparent_index() -> bytes:
    rows = np.zeros((12, 10), np.uint8)
    rows[:, 5:] = 1
    colours = chunk(b"PLTE", bytes([10, 20, 30, 200, 100, 50])) + chunk(b"tRNS", bytes([255, 0]))
    return made.png((10, 12), 8, 3, made.plain_rows(rows), before=colours)


def _left_of_white() -> Pixels:
    picture = np.full((12, 10, 3), 255, np.uint8)
    picture[:, :5] = [10, 20, 30]
    return picture


def _deep() -> bytes:
    return made.png((10, 12), 16, 2, made.plain_rows(SMOOTH.astype(np.uint16) * 257))


def _deep_transparent() -> bytes:
    deep = GREY.astype(np.uint16) * 257
    return made.png((10, 12), 16, 0, made.plain_rows(deep), before=chunk(b"tRNS", struct.pack(">H", int(deep[0, 0]))))


def _first_is_white() -> Pixels:
    return np.where(GREY[0, 0] == GREY, 255, GREY).astype(np.uint8)


def _private_chunks() -> bytes:
    time, text = (
        chunk(b"tIME", struct.pack(">HBBBBB", 2020, 2, 30, 25, 61, 61)),
        chunk(b"tEXt", b"Comment\0" + b"a" * 9),
    )
    return made.grey_png(before=chunk(b"gAMA", b"\0\0\0\1") + time + text + chunk(b"prVt", b"\1" * 40), after=text)


def _wrong_checksum() -> bytes:
    return made.grey_png(before=chunk(b"tEXt", b"a\0b", crc=0))


PNG = (
    genuine("palette", saving(palette(8), "PNG"), "4-bit palette", paletted),
    genuine("palette_alpha", _transparent_index, "a transparent colour of a palette", _left_of_white),
    genuine("rgba", lambda: saved(half_opaque(), "PNG"), "alpha lies over white", on_white),
    genuine("grey_alpha", lambda: saved(L.convert("LA"), "PNG"), "grey with alpha", ONLY_GREY),
    genuine(
        "one_bit",
        lambda: saved(L.point(lambda v: 255 * (v > 90), "1"), "PNG"),
        "black and white",
        lambda: (255 * (GREY > 90)).astype(np.uint8),
    ),
    genuine("deep_grey", deep_grey("PNG"), "16-bit grey", ONLY_GREY),
    genuine("deep_grey_transparent", _deep_transparent, "16-bit grey with a transparent level", _first_is_white),
    genuine("deep_colour", _deep, "16-bit RGB", tolerance=1),
    genuine("interlaced", lambda: made.png((10, 12), 8, 0, made.adam7(GREY), interlaced=True), "Adam7", ONLY_GREY),
    genuine("apng", frames("PNG"), "animated: the first frame stands for it"),
    genuine("png_exif_turned", exif_turned(6, "PNG"), "EXIF says held sideways", lambda: np.rot90(SMOOTH, -1)),
    genuine(
        "png_exif_garbage",
        lambda: made.grey_png(before=chunk(b"eXIf", b"II*\0\xff\xff\xff\xff")),
        "EXIF that leads nowhere",
        ONLY_GREY,
    ),
    genuine("icc_garbage", saving(SMOOTH, "PNG", icc_profile=b"no profile at all"), "a colour profile of nonsense"),
    genuine("text_checksum", _wrong_checksum, "a text whose checksum is wrong", ONLY_GREY),
    genuine("private_chunks", _private_chunks, "chunks of other programs, a 30th of February", ONLY_GREY),
    genuine("png_called_jpg", saving(SMOOTH, "PNG"), "the content is believed, not the suffix"),
    genuine("zip_behind_png", lambda: saved(SMOOTH, "PNG") + b"PK\3\4" + b"\0" * 99, "an archive behind the picture"),
    genuine("one_pixel", lambda: made.png((1, 1), 8, 0, b"\0\x07"), "1 x 1 px", lambda: np.array([[7]], np.uint8)),
    genuine(
        "one_row",
        lambda: made.png((3000, 1), 8, 0, b"\0" + b"\x09" * 3000),
        "3000 x 1 px",
        lambda: np.full((1, 3000), 9, np.uint8),
    ),
    genuine(
        "one_column",
        lambda: made.png((1, 3000), 8, 0, b"\0\x09" * 3000),
        "1 x 3000 px",
        lambda: np.full((3000, 1), 9, np.uint8),
    ),
)
