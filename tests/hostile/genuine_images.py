"""Genuine pictures, however odd: each must be read, and most are held to pixels made another way."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
from tests.hostile import pictures as made
from tests.hostile.fixture import Fixture, beside
from tests.hostile.pictures import GREY, SMOOTH, Pixels, chunk, saved

LOSSY = 6
COARSE = 24  # chroma at half its size

IDENTITY: Callable[[], Pixels] = lambda: SMOOTH  # noqa: E731
ONLY_GREY: Callable[[], Pixels] = lambda: GREY  # noqa: E731
RGB = PIL.Image.fromarray(SMOOTH)
L = PIL.Image.fromarray(GREY)


def _is(name: str, content: Callable[[], bytes], because: str, pixels: Callable[[], Pixels] | None = IDENTITY,
        tolerance: int = 0) -> Fixture:  # fmt: skip
    return Fixture(name, beside(content), "accepted", because, pixels, tolerance)


def _saved(picture: Any, kind: str, **options: Any) -> Callable[[], bytes]:
    return lambda: saved(picture, kind, **options)


def _palette(colours: int) -> PIL.Image.Image:
    return RGB.quantize(colours)


def _paletted() -> Pixels:
    return np.array(_palette(8).convert("RGB"))


def _alpha() -> PIL.Image.Image:
    over = RGB.convert("RGBA")
    over.putalpha(PIL.Image.fromarray((np.arange(120) % 2 * 255).astype(np.uint8).reshape(12, 10)))
    return over


def _on_white() -> Pixels:
    opaque = (np.arange(120) % 2 == 1).reshape(12, 10, 1)
    return np.where(opaque, SMOOTH, 255).astype(np.uint8)


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


def _deep_grey(kind: str, **options: Any) -> Callable[[], bytes]:
    return _saved(GREY.astype(np.uint16) * 257, kind, **options)


def _deep_transparent() -> bytes:
    deep = GREY.astype(np.uint16) * 257
    return made.png((10, 12), 16, 0, made.plain_rows(deep), before=chunk(b"tRNS", struct.pack(">H", int(deep[0, 0]))))


def _first_is_white() -> Pixels:
    return np.where(GREY[0, 0] == GREY, 255, GREY).astype(np.uint8)


def _halves() -> Pixels:
    return np.repeat([[60], [200]], 8, axis=0).repeat(16, axis=1).astype(np.uint8)


def _inverted_cmyk() -> bytes:
    return made.without_adobe(saved(RGB.convert("CMYK"), "JPEG", quality=100))


def _exif_turned(orientation: int, kind: str = "JPEG", **options: Any) -> Callable[[], bytes]:
    return _saved(SMOOTH, kind, exif=made.exif(orientation), **options)


def _frames(kind: str, **options: Any) -> Callable[[], bytes]:
    others = [PIL.Image.new("RGB", RGB.size, colour) for colour in ("red", "lime")]
    return _saved(RGB, kind, save_all=True, append_images=others, **options)


def _rle() -> bytes:
    body = b"".join(bytes([10, row * 20]) + b"\0\0" for row in range(12)) + b"\0\1"
    return made.bmp(10, 12, 8, body, compression=1, palette=made.greys(256))


def _top_down() -> bytes:
    rows = np.pad(SMOOTH[..., ::-1].reshape(12, 30), ((0, 0), (0, 2)))
    return made.bmp(10, -12, 24, rows.tobytes())


def _plain_ppm() -> bytes:
    return b"P3\n# made by hand\n10 12\n255\n" + b" ".join(str(int(value)).encode() for value in SMOOTH.ravel())


def _private_chunks() -> bytes:
    time, text = (
        chunk(b"tIME", struct.pack(">HBBBBB", 2020, 2, 30, 25, 61, 61)),
        chunk(b"tEXt", b"Comment\0" + b"a" * 9),
    )
    return made.grey_png(before=chunk(b"gAMA", b"\0\0\0\1") + time + text + chunk(b"prVt", b"\1" * 40), after=text)


def _wrong_checksum() -> bytes:
    return made.grey_png(before=chunk(b"tEXt", b"a\0b", crc=0))


def _trailing() -> bytes:
    """What phones leave behind a JPEG: a film, in whose bytes anything may stand."""
    film = made.isobmff(b"mp42") + b"\xff\xda\0\x08" * 500_000
    return saved(SMOOTH, "JPEG", quality=100, subsampling=0) + film


PNG = (
    _is("palette", _saved(_palette(8), "PNG"), "4-bit palette", _paletted),
    _is("palette_alpha", _transparent_index, "a transparent colour of a palette", _left_of_white),
    _is("rgba", lambda: saved(_alpha(), "PNG"), "alpha lies over white", _on_white),
    _is("grey_alpha", lambda: saved(L.convert("LA"), "PNG"), "grey with alpha", ONLY_GREY),
    _is(
        "one_bit",
        lambda: saved(L.point(lambda v: 255 * (v > 90), "1"), "PNG"),
        "black and white",
        lambda: (255 * (GREY > 90)).astype(np.uint8),
    ),
    _is("deep_grey", _deep_grey("PNG"), "16-bit grey", ONLY_GREY),
    _is("deep_grey_transparent", _deep_transparent, "16-bit grey with a transparent level", _first_is_white),
    _is("deep_colour", _deep, "16-bit RGB", tolerance=1),
    _is("interlaced", lambda: made.png((10, 12), 8, 0, made.adam7(GREY), interlaced=True), "Adam7", ONLY_GREY),
    _is("apng", _frames("PNG"), "animated: the first frame stands for it"),
    _is("png_exif_turned", _exif_turned(6, "PNG"), "EXIF says held sideways", lambda: np.rot90(SMOOTH, -1)),
    _is(
        "png_exif_garbage",
        lambda: made.grey_png(before=chunk(b"eXIf", b"II*\0\xff\xff\xff\xff")),
        "EXIF that leads nowhere",
        ONLY_GREY,
    ),
    _is("icc_garbage", _saved(SMOOTH, "PNG", icc_profile=b"no profile at all"), "a colour profile of nonsense"),
    _is("text_checksum", _wrong_checksum, "a text whose checksum is wrong", ONLY_GREY),
    _is("private_chunks", _private_chunks, "chunks of other programs, a 30th of February", ONLY_GREY),
    _is("png_called_jpg", _saved(SMOOTH, "PNG"), "the content is believed, not the suffix"),
    _is("zip_behind_png", lambda: saved(SMOOTH, "PNG") + b"PK\3\4" + b"\0" * 99, "an archive behind the picture"),
    _is("one_pixel", lambda: made.png((1, 1), 8, 0, b"\0\x07"), "1 x 1 px", lambda: np.array([[7]], np.uint8)),
    _is(
        "one_row",
        lambda: made.png((3000, 1), 8, 0, b"\0" + b"\x09" * 3000),
        "3000 x 1 px",
        lambda: np.full((1, 3000), 9, np.uint8),
    ),
    _is(
        "one_column",
        lambda: made.png((1, 3000), 8, 0, b"\0\x09" * 3000),
        "1 x 3000 px",
        lambda: np.full((3000, 1), 9, np.uint8),
    ),
)
JPEG = (
    _is(
        "progressive",
        _saved(SMOOTH, "JPEG", progressive=True, quality=100, subsampling=0),
        "progressive",
        tolerance=LOSSY,
    ),
    _is("arithmetic", lambda: made.ARITHMETIC, "arithmetic coding", _halves, LOSSY),
    _is("grey_jpeg", _saved(GREY, "JPEG", quality=100), "grey", ONLY_GREY, LOSSY),
    _is(
        "cmyk_adobe",
        lambda: saved(RGB.convert("CMYK"), "JPEG", quality=100),
        "inverted ink, as Photoshop writes",
        tolerance=COARSE,
    ),
    _is("cmyk_plain", _inverted_cmyk, "ink without a word on how: taken as inverted, like Adobe's", tolerance=COARSE),
    _is("rgb_jpeg", _saved(SMOOTH, "JPEG", keep_rgb=True, quality=100), "stored as RGB, not YCbCr", tolerance=LOSSY),
    _is("subsampled", _saved(SMOOTH, "JPEG", subsampling=2, quality=100), "chroma at half its size", tolerance=COARSE),
    _is(
        "restarts",
        _saved(SMOOTH, "JPEG", restart_marker_blocks=1, quality=100, subsampling=0),
        "restart markers",
        tolerance=LOSSY,
    ),
    _is("exif_3", _exif_turned(3, quality=100, subsampling=0), "upside down", lambda: SMOOTH[::-1, ::-1], LOSSY),
    _is("exif_5", _exif_turned(5, quality=100, subsampling=0), "transposed", lambda: SMOOTH.transpose(1, 0, 2), LOSSY),
    _is("exif_8", _exif_turned(8, quality=100, subsampling=0), "held sideways", lambda: np.rot90(SMOOTH), LOSSY),
    _is("exif_99", _exif_turned(99, quality=100, subsampling=0), "an orientation there is not", tolerance=LOSSY),
    _is(
        "exif_garbage",
        lambda: saved(SMOOTH, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\1" * 99, quality=100, subsampling=0),
        "EXIF of nonsense",
        tolerance=LOSSY,
    ),
    _is(
        "comment",
        lambda: made.with_segments(
            saved(GREY, "JPEG", quality=100), made.segment(0xFE, b"<?php system('id'); ?><script>alert(1)</script>")
        ),
        "code in a comment",
        ONLY_GREY,
        LOSSY,
    ),
    _is("film_behind", _trailing, "a film behind the picture, as phones write", tolerance=LOSSY),
    _is(
        "fill_bytes",
        lambda: made.with_segments(saved(GREY, "JPEG", quality=100), b"\xff" * 99),
        "padding between segments",
        ONLY_GREY,
        LOSSY,
    ),
    _is("mpo", _frames("MPO", quality=100), "two pictures in one, as 3D cameras write", tolerance=COARSE),
)
OTHERS = (
    _is("gif", _saved(_palette(8), "GIF"), "interlaced palette", _paletted),
    _is("gif_animated", _frames("GIF"), "animated: the first frame stands for it", tolerance=COARSE),
    _is(
        "gif_transparent",
        lambda: saved(_palette(8), "GIF", transparency=99),
        "a transparent colour nothing has",
        _paletted,
    ),
    _is(
        "gif_larger_canvas",
        lambda: made.gif_canvas(saved(_palette(8), "GIF"), 20, 24),
        "a frame smaller than its canvas",
        None,
    ),
    _is("webp", _saved(SMOOTH, "WEBP", lossless=True), "lossless"),
    _is("webp_alpha", lambda: saved(_alpha(), "WEBP", lossless=True, exact=True), "alpha lies over white", _on_white),
    _is("webp_animated", _frames("WEBP", lossless=True), "animated: the first frame stands for it"),
    _is("webp_turned", _exif_turned(6, "WEBP", lossless=True), "EXIF says held sideways", lambda: np.rot90(SMOOTH, -1)),
    _is(
        "bmp_one_bit",
        lambda: saved(L.point(lambda v: 255 * (v > 90), "1"), "BMP"),
        "black and white",
        lambda: (255 * (GREY > 90)).astype(np.uint8),
    ),
    _is(
        "bmp_rle",
        _rle,
        "run-length coded",
        lambda: np.repeat(np.arange(12)[::-1] * 20, 10).reshape(12, 10).astype(np.uint8),
    ),
    _is("bmp_top_down", _top_down, "the top row first"),
    _is("tiff_lzw", _saved(SMOOTH, "TIFF", compression="tiff_lzw"), "LZW"),
    _is("tiff_jpeg", _saved(SMOOTH, "TIFF", compression="jpeg", quality=100), "a JPEG inside", tolerance=COARSE),
    _is(
        "tiff_fax",
        lambda: saved(L.point(lambda v: 255 * (v > 90), "1"), "TIFF", compression="group4"),
        "a fax",
        lambda: (255 * (GREY > 90)).astype(np.uint8),
    ),
    _is("tiff_deep", _deep_grey("TIFF"), "16-bit grey", ONLY_GREY),
    _is("tiff_big", _saved(SMOOTH, "TIFF", big_tiff=True), "BigTIFF"),
    _is("tiff_cmyk", lambda: saved(RGB.convert("CMYK"), "TIFF"), "ink"),
    _is("tiff_turned", _exif_turned(6, "TIFF"), "EXIF says held sideways", lambda: np.rot90(SMOOTH, -1)),
    _is("tiff_pages", _frames("TIFF"), "pages: the first stands for it"),
    _is("tiff_by_hand", made.grey_tiff, "one strip, nine tags", ONLY_GREY),
    _is(
        "tiff_white_is_zero",
        lambda: made.grey_tiff(photometric=0),
        "black and white exchanged",
        lambda: (255 - GREY).astype(np.uint8),
    ),
    _is("tiff_loop", lambda: made.grey_tiff(after=8), "pages that lead in a circle", ONLY_GREY),
    _is("pgm_deep", _deep_grey("PPM"), "16-bit PGM", ONLY_GREY),
    _is("ppm_plain", _plain_ppm, "pixels as numbers, with a comment"),
    _is(
        "pbm_plain", lambda: b"P1\n2 2\n0 1\n1 0\n", "bits as numbers", lambda: np.array([[255, 0], [0, 255]], np.uint8)
    ),
    _is(
        "pgm_12_bit",
        lambda: b"P5 10 12 4095\n" + (GREY.astype(int) * 4095 // 255).astype(">u2").tobytes(),
        "white is 4095",
        ONLY_GREY,
        1,
    ),
)
GENUINE: tuple[Fixture, ...] = PNG + JPEG + OTHERS
