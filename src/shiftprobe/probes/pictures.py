"""A small picture of an image, to be kept beside a number."""

import io

from shiftprobe.core.types import Image

SIDE = 64  # px, at most; larger ones would leave room for fewer
QUALITY = 50  # 28 px of noise weigh 500 bytes even so


def webp(image: Image) -> bytes:
    """A WebP of at most 64 px a side; the same bytes for the same image.

    Args:
        image: (H, W, 3) or (H, W, 1), uint8.
    """
    import PIL.Image

    picture = PIL.Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).convert("RGB")
    picture.thumbnail((SIDE, SIDE), PIL.Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
