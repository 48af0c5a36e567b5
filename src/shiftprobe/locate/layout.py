"""Where things lie in an image: position, borders, covered and flat parts, direction of the edges."""

import numpy as np

from shiftprobe.locate.named import TINY, Floats, Named, half, means, quantiles, spreads

GRID = 4  # cells a side of the coarse map
PATCH = 4  # px a side of a local patch
FLAT = 1.5 / 255  # local deviation below which a patch counts as flat
SHARES = (5, 25, 50, 75, 95)  # percent


def layout(grey: Floats) -> Named:
    """Moments of the light's position, a coarse map, the frame, flat patches, edge directions.

    Args:
        grey: (N, S, S) luminance as fractions of 255.
    """
    return position(grey) | coarse(grey) | frame(grey) | patches(grey) | directions(grey)


def position(grey: Floats) -> Named:
    """Centroid, extent and tilt of the light and of the edges."""
    place = np.linspace(-1, 1, grey.shape[1], dtype=np.float32)
    down, right = np.gradient(grey, axis=(1, 2))
    found: Named = {}
    for name, mass in (("light", grey), ("edges", np.hypot(down, right))):
        total = mass.sum((1, 2)) + TINY
        rows, columns = mass.sum(2), mass.sum(1)
        x, y = columns @ place / total, rows @ place / total
        wide, high = columns @ place**2 / total - x**2, rows @ place**2 / total - y**2
        tilt = mass @ place @ place / total - x * y
        found |= {f"{name} x": x, f"{name} y": y, f"{name} extent": wide + high, f"{name} width": wide - high}
        found |= {
            f"{name} tilt": tilt,
            f"{name} drawn out": np.hypot(wide - high, 2 * tilt) / (wide + high + TINY),
        }
    return found


def coarse(grey: Floats) -> Named:
    """Mean light in the cells of a coarse map, its extremes, and the detail of the busiest and calmest cell."""
    edges = np.linspace(0, grey.shape[1], GRID + 1).astype(int)
    areas = np.outer(np.diff(edges), np.diff(edges))

    def cells(values: Floats) -> Floats:
        cut: Floats = np.add.reduceat(np.add.reduceat(values, edges[:-1], axis=1), edges[:-1], axis=2) / areas
        return cut.reshape(len(values), -1)

    light = cells(grey)
    detail = cells(np.abs(np.diff(grey, axis=2, prepend=grey[:, :, :1])))
    found: Named = {f"cell {i}": light[:, i] for i in range(GRID**2)}
    found |= {
        "brightest cell": light.max(1),
        "darkest cell": light.min(1),
        "cells apart": np.log(spreads(light) + TINY),
    }
    return found | {
        "busiest cell": np.log(detail.max(1) + TINY),
        "calmest cell": np.log(detail.min(1) + TINY),
    }


def frame(grey: Floats) -> Named:
    """The outermost pixels and the corners beside what lies within."""
    rim = np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1)  # (N, 4 S)
    within = means(grey[:, 1:-1, 1:-1])
    side = max(2, grey.shape[1] // 8)
    ends = slice(side), slice(-side, None)
    corners = np.stack([grey[:, y, x] for y in ends for x in ends], axis=1)
    return {
        "rim": means(rim) - within,
        "rim contrast": np.log(spreads(rim) + TINY),
        "rim black": means(rim < FLAT),
        "corners": corners.mean((1, 2, 3)) - within,
        "corner contrast": np.log(means(corners.std((2, 3))) + TINY),
    }


def patches(grey: Floats) -> Named:
    """How uneven small patches are, from the flattest to the busiest, and the light of the flat ones."""
    count = grey.shape[1] // PATCH
    cut = grey[:, : count * PATCH, : count * PATCH].reshape(len(grey), count, PATCH, count, PATCH)
    mean = cut.mean((2, 4)).reshape(len(grey), -1)
    square = (cut * cut).mean((2, 4)).reshape(len(grey), -1)
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    flat = deviation < FLAT
    found: Named = {
        "flat": means(flat),
        "flat, black": means(flat & (mean < FLAT)),
        "flat, white": means(flat & (mean > 1 - FLAT)),
        "light of the flat": means(mean * flat) / (means(flat) + 0.01),
    }
    levels = np.log(quantiles(deviation, SHARES) + TINY)
    return found | {f"uneven at {share} %": values for share, values in zip(SHARES, levels, strict=True)}


def directions(grey: Floats) -> Named:
    """Which way edges run, at two scales: by power, and edge by edge."""
    found: Named = {}
    for scale in (1, 2):
        down, right = (np.asarray(one) for one in np.gradient(grey, axis=(1, 2)))
        vertical, horizontal = down * down, right * right
        along, across = vertical - horizontal, 2 * down * right
        power = vertical + horizontal
        size = np.sqrt(power) + np.float32(TINY)
        total, weight = means(power) + TINY**2, means(size)
        straight, slanted = means(along) / total, means(across) / total
        found |= {f"straight {scale}": straight, f"slanted {scale}": slanted}
        found[f"one way {scale}"] = np.hypot(straight, slanted)
        cubed = size * size * size
        found[f"edges straight {scale}"] = means((along * along - across * across) / cubed) / weight
        found[f"edges slanted {scale}"] = means(2 * along * across / cubed) / weight
        grey = half(grey)
    return found
