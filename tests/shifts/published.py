"""The corruptions of ImageNet-C and CIFAR-10-C as their authors define them, to measure our points against.

Written anew from D. Hendrycks and T. Dietterich (2019), arXiv:1903.12261, and what the script that made their images
does (`make_imagenet_c.py`, `make_cifar_c.py`): its faults are kept, since they are in the published images. Square RGB
images; frost needs the authors' photographs of ice, which are not ours to ship.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.ndimage import zoom as enlarge
from skimage.color import hsv2rgb, rgb2hsv

from shiftprobe.core.types import Image

Light = NDArray[np.floating[Any]]  # (224, 224, 3) or (32, 32, 3), fractions of 255
Corruption = Callable[[Light, Any, np.random.Generator], Light]


def corrupted(name: str, image: Image, constants: Any, rng: np.random.Generator) -> Image:
    """One corruption of one image; decimals are cut off, as theirs are on their way to 8 bits."""
    changed = CORRUPTIONS[name](image / 255, constants, rng)
    return (np.clip(changed, 0, 1) * 255).astype(np.uint8)


def moved(name: str, image: Image, constants: Any, rng: np.random.Generator) -> Image:
    """The image moved as a whole as the corruption moves it, for the same draws; distances are measured from here.

    The streak of a motion blur begins at its pixel and drags the image along; an elastic transform first pulls it by
    three corners. Our families do neither, and a network minds it far less than structural similarity does.
    """
    if name == "motion_blur":
        return eight_bits(dragged(image / 255, constants, rng.uniform(-45, 45)))
    return eight_bits(pulled(image / 255, constants[2], rng)) if name == "elastic_transform" else image


def gaussian_noise(light: Light, std: float, rng: np.random.Generator) -> Light:
    return light + rng.normal(scale=std, size=light.shape)


def shot_noise(light: Light, photons: float, rng: np.random.Generator) -> Light:
    return rng.poisson(light * photons) / photons


def impulse_noise(light: Light, amount: float, rng: np.random.Generator) -> Light:
    hit, white = rng.random(light.shape) <= amount, rng.random(light.shape) < 0.5
    return np.where(hit, white, light)


def defocus_blur(light: Light, constants: tuple[float, float], _rng: np.random.Generator) -> Light:
    """Whole pixels within the radius, then a Gaussian of 3 or 5 px across; below 1 px the Gaussian alone blurs."""
    radius, sigma = constants
    reach, size = (8, 3) if radius <= 8 else (int(radius), 5)
    axis = np.arange(-reach, reach + 1)
    disc = (axis**2 + axis[:, None] ** 2 <= radius**2).astype(np.float32)
    kernel = cv2.GaussianBlur(disc / disc.sum(), (size, size), sigma)
    return np.asarray(cv2.filter2D(light, -1, kernel), np.float64)


def glass_blur(light: Light, constants: tuple[float, int, int], rng: np.random.Generator) -> Light:
    """Meant to swap each pixel with one nearby; the script's swap copies that one over it, and the pixel is lost."""
    sigma, reach, times = constants
    before = (255 * gaussian_filter(light, (sigma, sigma, 0), mode="nearest")).astype(np.uint8) / 255
    side = len(light)
    source = list(range(side * side))
    walk = range(side - reach, reach, -1)
    for _ in range(times):
        moves = rng.integers(-reach, reach, (len(walk), len(walk), 2)) @ [1, side]
        for row, along in zip(walk, moves.tolist(), strict=True):
            for column, move in zip(walk, along, strict=True):
                source[row * side + column] = source[row * side + column + move]
    shuffled = before.reshape(-1, 3)[source].reshape(light.shape)
    return np.asarray(gaussian_filter(shuffled, (sigma, sigma, 0), mode="nearest"))


def motion_blur(light: Light, constants: tuple[int, float], rng: np.random.Generator) -> Light:
    return streaked(light, constants, rng.uniform(-45, 45))


def streaked(light: Light, constants: tuple[int, float], angle: float) -> Light:
    """ImageMagick's: the falling half of a Gaussian along a line, in whole pixels, the border held."""
    weights = half_bell(*constants)
    parts = [weight * stepped(light, i, angle) for i, weight in enumerate(weights)]
    return np.asarray(np.sum(parts, axis=0))


def dragged(light: Light, constants: tuple[int, float], angle: float) -> Light:
    """The image moved along that streak to where the two are nearest."""
    blurred = streaked(light, constants, angle)
    places = [stepped(light, i, angle) for i in range(constants[0] + 1)]
    return min(places, key=lambda place: float(np.abs(place - blurred).mean()))


def half_bell(radius: int, sigma: float) -> NDArray[np.float64]:
    weights = np.exp(-(np.arange(2 * radius + 1) ** 2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum())


def stepped(light: Light, steps: int, angle: float) -> Light:
    """The image with every pixel taken from some steps along a line."""
    rows, columns = (np.arange(n) for n in light.shape[:2])
    dy, dx = (int(np.ceil(steps * part - 0.5)) for part in (np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))))
    return light[np.clip(rows + dy, 0, rows[-1])][:, np.clip(columns + dx, 0, columns[-1])]


def zoom_blur(light: Light, constants: tuple[float, float], _rng: np.random.Generator) -> Light:
    """The mean of the image and of its enlargements from 1 to below `stop`; so the image itself counts twice."""
    stop, step = constants
    zooms = np.arange(1, stop, step)
    return (light + sum(zoomed(light, zoom) for zoom in zooms)) / (len(zooms) + 1)


def zoomed(light: Light, zoom: float) -> Light:
    side = len(light)
    held = int(np.ceil(side / zoom))
    first = (side - held) // 2
    large = enlarge(light[first : first + held, first : first + held], (zoom, zoom, 1), order=1)
    cut = (len(large) - side) // 2
    return np.asarray(large[cut : cut + side, cut : cut + side])


