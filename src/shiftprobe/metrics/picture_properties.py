"""What a picture is like before anybody asks what it shows: light, sharpness, colour, margins."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.checks import InputError

Grey = NDArray[np.float64]

LUMA = np.array([0.299, 0.587, 0.114])
EVEN = 8.0  # grey levels within which a line of pixels is one tone: what JPEG leaves of an even margin
VIVID = 0.25  # least saturation of a pixel whose hue is seen, and of its value as a part of the brightest one's
BLACK = 0.04  # largest value of a pixel that has no hue, however saturated
COLOURFUL = 0.15  # least share of such pixels in a picture that has a colour
HUES = ("red", "yellow", "green", "cyan", "blue", "magenta")  # 60 degrees each, red about 0


class PictureProperties(NamedTuple):
    """One picture in numbers; fractions unless said otherwise."""

    brightness: float  # mean grey level: 0 black, 1 white
    contrast: float  # standard deviation of the grey levels, at most 0.5
    sharpness: float  # standard deviation of the Laplacian over that of the grey levels, from 0 (flat) to about 8
    rim: float  # brightness of the outermost pixels
    margin: float  # share of the area in margins of one tone, as a letterbox or a frame
    saturation: float  # mean; 0 where there is no colour
    colour: str  # the hue of most colour: one of six, or "grey"


def picture_properties(image: NDArray[np.uint8]) -> PictureProperties:
    """Light, sharpness, colour and margins of a picture.

    Sharpness is the variance of the Laplacian made free of contrast: a dark copy of a picture is as sharp as the
    picture. It hangs on the resolution, so pictures are compared at one size.

    Args:
        image: grey levels, (H, W, 1) or (H, W, 3), H and W at least 3.

    Raises:
        InputError: when it has another shape or type.

    Reference: Pech-Pacheco et al., 2000, ICPR, for the variance of the Laplacian.
    """
    if image.ndim != 3 or image.dtype != np.uint8 or min(image.shape[:2]) < 3 or image.shape[2] not in {1, 3}:  # noqa: PLR2004
        raise InputError(f"wanted an image (H, W, 1) or (H, W, 3) of bytes, 3 px or more, got {image.shape}")
    grey = np.asarray(image[..., 0] if image.shape[2] == 1 else image @ LUMA, np.float64)
    spread = float(grey.std())
    saturation, colour = _colour(image)
    rim = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    return PictureProperties(
        brightness=float(grey.mean()) / 255,
        contrast=spread / 255,
        sharpness=float(_laplacian(grey).std()) / spread if spread > 0.5 else 0.0,  # noqa: PLR2004 -- a flat picture
        rim=float(rim.mean()) / 255,
        margin=_margin(grey),
        saturation=saturation,
        colour=colour,
    )


def _laplacian(grey: Grey) -> Grey:
    middle = grey[1:-1, 1:-1]
    return grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle


def _margin(grey: Grey) -> float:
    """Rows are peeled off from above, then from below, while they have one tone, then columns of what is left."""
    kept = grey
    for quarters in (2, 1, 2, 0):  # turns the next side up
        kept = kept[_even(kept) :]
        if not kept.size:
            return 1.0
        kept = np.rot90(kept, quarters)
    return 1.0 - kept.size / grey.size


def _even(lines: Grey) -> int:
    """How many lines from the first on have the tone of the first one."""
    tone = float(np.sort(lines[0])[lines.shape[1] // 2])
    off = np.abs(lines - tone).max(axis=1) > EVEN
    return int(off.argmax()) if off.any() else len(lines)


def _colour(image: NDArray[np.uint8]) -> tuple[float, str]:
    if image.shape[2] == 1 or (image == image[..., :1]).all():
        return 0.0, "grey"
    pixels = image.reshape(-1, 3).astype(np.float64) / 255
    value, chroma = pixels.max(axis=1), np.ptp(pixels, axis=1)
    saturation = chroma / np.maximum(value, 1e-9)
    vivid = (saturation > VIVID) & (value > max(VIVID * value.max(), BLACK))
    if vivid.mean() < COLOURFUL:
        return float(saturation.mean()), "grey"
    red, green, blue = pixels[vivid].T
    turn = np.degrees(np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)) % 360
    sector = ((turn + 30) // 60).astype(np.int64) % len(HUES)
    weights = np.bincount(sector, weights=chroma[vivid], minlength=len(HUES))
    return float(saturation.mean()), HUES[int(weights.argmax())]
