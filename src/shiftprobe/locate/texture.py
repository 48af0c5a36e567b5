"""What fine detail tells: blur, noise and how it depends on light, repeated pixels, compression."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from shiftprobe.locate.named import TINY, Floats, Named, half, means, median, quantiles

LEVELS = 3  # of the pyramid
SHARES = (50, 90, 99)  # percent
RINGS = 8  # of the spectrum
BLOCK = 8  # px a side of a JPEG block
LIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)  # local light at which noise is measured, each bin fading out to its neighbours
RGB = 3  # channels


def texture(images: NDArray[np.uint8], grey: Floats) -> Named:
    """Pyramid, spectrum, correlation of neighbours, noise by light, repeated and outlying pixels.

    Args:
        images: (N, S, S, C) uint8.
        grey: (N, S, S) luminance as fractions of 255, the same pixels.
    """
    found = pyramid(grey) | spectrum(grey) | neighbours(grey) | noise(grey) | repeats(images) | outliers(grey)
    return found | (colours(images) if images.shape[3] == RGB else {})


def pyramid(grey: Floats) -> Named:
    """Strength, sparsity and lop-sidedness of the detail at each scale."""
    found: Named = {}
    for level in range(LEVELS):
        around = (grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]) / 4
        detail = grey[:, 1:-1, 1:-1] - around
        size = np.abs(detail)
        power = np.sqrt(means(detail**2)) + TINY
        found[f"detail {level}"] = np.log(power)
        found[f"sparse {level}"] = means(size) / power
        found[f"lop-sided {level}"] = np.cbrt(means(detail * size * size)) / power
        for share, value in zip(SHARES, quantiles(size, SHARES), strict=True):
            found[f"detail {level} at {share} %"] = np.log(value + TINY)
        grey = half(grey)
    return found


@cache
def _plane(size: int) -> tuple[Floats, Floats, Floats]:
    """Window, radius and angle of the half plane of frequencies, the last two flat."""
    window = np.hanning(size + 2)[1:-1].astype(np.float32)
    down, right = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)
    return window * window[:, None], np.hypot(down, right).ravel(), np.arctan2(down, right).ravel()


def spectrum(grey: Floats) -> Named:
    """Log power in rings of frequency, and how it is directed in the middle and the outer ones."""
    from scipy import fft

    size = grey.shape[1]
    window, radius, angle = _plane(size)
    waves = fft.rfft2((grey - grey.mean((1, 2), keepdims=True)) * window).reshape(len(grey), -1)
    power = (waves.real**2 + waves.imag**2) / size**2
    edges = [*np.geomspace(1.5 / size, 0.5, RINGS + 1), 1.0]  # the last ring is the corners
    found: Named = {}
    for ring in range(RINGS + 1):
        inside = (radius >= edges[ring]) & (radius < edges[ring + 1])
        if inside.any():
            found[f"ring {ring}"] = np.log(power[:, inside].mean(1) + TINY**2)
    for name, low, high in (("middle", 0.08, 0.2), ("outer", 0.2, 0.5)):
        inside = (radius >= low) & (radius < high)
        strength = np.sqrt(power[:, inside])
        for turn in (2, 4):
            wave = np.exp(1j * turn * angle[inside]).astype(np.complex64)
            turned = strength @ wave / (strength.sum(1) + TINY)
            found |= {f"{name} {turn} x": turned.real, f"{name} {turn} y": turned.imag}
            found[f"{name} {turn}"] = np.abs(turned)
    return found


def neighbours(grey: Floats) -> Named:
    """Correlation of the slopes up to 4 px apart, along rows and columns and beside them."""
    found: Named = {}
    power = {}
    for name, lines in (("row", grey), ("column", grey.swapaxes(1, 2))):
        slope = np.diff(lines, axis=2)
        power[name] = means(slope**2) + TINY**2
        for lag in (1, 2, 3, 4):
            found[f"{name} {lag}"] = means(slope[:, :, lag:] * slope[:, :, :-lag]) / power[name]
            found[f"beside {name} {lag}"] = means(slope[:, lag:] * slope[:, :-lag]) / power[name]
    falling, rising = grey[:, 1:, 1:] - grey[:, :-1, :-1], grey[:, 1:, :-1] - grey[:, :-1, 1:]
    found["rows to columns"] = np.log(power["row"] / power["column"])
    found["diagonals"] = np.log((means(falling**2) + TINY**2) / (means(rising**2) + TINY**2))
    return found


def noise(grey: Floats) -> Named:
    """The finest diagonal detail, over all and by the light of its surroundings."""
    corners = grey[:, :-1, :-1], grey[:, :-1, 1:], grey[:, 1:, :-1], grey[:, 1:, 1:]
    detail = np.abs(corners[0] - corners[1] - corners[2] + corners[3]) / 2
    surroundings = (corners[0] + corners[1] + corners[2] + corners[3]) / 4
    quiet, middle = quantiles(detail, (20, 50))
    found: Named = {"noise": np.log(middle + TINY), "quietest noise": np.log(quiet + TINY)}
    usual, soft = 4 * means(detail), np.minimum(detail, 0.5)
    for light in LIGHTS:
        here = np.maximum(1 - np.abs(surroundings - np.float32(light)) / LIGHTS[1], 0)
        found[f"noise at light {light}"] = np.log(((soft * here).sum((1, 2)) + usual) / (here.sum((1, 2)) + 4) + TINY)
    return found


def repeats(images: NDArray[np.uint8]) -> Named:
    """Equal neighbours in the first channel, and steps at the edges of 8 px blocks beside those half-way."""
    first = images[..., 0].astype(np.int16)
    found: Named = {}
    for name, lines in (("row", first), ("column", first.swapaxes(1, 2))):
        step = np.abs(np.diff(lines, axis=2))
        same = step == 0
        before, after = same[:, :, :-1], same[:, :, 1:]
        found[f"{name} equal"] = means(same)
        found[f"{name} almost"] = means(step <= 2)  # noqa: PLR2004 - grey levels
        found[f"{name} equal twice"] = means(before & after)
        found[f"{name} equal once"] = means(before != after)
        soft = np.minimum(step, 40)
        at_edge, inside = soft[:, :, BLOCK - 1 :: BLOCK], soft[:, :, BLOCK // 2 - 1 :: BLOCK]
        found[f"{name} blocks"] = np.log((means(at_edge) + 0.5) / (means(inside) + 0.5))
    return found


def outliers(grey: Floats) -> Named:
    """Pixels far above or below the median of the 3 x 3 around them."""
    levels = np.rint(grey * 255).astype(np.uint8)
    apart = levels - median(levels).astype(np.int16)
    found: Named = {"specks": np.log(means(np.abs(apart)) + 0.5)}
    for limit in (12, 60):
        found[f"specks above {limit}"] = np.sqrt(means(apart > limit))
        found[f"specks below {limit}"] = np.sqrt(means(apart < -limit))
    return found


def colours(images: NDArray[np.uint8]) -> Named:
    """The finest detail of the opponent axes, and how the channels' details agree."""
    pixels = np.divide(images, 255, dtype=np.float32)
    detail = pixels[:, :-1, :-1] - pixels[:, :-1, 1:] - pixels[:, 1:, :-1] + pixels[:, 1:, 1:]
    red, green, blue = (np.ascontiguousarray(detail[..., channel]) for channel in range(RGB))
    strength = [np.sqrt(means(way**2)) + TINY for way in (red, green, blue)]
    found: Named = {
        "red with green": means(red * green) / (strength[0] * strength[1]),
        "green with blue": means(green * blue) / (strength[1] * strength[2]),
        "colour noise": np.log(quantiles(np.abs(red - green), (50,))[0] + TINY),
        "colour noise, blue": np.log(quantiles(np.abs((red + green) / 2 - blue), (50,))[0] + TINY),
    }
    opponent: Floats = (pixels[..., 0] + pixels[..., 1]) / 2 - pixels[..., 2]
    for level in range(LEVELS):
        found[f"colour detail {level}"] = np.log(np.sqrt(means(np.diff(opponent, axis=2) ** 2)) + TINY)
        opponent = half(opponent)
    return found
