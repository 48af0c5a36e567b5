"""Genuine pictures, however odd: each must be read, and most are held to pixels made another way."""

import numpy as np
from tests.hostile import pictures as made
from tests.hostile.fixture import Fixture
from tests.hostile.genuine_jpeg import JPEG
from tests.hostile.genuine_parts import (
    COARSE,
    ONLY_GREY,
    RGB,
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
from tests.hostile.genuine_png import PNG
from tests.hostile.pictures import GREY, SMOOTH, saved


def _rle() -> bytes:
    body = b"".join(bytes([10, row * 20]) + b"\0\0" for row in range(12)) + b"\0\1"
    return made.bmp(10, 12, 8, body, compression=1, palette=made.greys(256))


def _top_down() -> bytes:
    rows = np.pad(SMOOTH[..., ::-1].reshape(12, 30), ((0, 0), (0, 2)))
    return made.bmp(10, -12, 24, rows.tobytes())


def _plain_ppm() -> bytes:
    return b"P3\n# made by hand\n10 12\n255\n" + b" ".join(str(int(value)).encode() for value in SMOOTH.ravel())


OTHERS = (
    genuine("gif", saving(palette(8), "GIF"), "interlaced palette", paletted),
    genuine("gif_animated", frames("GIF"), "animated: the first frame stands for it", tolerance=COARSE),
    genuine(
        "gif_transparent",
        lambda: saved(palette(8), "GIF", transparency=99),
        "a transparent colour nothing has",
        paletted,
    ),
    genuine(
        "gif_larger_canvas",
        lambda: made.gif_canvas(saved(palette(8), "GIF"), 20, 24),
        "a frame smaller than its canvas",
        None,
    ),
    genuine("webp", saving(SMOOTH, "WEBP", lossless=True), "lossless"),
    genuine(
        "webp_alpha", lambda: saved(half_opaque(), "WEBP", lossless=True, exact=True), "alpha lies over white", on_white
    ),
    genuine("webp_animated", frames("WEBP", lossless=True), "animated: the first frame stands for it"),
    genuine(
        "webp_turned", exif_turned(6, "WEBP", lossless=True), "EXIF says held sideways", lambda: np.rot90(SMOOTH, -1)
    ),
    genuine(
        "bmp_one_bit",
        lambda: saved(L.point(lambda v: 255 * (v > 90), "1"), "BMP"),
        "black and white",
        lambda: (255 * (GREY > 90)).astype(np.uint8),
    ),
    genuine(
        "bmp_rle",
        _rle,
        "run-length coded",
        lambda: np.repeat(np.arange(12)[::-1] * 20, 10).reshape(12, 10).astype(np.uint8),
    ),
    genuine("bmp_top_down", _top_down, "the top row first"),
    genuine("tiff_lzw", saving(SMOOTH, "TIFF", compression="tiff_lzw"), "LZW"),
    genuine("tiff_jpeg", saving(SMOOTH, "TIFF", compression="jpeg", quality=100), "a JPEG inside", tolerance=COARSE),
    genuine(
        "tiff_fax",
        lambda: saved(L.point(lambda v: 255 * (v > 90), "1"), "TIFF", compression="group4"),
        "a fax",
        lambda: (255 * (GREY > 90)).astype(np.uint8),
    ),
    genuine("tiff_deep", deep_grey("TIFF"), "16-bit grey", ONLY_GREY),
    genuine("tiff_big", saving(SMOOTH, "TIFF", big_tiff=True), "BigTIFF"),
    genuine("tiff_cmyk", lambda: saved(RGB.convert("CMYK"), "TIFF"), "ink"),
    genuine("tiff_turned", exif_turned(6, "TIFF"), "EXIF says held sideways", lambda: np.rot90(SMOOTH, -1)),
    genuine("tiff_pages", frames("TIFF"), "pages: the first stands for it"),
    genuine("tiff_by_hand", made.grey_tiff, "one strip, nine tags", ONLY_GREY),
    genuine(
        "tiff_white_is_zero",
        lambda: made.grey_tiff(photometric=0),
        "black and white exchanged",
        lambda: (255 - GREY).astype(np.uint8),
    ),
    genuine("tiff_loop", lambda: made.grey_tiff(after=8), "pages that lead in a circle", ONLY_GREY),
    genuine("pgm_deep", deep_grey("PPM"), "16-bit PGM", ONLY_GREY),
    genuine("ppm_plain", _plain_ppm, "pixels as numbers, with a comment"),
    genuine(
        "pbm_plain", lambda: b"P1\n2 2\n0 1\n1 0\n", "bits as numbers", lambda: np.array([[255, 0], [0, 255]], np.uint8)
    ),
    genuine(
        "pgm_12_bit",
        lambda: b"P5 10 12 4095\n" + (GREY.astype(int) * 4095 // 255).astype(">u2").tobytes(),
        "white is 4095",
        ONLY_GREY,
        1,
    ),
)
GENUINE: tuple[Fixture, ...] = PNG + JPEG + OTHERS
