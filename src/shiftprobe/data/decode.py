"""One decoder for every image file: whole pictures, known modes, bounded size."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import PIL.ExifTags
import PIL.Image

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.readers import DEEPEST, PLAIN, READERS, VIEWER, FileTraits, Reader, ReadingRule
from shiftprobe.core.regular_file import IrregularFileError, open_regular
from shiftprobe.core.types import Image
from shiftprobe.data import decode_limits
from shiftprobe.data.file_signatures import HEAD, refusal

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM")  # none of them starts another program
MAX_PIXELS = 64_000_000
MAX_BYTES = 2**30
"""Largest file that is opened; 64 megapixels of 16-bit RGBA, not compressed, are half of it."""

_GREY = {"1", "L", "LA", "La"}
_DEEP = {"I;16", "I;16L", "I;16B", "I;16N", "I"}  # 16-bit grey; "I" is how a 16-bit PGM arrives
_OPAQUE = 255
_SRGB = (b"sRGB", "sRGB".encode("utf-16-be"))  # in the name of the profile that changes nothing
_COLOUR = {"RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "CMYK", "YCbCr"}
_TURN = PIL.Image.Transpose
_TURNS = {
    2: _TURN.FLIP_LEFT_RIGHT, 3: _TURN.ROTATE_180, 4: _TURN.FLIP_TOP_BOTTOM, 5: _TURN.TRANSPOSE,
    6: _TURN.ROTATE_270, 7: _TURN.TRANSVERSE, 8: _TURN.ROTATE_90,
}  # fmt: skip

warnings.filterwarnings("error", category=PIL.Image.DecompressionBombWarning)
# Thousands of photographs with odd metadata must not bury the messages that matter.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The pixels of a picture as a reader gives them, and what in its file readers take in different ways."""

    image: Image
    traits: FileTraits = PLAIN


def decode(path: Path) -> Image:
    """One picture: its first frame, turned as its EXIF says, alpha laid over white.

    Returns:
        (H, W, 1) for the grey modes, (H, W, 3) RGB for palettes, CMYK and colour.

    Raises:
        DataError: the reason in a few words, without the path: empty, truncated, not an image, too
            large, or of a mode with no honest 8-bit form.
    """
    with opened(path) as file:
        return decoded(file).image


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A picture's file, open for reading.

    Raises:
        DataError: the reason in a few words; also for what fails while it is read.
    """
    try:
        file, size = open_regular(path, links=True)
        with file:
            check_size(size)
            yield file
    except IrregularFileError:
        raise DataError("not a regular file") from None
    except DataError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        raise DataError(f"unreadable: {escape(getattr(error, 'strerror', None) or error)}") from None


@contextmanager
def opened_bytes(content: bytes) -> Iterator[BinaryIO]:
    """The same for a file's content that is in memory already."""
    check_size(len(content))
    yield io.BytesIO(content)


def decode_bytes(content: bytes) -> Image:
    """The picture of a file's content; see `decode`."""
    with opened_bytes(content) as file:
        return decoded(file).image


def check_size(size: int) -> None:
    """Refuse a picture of no bytes, or of too many.

    Raises:
        DataError: the reason in a few words.
    """
    if not size:
        raise DataError("empty file (0 bytes)")
    if size > MAX_BYTES:
        raise DataError(f"over {MAX_BYTES // 2**30} GiB; make it smaller")


