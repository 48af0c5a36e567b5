"""What the values of an image tell: light, colour, how many levels, how much of it is clipped."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.locate.named import Floats, Named, quantiles

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
    found = {"mean": flat.mean(1), "contrast": flat.std(1)}
    found |= {f"at {share} %": value for share, value in zip(SHARES, quantiles(flat, SHARES), strict=True)}
    found |= {"black": (flat < CLIPPED).mean(1), "white": (flat > 1 - CLIPPED).mean(1)}
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
        found |= {f"{name} mean": values.mean(1), f"{name} contrast": values.std(1)}
    top = np.maximum(np.maximum(red, green), blue)
    bottom = np.minimum(np.minimum(red, green), blue)
    chroma = top - bottom
    found |= {
        "chroma": np.log(chroma.mean(1) + 0.01),
        "saturation": (chroma / (top + 0.05)).mean(1),
        "greyness": (chroma < CLIPPED).mean(1),
        "darkest channel": bottom.mean(1),
        "darkest channel at 5 %": quantiles(bottom, (5,))[0],
        "brightest channel at 95 %": quantiles(top, (95,))[0],
        "one channel white": ((top > 1 - CLIPPED) & (bottom < 1 - 4 * CLIPPED)).mean(1),
        "one channel black": ((bottom < CLIPPED) & (top > 4 * CLIPPED)).mean(1),
    }
    return found | opponents(red - green, (red + green) / 2 - blue, chroma)


def opponents(across: NDArray[Any], along: NDArray[Any], chroma: NDArray[Any]) -> Named:
    """Means, spreads and agreement of red-green and yellow-blue, and the hue's first two harmonics."""
    spread = across.std(1), along.std(1)
    found: Named = {
        "red-green": across.mean(1),
        "yellow-blue": along.mean(1),
        "red-green spread": np.log(spread[0] + 0.01),
        "yellow-blue spread": np.log(spread[1] + 0.01),
        "axes together": (across * along).mean(1) / (spread[0] * spread[1] + 0.001),
    }
    reach = np.hypot(across, along) + 1e-6
    turn = (across + 1j * along) / reach
    weight = chroma.mean(1) + 0.001
    for order, wave in ((1, turn), (2, turn * turn)):
        mean = (wave * chroma).mean(1) / weight
        found |= {f"hue {order} x": mean.real, f"hue {order} y": mean.imag}
    return found
