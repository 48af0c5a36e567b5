"""Labels of some of a side's images, and how these were chosen."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

NONE_OF_THEM = -1  # in place of an output: the image shows none of the classes, so every answer is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLabels:
    """Which images of an unlabelled side have a label after all."""

    places: NDArray[np.int64]  # (n,) among the images that are looked at
    labels: NDArray[np.int64]  # (n,) outputs of the head, or NONE_OF_THEM
    source: str  # where they come from, safe to print
    asked: bool  # whether --ask drew the images; else nobody knows how they were chosen
    probability: NDArray[np.float64] | None = None  # (n,) with which each was drawn, up to a factor; None: all alike
    clusters: NDArray[np.int64] | None = None  # (n,) which images count as one draw

    def __len__(self) -> int:
        """How many labels."""
        return len(self.places)

    def on(self, here: NDArray[np.int64], there: NDArray[np.int64]) -> "KnownLabels":
        """The same labels on a side that looks at more images of the same data.

        Args:
            here: (N,) growing places in the data of the images that `places` counts.
            there: (M,) those of the other side, growing, with all of these among them.
        """
        return replace(self, places=np.searchsorted(there, here[self.places]))
