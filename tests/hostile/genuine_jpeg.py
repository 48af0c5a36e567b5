"""Genuine JPEG files, however odd."""

import numpy as np
from tests.hostile import pictures as made
from tests.hostile.genuine_parts import (
    COARSE,
    LOSSY,
    ONLY_GREY,
    RGB,
    exif_turned,
    frames,
    genuine,
    saving,
)
from tests.hostile.pictures import GREY, SMOOTH, Pixels, saved


def _halves() -> Pixels:
    return np.repeat([[60], [200]], 8, axis=0).repeat(16, axis=1).astype(np.uint8)


def _inverted_cmyk() -> bytes:
    return made.without_adobe(saved(RGB.convert("CMYK"), "JPEG", quality=100))


def _trailing() -> bytes:
    """What phones leave behind a JPEG: a film, in whose bytes anything may stand."""
    film = made.isobmff(b"mp42") + b"\xff\xda\0\x08" * 500_000
    return saved(SMOOTH, "JPEG", quality=100, subsampling=0) + film


JPEG = (
    genuine(
        "progressive",
        saving(SMOOTH, "JPEG", progressive=True, quality=100, subsampling=0),
        "progressive",
        tolerance=LOSSY,
    ),
    genuine("arithmetic", lambda: made.ARITHMETIC, "arithmetic coding", _halves, LOSSY),
    genuine("grey_jpeg", saving(GREY, "JPEG", quality=100), "grey", ONLY_GREY, LOSSY),
    genuine(
        "cmyk_adobe",
        lambda: saved(RGB.convert("CMYK"), "JPEG", quality=100),
        "inverted ink, as Photoshop writes",
        tolerance=COARSE,
    ),
    genuine(
        "cmyk_plain", _inverted_cmyk, "ink without a word on how: taken as inverted, like Adobe's", tolerance=COARSE
    ),
    genuine(
        "rgb_jpeg", saving(SMOOTH, "JPEG", keep_rgb=True, quality=100), "stored as RGB, not YCbCr", tolerance=LOSSY
    ),
    genuine(
        "subsampled", saving(SMOOTH, "JPEG", subsampling=2, quality=100), "chroma at half its size", tolerance=COARSE
    ),
    genuine(
        "restarts",
        saving(SMOOTH, "JPEG", restart_marker_blocks=1, quality=100, subsampling=0),
        "restart markers",
        tolerance=LOSSY,
    ),
    genuine("exif_3", exif_turned(3, quality=100, subsampling=0), "upside down", lambda: SMOOTH[::-1, ::-1], LOSSY),
    genuine(
        "exif_5", exif_turned(5, quality=100, subsampling=0), "transposed", lambda: SMOOTH.transpose(1, 0, 2), LOSSY
    ),
    genuine("exif_8", exif_turned(8, quality=100, subsampling=0), "held sideways", lambda: np.rot90(SMOOTH), LOSSY),
    genuine("exif_99", exif_turned(99, quality=100, subsampling=0), "an orientation there is not", tolerance=LOSSY),
    genuine(
        "exif_garbage",
        lambda: saved(SMOOTH, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\1" * 99, quality=100, subsampling=0),
        "EXIF of nonsense",
        tolerance=LOSSY,
    ),
    genuine(
        "comment",
        lambda: made.with_segments(
            saved(GREY, "JPEG", quality=100), made.segment(0xFE, b"<?php system('id'); ?><script>alert(1)</script>")
        ),
        "code in a comment",
        ONLY_GREY,
        LOSSY,
    ),
    genuine("film_behind", _trailing, "a film behind the picture, as phones write", tolerance=LOSSY),
    genuine(
        "fill_bytes",
        lambda: made.with_segments(saved(GREY, "JPEG", quality=100), b"\xff" * 99),
        "padding between segments",
        ONLY_GREY,
        LOSSY,
    ),
    genuine("mpo", frames("MPO", quality=100), "two pictures in one, as 3D cameras write", tolerance=COARSE),
)
