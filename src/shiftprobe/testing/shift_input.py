"""What a shift does with pictures that are none of ours: floats, tensors, other layouts, Pillow's own."""

from collections.abc import Callable, Mapping

import numpy as np
import PIL.Image

from shiftprobe.core.errors import DataError
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image, Shift
from shiftprobe.testing.broken import ContractError, require

FOREIGN: Mapping[str, Callable[[Image], object]] = {
    "floats in [0, 1]": lambda image: (image / 255).astype(np.float32),
    "floats in [0, 255]": lambda image: image.astype(np.float64),
    "floats as a network takes them": lambda image: image / 127.5 - 1,
    "64-bit integers": lambda image: image.astype(np.int64),
    "a mask": lambda image: image > 127,  # noqa: PLR2004 - the middle grey
    "channels first": lambda image: np.ascontiguousarray(np.moveaxis(image, -1, 0)),
    "no channels": lambda image: image[..., 0],
    "transparency": lambda image: np.concatenate([image, image[..., :1]], axis=2),
    "a batch": lambda image: image[None],
    "an empty image": lambda image: image[:0],
    "a masked array": np.ma.MaskedArray,
    "a list": lambda image: image.tolist(),
    "a Pillow image": PIL.Image.fromarray,
    "nothing": lambda _: None,
}
"""Ways in which somebody may hand over an RGB image, each from the image that is meant."""


def check_input(shift: Shift) -> None:
    """Hold a shift to refusing what it does not take, at severity 0 too, or to taking it for what it means.

    Raises:
        ContractError: when it fails in another way, or gives another image without a word.
    """
    image = np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8)
    for severity in (0.0, 0.5):
        change = shift.at(severity)
        wanted = change(image.copy(), image_generator(0, 0))
        for what, make in FOREIGN.items():
            where = f"{what} at severity {severity}"
            try:
                given = change(make(image), image_generator(0, 0))  # type: ignore[arg-type] # what is tried
            except DataError as refusal:
                _require("\n" not in str(refusal), shift, f"{where} must be refused in one line")
            except Exception as error:
                told = f"{type(error).__name__}: {error}"
                raise ContractError(
                    f"shift {shift.name!r}: {where} must be refused with a DataError, got {told}"
                ) from error
            else:
                same = np.array_equal(np.asarray(given), wanted)
                _require(same, shift, f"{where} must be refused with a DataError, and gives another image silently")


def _require(kept: object, shift: Shift, promise: str) -> None:
    require(kept, f"shift {shift.name!r}", promise)
