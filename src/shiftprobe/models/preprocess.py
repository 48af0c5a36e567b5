"""From images as they are to tensors as the network wants them; travels with the weights."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias, cast, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.readers import VIEWER, Reader, reader_named
from shiftprobe.core.registry import suggest
from shiftprobe.core.types import Image
from shiftprobe.models.resized import prepared

MIN_SIDE, MAX_SIDE = 8, 224  # px, of a side that is chosen from the data
WORKING = 2  # of what a network sees: where shifts fall on larger images
FITTED_IMAGES = 2000  # images that tell mean and std
Interpolation: TypeAlias = Literal["bilinear", "bicubic", "nearest", "area"]
Order: TypeAlias = Literal["RGB", "BGR"]
Crop: TypeAlias = Literal["round", "floor", "square", "square_floor"]

_KEYS = ("size", "channels", "mean", "std")
# left out of plain data while they are these
_OPTIONS = {"resize": None, "interpolation": "bilinear", "order": "RGB", "crop": "round", "reader": VIEWER}
_LATER = ("crop", "reader")  # keys that identities did not know, and do not hold while they are the usual ones
_FULL = 255.0  # grey levels of full scale


@dataclass(frozen=True, slots=True)
class Preprocess:
    """Side in px, channels (1 or 3), mean and std per channel as fractions of full scale.

    Mean and std are in the order in which the network gets its channels.
    """

    size: int
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: int | None = None  # px that the shorter side gets before the centre is cut out; None: stretched to a square
    interpolation: Interpolation = "bilinear"  # with antialiasing, but for "nearest"
    order: Order = "RGB"
    crop: Crop = "round"  # half a pixel of the centre's corner: rounded as torchvision and timm do, or dropped as
    # transformers does; those with "square" stretch the picture to a square of `resize` px first
    reader: Reader = VIEWER  # of the files that the images come from

    def __post_init__(self) -> None:
        """Refuse what would give no images, or images that are not finite."""
        if self.size < 1 or self.channels not in (1, 3):
            raise SpecError(f"preprocess: wanted size >= 1 and 1 or 3 channels, got {self.size} and {self.channels}")
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != self.channels or not np.isfinite(values).all():
                raise SpecError(f"preprocess.{name}: wanted {self.channels} finite fractions, got {escape(values)}")
        if min(self.std) <= 0:
            raise SpecError(f"preprocess.std: wanted fractions above 0, got {escape(self.std)}; 1 leaves values alone")
        if self.resize is not None and self.resize < self.size:
            raise SpecError(f"preprocess.resize: wanted at least the size, {self.size} px, got {escape(self.resize)}")
        for name, value, known in (
            ("interpolation", self.interpolation, get_args(Interpolation)),
            ("order", self.order, get_args(Order)),
            ("crop", self.crop, get_args(Crop)),
        ):
            if value not in tuple(known):  # a list has no hash
                raise SpecError(f"preprocess.{name}: wanted one of {', '.join(known)}, got {escape(value)}")
        if self.order == "BGR" and self.channels == 1:
            raise SpecError("preprocess.order: grey images have no colour order; leave BGR out")
        reader_named(self.reader)

    @property
    def working_side(self) -> int:
        """Px to which the shorter side of a larger image is brought before a shift: twice what is looked at."""
        return WORKING * (self.resize or self.size)

    @classmethod
    def fit(
        cls,
        images: Sequence[Image],
        size: int | None = None,
        shapes: Sequence[tuple[int, int, int]] | None = None,
    ) -> "Preprocess":
        """What suits a set of images: statistics over at most 2,000 of them, evenly spread.

        Args:
            images: (H, W, 1) or (H, W, 3) each; a single RGB image makes the set RGB.
            size: side in px; None is the median shorter side, within 8 and 224.
            shapes: (H, W, C) of each, where they are known; None reads every image once more.

        Returns:
            The preprocessing; a channel that never varies has std 1.

        Raises:
            DataError: when there is no image, or one is not an image.
        """
        if not len(images):
            raise DataError("preprocess: wanted at least one image, got none")
        known = [_checked_shape(image) for image in images] if shapes is None else shapes
        channels = max(shape[2] for shape in known)
        if size is None:
            size = int(np.clip(np.rint(np.median([min(shape[:2]) for shape in known])), MIN_SIDE, MAX_SIDE))
        chosen = np.unique(np.linspace(0, len(images) - 1, min(FITTED_IMAGES, len(images))).round().astype(int))
        blank = cls(size, channels, (0.0,) * channels, (1.0,) * channels)
        counts = np.zeros((channels, 256), dtype=np.int64)
        for i in chosen:
            counts += _histogram(blank.images([images[i]])[0])
        mean, std = _moments(counts)
        return replace(blank, mean=mean, std=std)

    @classmethod
    def from_dict(cls, given: Mapping[str, object]) -> "Preprocess":
        """The inverse of `to_dict`.

        Raises:
            SpecError: when a key is missing, unknown or holds no number.
        """
        for key in (key for key in given if key not in (*_KEYS, *_OPTIONS)):
            raise SpecError(f"preprocess: unknown key {escape(key)}{suggest(str(key), (*_KEYS, *_OPTIONS))}")
        try:
            mean, std = (tuple(map(float, cast("Sequence[float]", given[key]))) for key in ("mean", "std"))
            resize = None if given.get("resize") is None else int(cast("float", given["resize"]))
            size, channels = (int(cast("float", given[key])) for key in ("size", "channels"))
            how = cast("Interpolation", given.get("interpolation", "bilinear"))
            order, crop = cast("Order", given.get("order", "RGB")), cast("Crop", given.get("crop", "round"))
            return cls(size, channels, mean, std, resize, how, order, crop, reader_named(given.get("reader", VIEWER)))
        except KeyError as error:
            raise SpecError(f"preprocess: the key {error} is missing; wanted {', '.join(_KEYS)}") from None
        except (TypeError, ValueError) as error:
            raise SpecError(f"preprocess: wanted numbers, got {escape(error)}") from None

    def to_dict(self) -> dict[str, object]:
        """Plain data for JSON; resize, interpolation, order and crop only where they are not the usual ones."""
        plain = {"size": self.size, "channels": self.channels, "mean": list(self.mean), "std": list(self.std)}
        said = {key: getattr(self, key) for key, default in _OPTIONS.items() if getattr(self, key) != default}
        return plain | said

    def resolved(self) -> dict[str, object]:
        """Every key, for identities; those that came later only where they are not the usual ones."""
        return {key: value for key, value in asdict(self).items() if key not in _LATER or value != _OPTIONS[key]}

    def images(self, images: Sequence[Image]) -> NDArray[np.uint8]:
        """Images of one size and one mode, still in grey levels.

        A side that differs is resized (bilinear with antialiasing, if nothing else is said); the picture is
        stretched to a square, or with `resize` keeps its shape and loses what stands out over its centre. Grey
        becomes RGB by repetition, RGB becomes grey by luma (ITU-R 601). An image of the right size and mode is
        copied as it is. The colours stay RGB here, so that they can be shown; `normalise` turns them.

        Args:
            images: (H, W, 1) or (H, W, 3) each.

        Returns:
            (N, S, S, C).

        Raises:
            DataError: for anything that is not such an image.
        """
        out = np.empty((len(images), self.size, self.size, self.channels), dtype=np.uint8)
        for i, image in enumerate(images):
            _checked_shape(image)
            out[i] = prepared(image, self)
        return out

    def normalise(self, batch: Tensor) -> Tensor:
        """Grey levels (N, S, S, C) uint8 to (N, C, S, S) float32, on the batch's device.

        Returns:
            `(level / 255 - mean) / std`, contiguous, channels in the network's order.

        Raises:
            DataError: when the batch has another type or shape.
        """
        wanted = (self.size, self.size, self.channels)
        if batch.dtype != torch.uint8 or tuple(batch.shape[1:]) != wanted:
            raise DataError(f"wanted uint8 images, {wanted} each, got {batch.dtype} {escape(tuple(batch.shape))}")
        scale, offset = _line(self.mean, self.std, batch.device)
        turned = batch.flip(3) if self.order == "BGR" else batch
        levels = turned.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)
        return torch.addcmul(offset, levels, scale)


@lru_cache(maxsize=64)
def _line(mean: tuple[float, ...], std: tuple[float, ...], device: torch.device) -> tuple[Tensor, Tensor]:
    """Slope and intercept from a grey level to what the network meets, (1, C, 1, 1) each; copied to a device once."""
    with torch.inference_mode(mode=False):  # they outlive whichever pass asks first
        middle, spread = torch.tensor(mean, dtype=torch.float64), torch.tensor(std, dtype=torch.float64)
        pair = (1 / (_FULL * spread), -middle / spread)
        scale, offset = (one.float().to(device).view(1, -1, 1, 1) for one in pair)
    return scale, offset


def _checked_shape(image: Image) -> tuple[int, int, int]:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3) or not image.size:  # noqa: PLR2004
        raise DataError(f"wanted a uint8 image (H, W, 1) or (H, W, 3), got {image.dtype} {image.shape}")
    height, width, channels = image.shape
    return height, width, channels


def _histogram(image: Image) -> NDArray[np.int64]:
    """How often each grey level stands in each channel, (C, 256)."""
    return np.stack([np.bincount(image[..., c].ravel(), minlength=256) for c in range(image.shape[2])])


def _moments(counts: NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and std per channel as fractions, from counts (C, 256)."""
    levels = np.arange(256) / _FULL
    share = counts / counts.sum(axis=1, keepdims=True)
    mean = share @ levels
    std = np.sqrt((share * (levels - mean[:, None]) ** 2).sum(axis=1))
    std[(counts > 0).sum(axis=1) == 1] = 1.0
    return tuple(map(float, mean)), tuple(map(float, std))


def spread(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """Per-channel numbers of grey images for three channels, and the mean of three for grey."""
    if len(values) == channels:
        return values
    return (sum(values) / len(values),) * channels
