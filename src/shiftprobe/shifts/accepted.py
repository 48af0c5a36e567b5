"""What a shift takes: uint8 images (H, W, 1 or 3) with a generator; everything else is refused with what to write."""

import numpy as np

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Image, Transform

WANTED = "a shift takes a uint8 array (H, W, 1) or (H, W, 3)"
AXES = 3  # height, width, channels
CHANNELS = (1, 3)


def check_image(image: object) -> None:
    """Refuse what is no image of ours: another type, other numbers, another layout.

    Raises:
        DataError: in one line, with the expression that makes an image of it where there is one.
    """
    if type(image) is np.ndarray and image.dtype == np.uint8 and image.ndim == AXES:
        if image.shape[2] in CHANNELS and image.size:
            return
        raise DataError(f"{WANTED}, got shape {image.shape}; {_of_layout(image.shape)}")
    raise DataError(f"{WANTED}, got {_told(image)}")


def guarded(change: Transform) -> Transform:
    """A change that refuses what it was not made for before it touches anything.

    Args:
        change: given images and generators alone.
    """

    def checked(image: Image, rng: np.random.Generator) -> Image:
        check_image(image)
        if not isinstance(rng, np.random.Generator):
            raise DataError(
                f"a shift draws from a generator of its image's own, got {escape(type(rng).__name__)}; "
                "pass np.random.default_rng(seed)"
            )
        return change(image, rng)

    return checked


def _told(image: object) -> str:
    """What it is, and what makes an image of it."""
    if not isinstance(image, np.ndarray):
        return _of_type(image)
    if type(image) is not np.ndarray:
        return f"a {type(image).__name__}; write np.asarray(image), once nothing in it is missing"
    if image.dtype != np.uint8:
        return _of_numbers(image)
    return f"shape {image.shape}; {_of_layout(image.shape)}"


def _of_type(image: object) -> str:
    kind = type(image)
    name = escape(f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins."))
    if kind.__module__.startswith("PIL."):
        return f"{name}; write np.asarray(image.convert('RGB'))"
    if hasattr(image, "detach"):
        return (
            f"{name}; write np.moveaxis(image.cpu().numpy(), 0, -1), and 255 times it, rounded, where it is in [0, 1]"
        )
    return f"{name}; write np.asarray(image, np.uint8)"


def _of_numbers(image: "np.ndarray") -> str:
    """Floats in [0, 1] would turn black: what they mean is not guessed."""
    if image.size == 0:
        return f"{image.dtype} of shape {image.shape}; check that the image was read"
    if image.dtype == np.bool_:
        return "bool; write 255 * image.astype(np.uint8)"
    if not (np.issubdtype(image.dtype, np.integer) or np.issubdtype(image.dtype, np.floating)):
        return f"{image.dtype}; keep the grey levels alone"
    low, high = image.min(), image.max()
    span = f"{image.dtype} from {low:.4g} to {high:.4g}"
    if low >= 0 and high <= 1:
        return f"{span}; write np.rint(255 * image).astype(np.uint8)"
    if low >= 0 and high <= 255:  # noqa: PLR2004 - the levels of a byte
        return f"{span}; write np.rint(image).astype(np.uint8)"
    return f"{span}; bring it to 0..255 and leave normalisation to the network's preprocessing"


def _of_layout(shape: tuple[int, ...]) -> str:
    if 0 in shape:
        return "check that the image was read"
    if len(shape) == AXES - 1:
        return "write image[..., None]"
    if len(shape) == AXES and shape[0] in CHANNELS:
        return "write np.moveaxis(image, 0, -1)"
    if len(shape) == AXES and shape[2] in {2, 4}:
        return "leave its transparency out: image[..., :-1]"
    if len(shape) == AXES + 1:
        return "hand over one image at a time, each with a generator of its own"
    return "keep height, width and one or three channels"
