"""Some images of the data as networks would be given them, in several ways."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.core.rows import Subset
from shiftprobe.data.reduced import AtSide
from shiftprobe.data.reread import read_by

if TYPE_CHECKING:
    from shiftprobe.models.preprocess import Preprocess


class PreparedSample:
    """The images of the sample, prepared in every way; ways of the same geometry share their pixels.

    Large images are brought to the working resolution first, for every way alike: a dozen ways on all their pixels
    would cost more than everything else that is asked.
    """

    def __init__(self, evidence: AuditEvidence, index: NDArray[np.int64]) -> None:
        self._images, self._working = evidence.data.bundle.images, evidence.working
        self._places = evidence.data.index[index].tolist()
        self._pixels: dict[Preprocess, NDArray[np.uint8]] = {}

    def prepared(self, how: "Preprocess") -> NDArray[np.uint8]:
        """(n, S, S, C)."""
        shape = replace(how, mean=(0.0,) * how.channels, std=(1.0,) * how.channels, order="RGB")
        if shape not in self._pixels:
            read = read_by(self._images, how.reader)
            images = read if self._working is None else AtSide(read, self._working)
            self._pixels[shape] = how.images(Subset(images, self._places))
        return self._pixels[shape]
