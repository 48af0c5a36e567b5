"""What a comparison of two arms leaves behind besides its verdict: seeds, label worth, training, curves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPair:
    """Both arms of one seed: accuracies and a - b as fractions, test images by who was right, exact McNemar p."""

    seed: int
    a: float
    b: float
    difference: float
    both: int | None = None
    a_only: int | None = None
    b_only: int | None = None
    neither: int | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """How many labels the second arm needs to reach what the first reaches with `budget`; 95 % interval over seeds."""

    budget: int
    equal_to: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    bound: str = ""  # "", "at least" or "at most": the number lies outside the budgets that were tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the checkpoint is worth in labelled images."""

    sentence: str
    equivalent_from: int | None = None
    worth: tuple[Worth, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Values that tuning chose for an arm, in `count` of its n trainings."""

    arm: str
    budget: int
    values: Mapping[str, Any]
    count: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Converged:
    """When an arm's trainings were at their best; `last`: in how many the last epoch was above all earlier ones."""

    arm: str
    budget: int
    median_best_epoch: float | None = None
    last: int = 0
    n: int = 0
    epochs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How the arms were trained."""

    validation: float | None = None  # fraction of the labelled images kept for choosing the epoch
    epochs: int | None = None
    sentence: str = ""
    tune: Mapping[str, Any] | None = None  # values tried
    hyperparameters: tuple[tuple[str, Any], ...] = ()
    chosen: tuple[Chosen, ...] = ()
    converged: tuple[Converged, ...] = ()
    schedule: str = ""  # which trainings stopped while their loss was falling


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One training, epoch by epoch: loss in nats, validation accuracy as fractions (empty without such a part)."""

    shift: str
    severity: float
    budget: int | None
    seed: int
    arm: str
    loss: tuple[float | None, ...] = ()
    validation: tuple[float | None, ...] = ()
    best_epoch: int | None = None  # from 1
    lr: float | None = None
    images: int | None = None
    validation_images: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One test image of a gallery: in how many seeds each outcome fell, and what each arm called it."""

    image: int
    label: str
    outcomes: Mapping[str, int] = field(default_factory=dict)
    a: Mapping[str, int] = field(default_factory=dict)  # predicted name -> seeds
    b: Mapping[str, int] = field(default_factory=dict)
    thumb: str = ""  # file name beside gallery.json
    pixelated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Who was right on which test images in one condition; outcomes are both, a_only, b_only, neither."""

    shift: str
    severity: float
    budget: int | None
    a: str
    b: str
    seeds: tuple[int, ...] = ()
    images: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)  # image x seed pairs
    found: Mapping[str, int] = field(default_factory=dict)  # images with that outcome in at least one seed
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Galleries:
    """`gallery/gallery.json`."""

    galleries: tuple[Gallery, ...] = ()
