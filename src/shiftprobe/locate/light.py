"""What the values of an image tell: light, colour, how many levels, how much of it is clipped."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.locate.named import Floats, Named, means, quantiles, spreads

SHARES = (1, 5, 25, 50, 75, 95, 99)  # percent
CLIPPED = 2.5 / 255  # this near to black or white
TOP_LEVELS = 8  # levels: how much of an image its most frequent ones hold
RGB = 3  # channels


def light(images: NDArray[np.uint8], grey: Floats) -> Named:
    """Moments, quantiles and level counts of the grey values, and the colours where there are any.

    Args:
        images: (N, S, S, C) uint8.
        grey: (N, S, S) luminance as fractions of 255.
    """
    flat = grey.reshape(len(grey), -1)
    found = {"mean": means(flat), "contrast": spreads(flat)}
    found |= {f"at {share} %": value for share, value in zip(SHARES, quantiles(flat, SHARES), strict=True)}
    found |= {"black": means(flat < CLIPPED), "white": means(flat > 1 - CLIPPED)}
    found |= levels(images)
    return found | (colour(images) if images.shape[3] == RGB else {})


def levels(images: NDArray[np.uint8]) -> Named:
    """How many of the 256 levels the first channel uses, and how much the most frequent ones hold."""
    first = images[..., 0].reshape(len(images), -1)
    numbered = first + np.arange(len(first))[:, None] * 256
    counts = np.bincount(numbered.ravel(), minlength=256 * len(first)).reshape(-1, 256)
    ranked = -np.sort(-counts, axis=1) / first.shape[1]
    return {
        "levels used": np.log((ranked > 0).sum(1)),
        "top level": ranked[:, 0],
        "top levels": ranked[:, :TOP_LEVELS].sum(1),
    }


def colour(images: NDArray[np.uint8]) -> Named:
    """Each channel, the two opponent axes, saturation, clipped channels and where the hues lie."""
    pixels = np.divide(images, 255, dtype=np.float32).reshape(len(images), -1, RGB)
    red, green, blue = (np.ascontiguousarray(pixels[..., channel]) for channel in range(RGB))
    found: Named = {}
    for name, values in (("red", red), ("green", green), ("blue", blue)):
        found |= {f"{name} mean": means(values), f"{name} contrast": spreads(values)}
    top = np.maximum(np.maximum(red, green), blue)
    bottom = np.minimum(np.minimum(red, green), blue)
    chroma = top - bottom
    found |= {
        "chroma": np.log(means(chroma) + 0.01),
        "saturation": means(chroma / (top + 0.05)),
        "greyness": means(chroma < CLIPPED),
        "darkest channel": means(bottom),
        "darkest channel at 5 %": quantiles(bottom, (5,))[0],
        "brightest channel at 95 %": quantiles(top, (95,))[0],
        "one channel white": means((top > 1 - CLIPPED) & (bottom < 1 - 4 * CLIPPED)),
        "one channel black": means((bottom < CLIPPED) & (top > 4 * CLIPPED)),
    }
    return found | opponents(red - green, (red + green) / 2 - blue, chroma)


def opponents(across: NDArray[Any], along: NDArray[Any], chroma: NDArray[Any]) -> Named:
    """Means, spreads and agreement of red-green and yellow-blue, and the hue's first two harmonics."""
    spread = spreads(across), spreads(along)
    found: Named = {
        "red-green": means(across),
        "yellow-blue": means(along),
        "red-green spread": np.log(spread[0] + 0.01),
        "yellow-blue spread": np.log(spread[1] + 0.01),
        "axes together": means(across * along) / (spread[0] * spread[1] + 0.001),
    }
    reach = np.hypot(across, along) + 1e-6
    weight, x, y = means(chroma) + 0.001, across / reach, along / reach
    for order, one, other in ((1, x, y), (2, x * x - y * y, 2 * x * y)):
        found |= {
            f"hue {order} x": means(one * chroma) / weight,
            f"hue {order} y": means(other * chroma) / weight,
        }
    return found
