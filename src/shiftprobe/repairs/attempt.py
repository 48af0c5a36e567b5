"""What one repair did, image by image, beside its sham."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from shiftprobe.core.readers import Reader
    from shiftprobe.models.preprocess import Preprocess


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A checkpoint as it is met: a network, and how images reach it."""

    model: "nn.Module"  # in evaluation mode, on the processor
    head: str  # module name of the classification head
    preprocess: "Preprocess"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Labelled images that judge a patient."""

    at: str  # "home" or "target"
    pixels: "Callable[[Preprocess], NDArray[np.uint8]]"  # (N, S, S, C): all images as a preprocessing prepares them
    labels: NDArray[np.int64]  # (N,) classes of the site, 0 to K - 1
    classes: tuple[str, ...]  # (K,) their names
    columns: tuple[int, ...] | None  # (K,) per class its output of the head; None where the head does not know them
    readers: "tuple[Reader, ...]" = ()  # that would read some of the images' files otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A repair that was tried at a site. Every image is judged by what was fitted without it."""

    name: str
    cause: str  # what it proves where it works
    title: str
    sham_title: str = ""
    before: NDArray[np.float64] | None = None  # (N,) 1 where an image is right without the repair, else 0
    after: NDArray[np.float64] | None = None  # (N,) with it
    sham: NDArray[np.float64] | None = None  # (N,) with its sham; the share of draws where there are several
    details: tuple[str, ...] = ()
    reason: str = ""  # why it could not be tried; the arrays are None then
