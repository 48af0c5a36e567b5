"""What the macro F1 needs of a confusion matrix: its margins and its diagonal, never all of its cells."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.per_class import MADE_UP
from shiftprobe.metrics.scores.outputs import Outputs

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Counted:
    """Images of each class, answers that say it, and those of them that are right; (C,) each."""

    images: Floats
    answers: Floats
    right: Floats

    @classmethod
    def of(cls, outputs: Outputs) -> "Counted":
        """Of what a network answered."""
        count = outputs.classes
        answers = np.bincount(outputs.answers, minlength=count)
        right = np.bincount(outputs.labels[outputs.right], minlength=count)
        return cls(*(one.astype(np.float64) for one in (outputs.counts, answers, right)))

    @cached_property
    def padded(self) -> "Counted":
        """With four made-up images in every class that has any: two right, two spread out over all other answers."""
        made, others = np.where(self.present, MADE_UP / 2, 0.0), max(len(self.images) - 1, 1)
        strays = made * (len(self.images) - 1) / others
        answers = self.answers + made + (made.sum() - made) / others
        return Counted(self.images + made + strays, answers, self.right + made)

    @property
    def present(self) -> NDArray[np.bool_]:
        """(C,) whether a class has images."""
        return self.images > 0

    @property
    def f1(self) -> float:
        """Mean over the classes that have images of 2 TP / (images + answers)."""
        return float(self.each[self.present].mean())

    @cached_property
    def each(self) -> Floats:
        """(C,) F1 of each class, 0 where it has no images."""
        return np.asarray(np.where(self.present, 2.0 * self.right / self._sizes, 0.0))

    def slope(self, labels: Labels, answers: Labels) -> Floats:
        """(N,) by how much one image more in a cell moves `f1`, times all images."""
        down = self.unit * self.each
        return np.asarray(2.0 * self.unit[labels] * (labels == answers) - down[labels] - down[answers])

    @cached_property
    def unit(self) -> Floats:
        """(C,) of one image more in a class's row or column, times all images."""
        return np.asarray(np.where(self.present, self.images.sum() / self._sizes / self.present.sum(), 0.0))

    @property
    def _sizes(self) -> Floats:
        return np.where(self.present, self.images + self.answers, 1.0)