def decoded(file: BinaryIO, reader: Reader = VIEWER) -> Decoded:
    """The picture in an open file, from its beginning.

    Args:
        file: seekable; its place moves.
        reader: whose pixels are wanted.

    Raises:
        DataError: as `decode` does.
        OSError: when the file itself cannot be read.
    """
    file.seek(0)
    head = file.read(HEAD)
    try:
        file = decode_limits.slimmed(file, head)
        with PIL.Image.open(file, formats=FORMATS) as picture:
            decode_limits.check_scans(file, picture)
            return _whole(picture, READERS[reader])
    except (DataError, MemoryError):
        raise
    except (PIL.Image.DecompressionBombWarning, PIL.Image.DecompressionBombError):
        raise DataError(_too_large()) from None
    except PIL.UnidentifiedImageError:
        raise DataError(refusal(head, ", ".join(FORMATS))) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno:  # the disk's fault, and not the picture's
            raise
        # on hostile bytes Pillow raises whatever its parser met
        raise DataError(f"unreadable: {escape(getattr(error, 'strerror', None) or error)}") from None


def of_picture(picture: PIL.Image.Image, reader: Reader = VIEWER) -> Decoded:
    """An open picture in 8 bits, as a reader gives it.

    Transparent parts turn white, as viewers show them: dark drawings on nothing would vanish on black.

    Raises:
        DataError: when it is too large, or of a mode with no honest 8-bit form.
    """
    return _whole(picture, READERS[reader])


def _whole(picture: PIL.Image.Image, rule: ReadingRule) -> Decoded:
    if picture.width * picture.height > MAX_PIXELS:
        raise DataError(_too_large())
    picture.load()  # verify() would accept half a picture
    turn = _turn(picture)
    traits = FileTraits(turned=turn is not None, cmyk=picture.mode == "CMYK", profiled=_is_profiled(picture))
    if turn is not None and rule.turned:
        picture = picture.transpose(turn)
    return _from_16_bit(picture, traits, rule) if picture.mode in _DEEP else _from_8_bit(picture, traits, rule)


def _is_profiled(picture: PIL.Image.Image) -> bool:
    profile = picture.info.get("icc_profile")
    return isinstance(profile, bytes) and bool(profile) and not any(name in profile for name in _SRGB)


def _from_8_bit(picture: PIL.Image.Image, traits: FileTraits, rule: ReadingRule) -> Decoded:
    if picture.mode not in _GREY | _COLOUR:
        raise DataError(f"pixel mode {picture.mode} has no honest 8-bit form; save it as 8-bit grey or RGB")
    mode = "L" if picture.mode in _GREY else "RGB"
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        lowest, _ = cast("tuple[int, int]", picture.getchannel("A").getextrema())
        traits = replace(traits, translucent=lowest < _OPAQUE)
        if rule.over_white:
            picture = PIL.Image.alpha_composite(PIL.Image.new("RGBA", picture.size, "white"), picture)
    image = np.array(picture.convert(mode))
    return Decoded(image[..., None] if mode == "L" else image, traits)


def _turn(picture: PIL.Image.Image) -> PIL.Image.Transpose | None:
    """What brings it upright as EXIF says; where EXIF cannot be read it says nothing, as for every viewer."""
    try:
        turn = picture.getexif().get(PIL.ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - foreign bytes: a damaged note about a picture is no damaged picture
        return None
    return _TURNS.get(turn) if isinstance(turn, int) else None


def _from_16_bit(picture: PIL.Image.Image, traits: FileTraits, rule: ReadingRule) -> Decoded:
    deep = np.asarray(picture).astype(np.int64)
    if deep.min() < 0 or deep.max() > DEEPEST:
        raise DataError("32-bit pixel values beyond 0..65535; save it as 8-bit or 16-bit grey")
    traits = replace(traits, deep=int(deep.max()))
    transparent = picture.info.get("transparency")  # a level, in PNG
    if isinstance(transparent, int) and (deep == transparent).any():
        traits = replace(traits, translucent=True)
        deep = np.where(deep == transparent, rule.white, deep) if rule.over_white else deep
    scaled = np.minimum(deep, rule.white) * (255 / rule.white)
    levels: Image = (np.rint(scaled) if rule.rounded else scaled).astype(np.uint8)
    return Decoded(levels[..., None], traits)


def _too_large() -> str:
    return f"over {MAX_PIXELS // 1_000_000} megapixels; make it smaller"
