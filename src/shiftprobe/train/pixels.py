"""Training images on the device: bytes, normalised batch by batch."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from shiftprobe.models.preprocess import Preprocess


@dataclass(frozen=True, slots=True)
class Labelled:
    """Images as the network meets them, uint8 (N, S, S, C), with labels (N,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


class Pixels:
    """Labelled images kept as bytes: on the device where they fill at most half of its free memory."""

    def __init__(self, data: Labelled, preprocess: Preprocess, device: str) -> None:
        self.device = device
        self._preprocess = preprocess
        home = device if fits(data.images.nbytes, device) else "cpu"
        self._images = torch.from_numpy(np.array(data.images)).to(home)  # a copy: a memory map is read-only
        self._labels = torch.from_numpy(data.labels).to(device)

    def __len__(self) -> int:
        """How many images."""
        return len(self._labels)

    def images(self, part: NDArray[np.int64]) -> Tensor:
        """Some images as the network meets them, on the device."""
        chosen = self._images[torch.from_numpy(part).to(self._images.device)]
        return self._preprocess.normalise(chosen.to(self.device))

    def labels(self, part: NDArray[np.int64]) -> Tensor:
        """Their labels, on the device."""
        return self._labels[torch.from_numpy(part).to(self.device)]


def fits(size: int, device: str) -> bool:
    """Whether so many bytes fill at most half of a GPU's free memory; elsewhere they are in memory already."""
    return device != "cuda" or size <= torch.cuda.mem_get_info()[0] // 2
