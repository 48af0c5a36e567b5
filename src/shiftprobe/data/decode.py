"""One decoder for every image file: whole pictures, known modes, bounded size."""

import warnings
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageOps

from shiftprobe.errors import DataError
from shiftprobe.show import show
from shiftprobe.types import Image

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM")  # none of them starts another program
MAX_PIXELS = 64_000_000

_GREY = {"1", "L", "LA"}
_DEEP = {"I;16", "I;16B", "I"}  # 16-bit grey; "I" is how a 16-bit PGM arrives
_DEEPEST = 2**16 - 1
_COLOUR = {"RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "CMYK", "YCbCr"}

warnings.filterwarnings("error", category=PIL.Image.DecompressionBombWarning)
# Thousands of photographs with odd metadata must not bury the messages that matter.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def decode(path: Path) -> Image:
    """One picture: its first frame, turned as its EXIF says, alpha laid over white.

    Returns:
        (H, W, 1) for the grey modes, (H, W, 3) RGB for palettes, CMYK and colour.

    Raises:
        DataError: the reason in a few words, without the path: empty, truncated, not an image, too
            large, or of a mode with no honest 8-bit form.
    """
    try:
        with PIL.Image.open(path, formats=FORMATS) as picture:
            return pixels(picture)
    except (DataError, MemoryError):
        raise
    except (PIL.Image.DecompressionBombWarning, PIL.Image.DecompressionBombError):
        raise DataError(_too_large()) from None
    except PIL.UnidentifiedImageError:
        known = f"not an image of a known format ({', '.join(FORMATS)})"
        raise DataError(known if path.stat().st_size else "empty file (0 bytes)") from None
    except Exception as error:  # noqa: BLE001 - on hostile bytes Pillow raises whatever its parser met
        raise DataError(f"unreadable: {show(getattr(error, 'strerror', None) or error)}") from None


def pixels(picture: PIL.Image.Image) -> Image:
    """The 8-bit pixels of an open picture.

    Transparent parts turn white, as viewers show them: dark drawings on nothing would vanish on black.

    Raises:
        DataError: when it is too large, or of a mode with no honest 8-bit form.
    """
    if picture.width * picture.height > MAX_PIXELS:
        raise DataError(_too_large())
    picture.load()  # verify() would accept half a picture
    PIL.ImageOps.exif_transpose(picture, in_place=True)
    if picture.mode in _DEEP:
        return _from_16_bit(picture)
    if picture.mode not in _GREY | _COLOUR:
        raise DataError(f"pixel mode {picture.mode} has no honest 8-bit form; save it as 8-bit grey or RGB")
    mode = "L" if picture.mode in _GREY else "RGB"
    if picture.has_transparency_data:
        over = picture.convert("RGBA")
        picture = PIL.Image.alpha_composite(PIL.Image.new("RGBA", over.size, "white"), over)
    image = np.array(picture.convert(mode))
    return image[..., None] if mode == "L" else image


def _from_16_bit(picture: PIL.Image.Image) -> Image:
    deep = np.asarray(picture).astype(np.int64)
    if deep.min() < 0 or deep.max() > _DEEPEST:
        raise DataError("32-bit pixel values beyond 0..65535; save it as 8-bit or 16-bit grey")
    if picture.has_transparency_data:
        raise DataError("16-bit grey with a transparent colour; save it as 8-bit")
    levels: Image = np.rint(deep * (255 / _DEEPEST)).astype(np.uint8)
    return levels[..., None]


def _too_large() -> str:
    return f"over {MAX_PIXELS // 1_000_000} megapixels; make it smaller"
