"""Training images on the device: bytes, read batch by batch from where they lie and normalised there."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from shiftprobe.core.concurrent import in_turn
from shiftprobe.core.rows import copied_rows
from shiftprobe.core.types import Images
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sharing import room

AHEAD = 2  # batches that are read while another one trains
AT_HAND = 2**26
"""Bytes of a set that stays in the cache of the disk's pages, where reading ahead would cost more than it gives."""
MPS_BYTES = 2**29  # of a set that is copied to Apple's GPU, whose memory is the processor's
UPLOAD = 1024  # images that are brought to a device at once


@dataclass(frozen=True, slots=True)
class Labelled:
    """Images as the network meets them, uint8 (N, S, S, C), with labels (N,); the images may lie on disk."""

    images: Images
    labels: NDArray[np.int64]


class Pixels:
    """Labelled images as bytes: on the device where they fill at most half of its free memory, else where they lie.

    No set is ever copied whole into the memory of the processor: a batch is read when its turn comes, from large sets
    a few batches ahead in a thread, and for a GPU into pinned memory, so that it is copied while the GPU computes.
    """

    def __init__(self, data: Labelled, preprocess: Preprocess, device: str) -> None:
        self.device = device
        self._preprocess = preprocess
        self._where = data.images
        self._answers = data.labels
        self._labels = torch.from_numpy(data.labels).to(device)
        near = device != "cpu" and fits(data.images.nbytes, device)
        self._there = uploaded(data.images, device) if near else None

    def __len__(self) -> int:
        """How many images."""
        return len(self._labels)

    def images(self, part: NDArray[np.int64]) -> Tensor:
        """Some images as the network meets them, on the device."""
        return self.normalised(next(self.stream([part])))

    @property
    def answers(self) -> NDArray[np.int64]:
        """All labels, (N,), on the processor."""
        return self._answers

    def normalised(self, raw: Tensor) -> Tensor:
        """Bytes (B, S, S, C) as the network meets them, (B, C, S, S) float32."""
        return self._preprocess.normalise(raw)

    def labels(self, part: NDArray[np.int64]) -> Tensor:
        """Their labels, on the device."""
        return self._labels[torch.from_numpy(part).to(self.device, non_blocking=True)]

    def batches(self, parts: Sequence[NDArray[np.int64]]) -> Iterator[tuple[Tensor, Tensor]]:
        """One batch after the other, images as the network meets them and labels; no batch waits for the device.

        Args:
            parts: (B,) places of the images of each batch.
        """
        labels = torch.split(self.labels(np.concatenate(parts)), list(map(len, parts)))
        for raw, answers in zip(self.stream(parts), labels, strict=True):
            yield self.normalised(raw), answers

    def stream(self, parts: Sequence[NDArray[np.int64]]) -> Iterator[Tensor]:
        """The bytes of one batch after the other, (B, S, S, C) uint8 on the device."""
        if self._there is not None:
            whole = torch.from_numpy(np.concatenate(parts)).to(self.device, non_blocking=True)  # all places at once
            for places in torch.split(whole, list(map(len, parts))):
                yield self._there[places]
            return
        for batch in self._read_ahead(parts):
            yield batch.to(self.device, non_blocking=True)

    def _read_ahead(self, parts: Sequence[NDArray[np.int64]]) -> Iterator[Tensor]:
        if len(parts) == 1 or (self.device == "cpu" and self._where.nbytes <= AT_HAND):
            yield from map(self._read, parts)
            return
        with ThreadPoolExecutor(1) as reader:
            yield from in_turn(reader, self._read, parts, most=AHEAD + 1)  # the one that trains, and those after it

    def _read(self, part: NDArray[np.int64]) -> Tensor:
        batch = torch.from_numpy(copied_rows(self._where, part))
        return pinned(batch) if self.device == "cuda" else batch


def pinned(batch: Tensor) -> Tensor:
    """The batch in memory that a GPU reads while both go on computing."""
    return batch.pin_memory()


def fits(size: int, device: str) -> bool:
    """Whether so many bytes fill at most half of what a GPU has free for this process; a processor reads them."""
    if device == "mps":
        return size <= MPS_BYTES
    return device != "cuda" or size <= room() // 2


def uploaded(images: Images, device: str) -> Tensor:
    """All images in the device's memory, brought there in parts."""
    whole = torch.empty(images.shape, dtype=torch.uint8, device=device)
    for start in range(0, len(images), UPLOAD):
        part = slice(start, start + UPLOAD)
        whole[part] = torch.from_numpy(copied_rows(images, part)).to(device)
    return whole
