"""Where the checkpoint fails: slices of the labelled images, and properties that name the class."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceClass:
    """One class within a slice, of the images of both halves."""

    name: str
    n: int
    right: int
    taken_for: str | None = None  # the most frequent wrong answer


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceTrait:
    """A further property whose mean in the slice is another than elsewhere."""

    name: str
    here: float
    elsewhere: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceBin:
    """Images whose property lies in a range, of both halves."""

    low: float
    high: float
    n: int
    right: int
    within: bool  # whether they are in the slice


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceExample:
    """One image of a slice."""

    file: str  # below samples/
    place: int  # among the images that are looked at
    label: str
    answer: str
    path: str | None = None  # where the image comes from


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingSlice:
    """Images that share a property and on which the checkpoint is less accurate; numbers of the half that confirms."""

    by: str  # a property, "features", "class" or "domain"
    relation: Literal["below", "at least", "is"]
    bound: float | str
    n: int
    accuracy: float
    low: float  # exact interval
    high: float
    rest: float  # accuracy of all other images
    rest_n: int
    gap: float  # rest less accuracy
    gap_low: float
    gap_high: float
    p: float
    p_holm: float
    images: int  # of both halves
    same_classes: float | None = None  # accuracy of other images in the slice's shares of classes; both halves
    sure: float | None = None  # mean confidence of the answers, of both halves
    classes: tuple[SliceClass, ...] = ()  # most wrong answers first
    traits: tuple[SliceTrait, ...] = ()  # what else sets its pictures apart, the most telling first
    bins: tuple[SliceBin, ...] = ()  # of a property in numbers
    examples: tuple[SliceExample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSearch:
    """The slices of one side."""

    on: Literal["data", "target"]
    n: int  # independent images, half of which confirm
    candidates: int  # that were taken to confirmation
    confirmable: float | None = None  # the gap from which a tenth of the images would be confirmed
    slices: tuple[FailingSlice, ...] = ()

    @property
    def examples(self) -> tuple[SliceExample, ...]:
        """The pictures of every slice."""
        return tuple(one for found in self.slices for one in found.examples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A property from which alone a classifier names the class; numbers of the half that did not train it."""

    by: str
    label: str | None = None  # the class that it tells from all others; None: it names classes in general
    n: int
    accuracy: float
    low: float
    high: float
    majority: float
    lift: float  # of what the majority leaves, the share that is named
    p_holm: float
    aligned: float | None = None  # accuracy of the checkpoint where the property names the class rightly
    aligned_n: int = 0
    misled: float | None = None  # and where it does not
    misled_n: int = 0
    misled_p: float | None = None  # exact, one-sided, Holm over the shortcuts