def fog(light: Light, constants: tuple[float, float], rng: np.random.Generator) -> Light:
    thickness, decay = constants
    side, white = len(light), light.max()
    field = diamond_square(256 if side > 32 else 32, decay, rng)[:side, :side, None]
    return np.asarray((light + thickness * field) * white / (white + thickness))


def diamond_square(side: int, decay: float, rng: np.random.Generator) -> Light:
    """Clouds on a ring (side, side), from 0 to 1, that grow finer and weaker by `decay` squared at each halving."""
    field = np.zeros((side, side))
    step, wobble = side, 100.0

    def drawn(around: Light) -> Light:
        return around / 4 + wobble * rng.uniform(-wobble, wobble, around.shape)

    while step >= 2:
        half = step // 2
        corners = field[::step, ::step]
        rows = corners + np.roll(corners, -1, 0)
        field[half::step, half::step] = drawn(rows + np.roll(rows, -1, 1))
        middles = field[half::step, half::step]
        field[::step, half::step] = drawn(middles + np.roll(middles, 1, 0) + corners + np.roll(corners, -1, 1))
        field[half::step, ::step] = drawn(middles + np.roll(middles, 1, 1) + corners + np.roll(corners, -1, 0))
        step, wobble = half, wobble / decay
    field -= field.min()
    return np.asarray(field / field.max())


def frost(ice: Sequence[Image]) -> Corruption:
    """Ice from photographs, added to the darkened image; the authors draw from five, shrunk for small images."""

    def change(light: Light, constants: tuple[float, float], rng: np.random.Generator) -> Light:
        kept, share = constants
        side, pane = len(light), ice[int(rng.integers(5))]
        if side == 32:
            pane = np.asarray(cv2.resize(pane, (0, 0), fx=0.2, fy=0.2))
        top, left = (rng.integers(0, length - side) for length in pane.shape[:2])
        return np.asarray(kept * light + share * pane[top : top + side, left : left + side] / 255)

    return change


def snow(light: Light, constants: tuple[float, ...], rng: np.random.Generator) -> Light:
    """Specks of enlarged noise, streaked downwards and added twice, once turned, to an image made paler."""
    mean, std, zoom, floor, radius, sigma, kept = constants
    specks = zoomed(rng.normal(mean, std, light.shape[:2])[..., None], zoom)
    specks = (255 * np.clip(np.where(specks < floor, 0, specks), 0, 1)).astype(np.uint8) / 255
    flakes = streaked(specks, (int(radius), sigma), rng.uniform(-135, -45))
    flakes = np.rint(255 * flakes) / 255
    pale = np.maximum(light, cv2.cvtColor(light.astype(np.float32), cv2.COLOR_RGB2GRAY)[..., None] * 1.5 + 0.5)
    return np.asarray(kept * light + (1 - kept) * pale + flakes + np.rot90(flakes, 2))


def brightness(light: Light, added: float, _rng: np.random.Generator) -> Light:
    hue = rgb2hsv(light)
    hue[..., 2] = np.clip(hue[..., 2] + added, 0, 1)
    return np.asarray(hsv2rgb(hue))


def contrast(light: Light, factor: float, _rng: np.random.Generator) -> Light:
    mean = light.mean((0, 1))
    return np.asarray(mean + factor * (light - mean))


def elastic_transform(light: Light, constants: tuple[float, float, float], rng: np.random.Generator) -> Light:
    """The image is pulled by three points, then each pixel is moved by smoothed noise."""
    strength, sigma, reach = constants
    side = len(light)
    bent = pulled(light, reach, rng)
    x, y = (gaussian_filter(rng.uniform(-1, 1, (side, side)), sigma, mode="reflect", truncate=3) for _ in range(2))
    places = np.mgrid[:side, :side] + strength * np.stack([y, x])
    return np.stack([map_coordinates(bent[..., i], places, order=1, mode="reflect") for i in range(3)], axis=-1)


def pulled(light: Light, reach: float, rng: np.random.Generator) -> Light:
    """Three corners of the middle are moved, each by a draw of up to `reach` px, and the whole image with them."""
    side = len(light)
    middle, arm = side // 2, side // 3
    corners = np.array([[middle + arm, middle + arm], [middle + arm, middle - arm], [middle - arm, middle - arm]])
    ends = corners + rng.uniform(-reach, reach, (3, 2))
    matrix = cv2.getAffineTransform(corners.astype(np.float32), ends.astype(np.float32))
    return np.asarray(cv2.warpAffine(light, matrix, (side, side), borderMode=cv2.BORDER_REFLECT_101))


def pixelate(light: Light, kept: float, _rng: np.random.Generator) -> Light:
    small = int(len(light) * kept)
    picture = PIL.Image.fromarray(eight_bits(light)).resize((small, small), PIL.Image.Resampling.BOX)
    return np.asarray(picture.resize(light.shape[:2], PIL.Image.Resampling.BOX)) / 255


def jpeg_compression(light: Light, quality: int, _rng: np.random.Generator) -> Light:
    file = io.BytesIO()
    PIL.Image.fromarray(eight_bits(light)).save(file, "JPEG", quality=quality)
    return np.asarray(PIL.Image.open(file)) / 255


def eight_bits(light: Light) -> Image:
    return np.rint(255 * light).astype(np.uint8)


CORRUPTIONS: dict[str, Corruption] = {
    one.__name__: one
    for one in (
        gaussian_noise,
        shot_noise,
        impulse_noise,
        defocus_blur,
        glass_blur,
        motion_blur,
        zoom_blur,
        snow,
        fog,
        brightness,
        contrast,
        elastic_transform,
        pixelate,
        jpeg_compression,
    )
}
