"""Kinds of image change that no shift of shiftprobe is like, written after the descriptions of ImageNet-C-bar.

Small numpy versions for targets that an estimate was not calibrated on; no substitute for the published images.

Reference: Mintun et al., 2021, arXiv:2102.11273.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (H, W, C)
Field = NDArray[np.float64]  # (H, W)
Change = Callable[[Image, float, np.random.Generator], Image]


def blue_noise(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """Additive noise of high frequencies."""
    return _added(image, 130.0 * severity * _spectral(image.shape[:2], 1.0, rng) / 2.0)


def brownish_noise(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """Additive noise of low frequencies."""
    return _added(image, 130.0 * severity * _spectral(image.shape[:2], -1.5, rng) / 2.0)


def plasma(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """A cloud of fractal noise blended in."""
    return _blended(image, _unit(_spectral(image.shape[:2], -2.0, rng)), 0.7 * severity)


def perlin_noise(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """Gradient noise of three octaves blended in."""
    octaves = [_perlin(image.shape[:2], 2**i, rng) / 2 ** (i - 2) for i in (2, 3, 4)]
    return _blended(image, _unit(np.sum(octaves, axis=0)), 0.7 * severity)


def checkerboard_cutout(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """Squares of a checkerboard are blanked."""
    side, (rows, columns) = max(2, min(image.shape[:2]) // 9), np.indices(image.shape[:2])
    shift = rng.integers(0, side, size=2)
    cells = (rows + shift[0]) // side, (columns + shift[1]) // side
    drawn = rng.random((cells[0].max() + 1, cells[1].max() + 1)) < severity
    blank = ((cells[0] + cells[1]) % 2 == 0) & drawn[cells]
    return np.where(blank[..., None], np.uint8(127), image)


def sparkles(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """Stars of light with rays."""
    return _added(image, 255.0 * _stars(image.shape[:2], 1 + round(5 * severity), rng))


def inverse_sparkles(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """All is darkened but the stars."""
    light = np.clip(0.2 + _stars(image.shape[:2], 5, rng), 0.0, 1.0)
    return np.asarray(image * (1.0 - severity * (1.0 - light))[..., None], np.uint8)


def ripple(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """Rows and columns swing sideways as a wave."""
    size = min(image.shape[:2])
    rows, columns = np.indices(image.shape[:2]).astype(np.float64)
    phases, period = rng.uniform(0, 2 * np.pi, 2), size / rng.uniform(2.0, 4.0)
    height = 0.12 * size * severity
    down = height * np.sin(2 * np.pi * columns / period + phases[0])
    across = height * np.sin(2 * np.pi * rows / period + phases[1])
    return _warped(image, rows + down, columns + across)


def pinch_and_twirl(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """Places are turned around a centre, more the nearer they are, and drawn to it."""
    rows, columns, radius, centre = _around(image, rng)
    inside = np.clip(1.0 - radius / (0.6 * min(image.shape[:2])), 0.0, 1.0)
    turn = 2.2 * severity * inside**2 * rng.choice([-1.0, 1.0])
    pull = 1.0 + 0.6 * severity * inside * rng.choice([-1.0, 1.0])
    y, x = (rows - centre[0]) * pull, (columns - centre[1]) * pull
    cos, sin = np.cos(turn), np.sin(turn)
    return _warped(image, centre[0] + cos * y - sin * x, centre[1] + sin * y + cos * x)


def caustic_refraction(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """Light bent by moving water: places are moved along the slopes of a smooth surface, and lit by its curvature."""
    surface = _spectral(image.shape[:2], -3.0, rng)
    down, across = np.gradient(surface)
    scale = 0.09 * min(image.shape[:2]) * severity / max(float(np.hypot(down, across).mean()), 1e-9)
    rows, columns = np.indices(image.shape[:2]).astype(np.float64)
    bright = np.gradient(down, axis=0) + np.gradient(across, axis=1)
    lit = 60.0 * severity * bright / max(float(np.abs(bright).max()), 1e-9)
    return _added(_warped(image, rows + scale * down, columns + scale * across), lit)


def cocentric_sine_waves(image: Image, severity: float, rng: np.random.Generator) -> Image:
    """Rings of light and dark around a centre are added."""
    _, _, radius, _ = _around(image, rng)
    waves = rng.uniform(2.0, 8.0) / min(image.shape[:2])
    return _added(image, 130.0 * severity * np.sin(2 * np.pi * waves * radius + rng.uniform(0, 2 * np.pi)))


def _added(image: Image, what: Field) -> Image:
    return np.asarray(np.clip(np.rint(image + what[..., None]), 0, 255), np.uint8)


def _blended(image: Image, what: Field, share: float) -> Image:
    return np.asarray(np.rint((1.0 - share) * image + share * 255.0 * what[..., None]), np.uint8)


def _unit(field: Field) -> Field:
    return np.asarray((field - field.min()) / max(float(np.ptp(field)), 1e-9))


def _spectral(shape: tuple[int, ...], power: float, rng: np.random.Generator) -> Field:
    """Noise whose amplitude goes as a power of the frequency; mean 0, standard deviation 1."""
    down, across = np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])[None]
    frequency = np.hypot(down, across)
    frequency[0, 0] = 1.0
    weight = frequency**power
    weight[0, 0] = 0.0
    noise = np.fft.ifft2(np.fft.fft2(rng.normal(size=shape)) * weight).real
    return np.asarray(noise / max(float(noise.std()), 1e-9))


def _perlin(shape: tuple[int, ...], cells: int, rng: np.random.Generator) -> Field:
    """Gradient noise on a lattice of so many cells a side."""
    angles = rng.uniform(0, 2 * np.pi, (cells + 1, cells + 1))
    y, x = (np.linspace(0, cells, side, endpoint=False) for side in shape[:2])
    rows, columns = y.astype(int)[:, None], x.astype(int)[None]
    inner = (y[:, None] - rows, x[None] - columns)
    fade = [one**3 * (one * (6 * one - 15) + 10) for one in inner]

    def corner(down: int, across: int) -> Field:
        angle = angles[rows + down, columns + across]
        return np.asarray(np.sin(angle) * (inner[0] - down) + np.cos(angle) * (inner[1] - across))

    top = corner(0, 0) * (1 - fade[1]) + corner(0, 1) * fade[1]
    bottom = corner(1, 0) * (1 - fade[1]) + corner(1, 1) * fade[1]
    return np.asarray(top * (1 - fade[0]) + bottom * fade[0])


def _stars(shape: tuple[int, ...], count: int, rng: np.random.Generator) -> Field:
    """Points with rays that fade outwards, in [0, 1]."""
    light, size = np.zeros(shape[:2]), min(shape[:2])
    rows, columns = np.indices(shape[:2])
    for _ in range(count):
        y, x = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        radius = np.hypot(rows - y, columns - x)
        angle = np.arctan2(rows - y, columns - x)
        rays = np.abs(np.cos(rng.integers(2, 5) * angle + rng.uniform(0, np.pi))) ** 12
        light += np.exp(-radius / (0.04 * size)) + rays * np.exp(-radius / (0.15 * size))
    return np.clip(light, 0.0, 1.0)


def _around(image: Image, rng: np.random.Generator) -> tuple[Field, Field, Field, NDArray[np.float64]]:
    """Rows, columns, and the distance from a centre that is drawn near the middle."""
    rows, columns = (np.asarray(one, np.float64) for one in np.indices(image.shape[:2]))
    centre = np.array(image.shape[:2]) * rng.uniform(0.35, 0.65, 2)
    return rows, columns, np.hypot(rows - centre[0], columns - centre[1]), centre


def _warped(image: Image, rows: Field, columns: Field) -> Image:
    maps = columns.astype(np.float32), rows.astype(np.float32)
    moved = cv2.remap(image, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8).reshape(image.shape)


C_BAR: Mapping[str, Change] = {
    one.__name__: one
    for one in (
        blue_noise, brownish_noise, plasma, perlin_noise, checkerboard_cutout, sparkles, inverse_sparkles, ripple,
        pinch_and_twirl, caustic_refraction, cocentric_sine_waves,
    )
}  # fmt: skip
