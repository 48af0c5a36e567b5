"""From images as they are to tensors as the network wants them; travels with the weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from shiftprobe.errors import DataError, SpecError
from shiftprobe.registry import suggest
from shiftprobe.show import show
from shiftprobe.types import Image

SMALLEST, LARGEST = 8, 224  # px, of a side that is chosen from the data
ENOUGH = 2000  # images that tell mean and std
_KEYS = ("size", "channels", "mean", "std")
_FULL = 255.0  # grey levels of full scale


@dataclass(frozen=True, slots=True)
class Preprocess:
    """Side in px, channels (1 or 3), mean and std per channel as fractions of full scale."""

    size: int
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what would give no images, or images that are not finite."""
        if self.size < 1 or self.channels not in (1, 3):
            raise SpecError(f"preprocess: wanted size >= 1 and 1 or 3 channels, got {self.size} and {self.channels}")
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != self.channels or not np.isfinite(values).all():
                raise SpecError(f"preprocess.{name}: wanted {self.channels} finite fractions, got {show(values)}")
        if min(self.std) <= 0:
            raise SpecError(f"preprocess.std: wanted fractions above 0, got {show(self.std)}; 1 leaves values alone")

    @classmethod
    def fit(cls, images: Sequence[Image], size: int | None = None) -> "Preprocess":
        """What suits a set of images: statistics over at most 2,000 of them, evenly spread.

        Args:
            images: (H, W, 1) or (H, W, 3) each; a single RGB image makes the set RGB.
            size: side in px; None is the median shorter side, within 8 and 224.

        Returns:
            The preprocessing; a channel that never varies has std 1.

        Raises:
            DataError: when there is no image, or one is not an image.
        """
        if not len(images):
            raise DataError("preprocess: wanted at least one image, got none")
        for image in images:
            _check(image)
        channels = max(image.shape[2] for image in images)
        if size is None:
            size = int(np.clip(np.rint(np.median([min(image.shape[:2]) for image in images])), SMALLEST, LARGEST))
        chosen = np.unique(np.linspace(0, len(images) - 1, min(ENOUGH, len(images))).round().astype(int))
        counts = np.zeros((channels, 256), dtype=np.int64)
        for i in chosen:
            counts += _histogram(_prepared(images[i], size, channels))
        mean, std = _moments(counts)
        return cls(size, channels, mean, std)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "Preprocess":
        """The inverse of `to_dict`.

        Raises:
            SpecError: when a key is missing, unknown or holds no number.
        """
        for key in given:
            if key not in _KEYS:
                raise SpecError(f"preprocess: unknown key {show(key)}{suggest(str(key), _KEYS)}")
        try:
            mean, std = (tuple(float(v) for v in given[key]) for key in ("mean", "std"))
            return cls(int(given["size"]), int(given["channels"]), mean, std)
        except KeyError as error:
            raise SpecError(f"preprocess: the key {error} is missing; wanted {', '.join(_KEYS)}") from None
        except (TypeError, ValueError) as error:
            raise SpecError(f"preprocess: wanted numbers, got {show(error)}") from None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"size": self.size, "channels": self.channels, "mean": list(self.mean), "std": list(self.std)}

    def images(self, images: Sequence[Image]) -> NDArray[np.uint8]:
        """Images of one size and one mode, still in grey levels.

        A side that differs is resized (bilinear, with antialiasing); the picture is stretched to a square,
        not cropped. Grey becomes RGB by repetition, RGB becomes grey by luma (ITU-R 601). An image of the
        right size and mode is copied as it is.

        Args:
            images: (H, W, 1) or (H, W, 3) each.

        Returns:
            (N, S, S, C).

        Raises:
            DataError: for anything that is not such an image.
        """
        out = np.empty((len(images), self.size, self.size, self.channels), dtype=np.uint8)
        for i, image in enumerate(images):
            _check(image)
            out[i] = _prepared(image, self.size, self.channels)
        return out

    def normalise(self, batch: Tensor) -> Tensor:
        """Grey levels (N, S, S, C) uint8 to (N, C, S, S) float32, on the batch's device.

        Returns:
            `(level / 255 - mean) / std`, contiguous.

        Raises:
            DataError: when the batch has another type or shape.
        """
        wanted = (self.size, self.size, self.channels)
        if batch.dtype != torch.uint8 or tuple(batch.shape[1:]) != wanted:
            raise DataError(f"wanted uint8 images, {wanted} each, got {batch.dtype} {show(tuple(batch.shape))}")
        mean = torch.tensor(self.mean, dtype=torch.float64)
        std = torch.tensor(self.std, dtype=torch.float64)
        scale, offset = (v.float().to(batch.device).view(1, -1, 1, 1) for v in (1 / (_FULL * std), -mean / std))
        levels = batch.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)
        return torch.addcmul(offset, levels, scale)


def _check(image: Image) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3) or not image.size:  # noqa: PLR2004
        raise DataError(f"wanted a uint8 image (H, W, 1) or (H, W, 3), got {image.dtype} {image.shape}")


def _prepared(image: Image, size: int, channels: int) -> Image:
    """(size, size, channels)."""
    if image.shape == (size, size, channels):
        return image
    picture = PIL.Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    if channels == 1:
        picture = picture.convert("L")
    if picture.size != (size, size):
        picture = picture.resize((size, size), PIL.Image.Resampling.BILINEAR)
    levels = np.asarray(picture).reshape(size, size, -1)
    return np.broadcast_to(levels, (size, size, channels))


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
