"""A checkpoint under the repairs that were kept: how pixels reach it, and how its answers are read."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.repairs.attempt import Patient

Pixels = NDArray[np.uint8]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelChange:
    """What happens to prepared images before the network meets them."""

    name: str  # says all of the change: two changes of one name are the same
    change: Callable[[Pixels], Pixels]  # (N, S, S, C) grey levels in and out


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChange:
    """What happens to the outputs of the head."""

    name: str
    change: Callable[[Scores, NDArray[np.float32]], Scores]  # (N, C) outputs and (N, D) features in, (N, C) out


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """A patient, and what is done to pixels and answers; what other stages go on from."""

    patient: Patient
    pixels: tuple[PixelChange, ...] = ()
    answers: tuple[AnswerChange, ...] = ()
    repairs: tuple[str, ...] = ()  # what was kept, in order: "home:batch_statistics"

    @property
    def seen(self) -> Hashable:
        """What a forward pass depends on: the network, the preprocessing and the pixel changes."""
        return id(self.patient.model), self.patient.preprocess, tuple(one.name for one in self.pixels)

    def prepared(self, images: Pixels) -> Pixels:
        """Prepared images (N, S, S, C) as the network is to be given them."""
        for one in self.pixels:
            images = one.change(images)
        return images

    def scores(self, logits: NDArray[np.float32], features: NDArray[np.float32]) -> Scores:
        """(N, C) outputs as they are to be read, of the head's outputs and what the head was given."""
        found = logits.astype(np.float64)
        for one in self.answers:
            found = one.change(found, features)
        return found

    def prepared_as(self, preprocess: Preprocess) -> "Treated":
        """The same with another preprocessing."""
        return replace(self, patient=replace(self.patient, preprocess=preprocess))

    def with_pixels(self, name: str, change: Callable[[Pixels], Pixels]) -> "Treated":
        """The same with one more change of pixels, after those there are."""
        return replace(self, pixels=(*self.pixels, PixelChange(name=name, change=change)))

    def with_answers(self, name: str, change: Callable[[Scores, NDArray[np.float32]], Scores]) -> "Treated":
        """The same with one more change of the head's outputs, after those there are."""
        return replace(self, answers=(*self.answers, AnswerChange(name=name, change=change)))
