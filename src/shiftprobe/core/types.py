"""The nouns of shiftprobe and the two seams (Shift, Probe) that others fill in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.rows import Rows

if TYPE_CHECKING:
    from torch import Tensor, nn

Image: TypeAlias = NDArray[np.uint8]
"""One image, (H, W, 3) RGB or (H, W, 1) grey."""

LookPrecision: TypeAlias = Literal["float32", "bf16"]
"""How a network multiplies while it only looks."""

Images: TypeAlias = NDArray[np.uint8] | Rows[np.uint8]
"""Images of one size, (N, S, S, C): an array, often mapped from disk, or rows of one that are read when indexed."""

Transform: TypeAlias = Callable[[Image, np.random.Generator], Image]
"""An image and its own generator in, a changed image of the same shape out. Belongs to one thread."""

Features: TypeAlias = NDArray[np.float32]
"""What a tap reads: (N, D), one row per image."""

Scope: TypeAlias = Literal["checkpoint", "arms", "cells", "run"]
"""Once per (shift, severity) with the untouched checkpoint; in every cell that holds arms; in both; or once per run."""

Taps: TypeAlias = Literal["penultimate", "all"]
"""Where the tests of two domains look: at what the head is given, or at every tap."""

PENULTIMATE = "penultimate"
"""The tap of every model: what its head is given."""

IDENTITY = "identity"
"""The shift of severity 0: the target as it is, bit for bit."""

RANDOM_DRAWS = ("random", "random2", "random3", "random4", "random5")
"""The checkpoint's architecture never trained, drawn five times: what is no better than random is held against all."""


def at_best(arm: str) -> str:
    """The name under which evidence holds an arm as it was after its best epoch on the validation part."""
    return f"{arm}@best"


@dataclass(frozen=True, slots=True)
class Condition:
    """What the target's images meet: a shift at one severity. Severity 0 is the target as it is, whatever the shift."""

    shift: str = IDENTITY
    severity: float = 0.0  # a fraction from 0 to 1

    @classmethod
    def of(cls, shift: str, severity: float) -> "Condition":
        """The one spelling of a condition: every dial begins at the unshifted target."""
        return cls(shift, severity) if severity > 0 else cls()

    @property
    def key(self) -> str:
        """Its one spelling as part of a path; never rounds, so two conditions never share a file."""
        return f"{self.shift}~{self.severity!r}"

    @property
    def order(self) -> tuple[str, float]:
        """Sorting key: by shift, then mild to strong."""
        return (self.shift, self.severity)


UNSHIFTED = Condition()
"""The target as it is."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit of work. With seed None only the untouched checkpoint looks, and nothing is trained."""

    shift: str
    severity: float
    budget: int | None = None
    seed: int | None = None

    @property
    def condition(self) -> Condition:
        """What its images meet."""
        return Condition(self.shift, self.severity)

    @property
    def key(self) -> str:
        """Its folder's name; never rounds, so two cells never share one."""
        parts = [self.condition.key]
        parts += [f"b{self.budget}"] if self.budget is not None else []
        parts += [f"s{self.seed}"] if self.seed is not None else []
        return "~".join(parts)

    @property
    def order(self) -> tuple[str, float, int, int]:
        """Sorting key; None comes first."""
        budget = -1 if self.budget is None else self.budget
        seed = -1 if self.seed is None else self.seed
        return (self.shift, self.severity, budget, seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One model looking at one set of images: one forward pass, computed once."""

    labels: NDArray[np.int64]  # (N,) true classes, in the model's class order
    logits: NDArray[np.float32]  # (N, C)
    features: Mapping[str, Features]  # {tap: (N, D)}, in depth order, spatial positions averaged
    model: "nn.Module | None" = None  # for probes that need gradients
    images: Images | None = None  # (N, S, S, C) as the model's preprocessing meets them
    normalise: "Callable[[Tensor], Tensor] | None" = None  # such images as a tensor -> what the model is given


class Evidence(Protocol):
    """What a probe may look at in one cell; every view is computed when first asked for."""

    @property
    def cell(self) -> Cell:
        """The cell this evidence belongs to."""
        ...

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms this cell holds, trained or not, without those that failed."""
        ...

    @property
    def failed(self) -> Mapping[str, str]:
        """The arms this cell should hold but does not, each with the reason."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the target's classes, in label order."""
        ...

    @property
    def taps(self) -> Taps:
        """Where the tests of two domains look."""
        ...

    def view(self, model: str, images: str) -> View:
        """One model's look at one set of images.

        Args:
            model: "source", "random" (the same architecture, never trained; see `RANDOM_DRAWS`), an arm, or
                `at_best(arm)`.
            images: "clean" and "target", the test images before and after the shift; "train", the target's
                training images after the shift; "source", images of the source that did not train it, with the
                source's own class numbers.

        Raises:
            NotAvailableError: when this cell has no such view, with the reason.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number with its full address. `value` is None only with a reason."""

    cell: Cell
    probe: str
    metric: str
    value: float | None
    reason: str = ""
    low: float | None = None  # 95 % interval
    high: float | None = None
    n: int | None = None  # images the value rests on
    unit: str = "fraction"
    arm: str = ""
    tap: str = ""
    versus: str = ""

    def __post_init__(self) -> None:
        """Refuse a missing value without a reason, and a NaN in any field."""
        if self.value is None and not self.reason:
            raise ValueError(f"row {self.probe}/{self.metric} has neither a value nor a reason")
        for number in (self.value, self.low, self.high):
            if number is not None and not np.isfinite(number):
                raise ValueError(f"row {self.probe}/{self.metric} holds {number}; give a reason instead")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found: rows for the table, arrays for a figure."""

    rows: tuple[Row, ...]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


class Shift(Protocol):
    """A family of image changes with a dose in [0, 1]; 0 is the identity, bit for bit."""

    @property
    def name(self) -> str:
        """Its name in specs and tables."""
        ...

    def at(self, severity: float) -> Transform:
        """The change at one dose; built once per worker and thread, called once per image.

        Raises:
            SpecError: when the severity is not a fraction from 0 to 1.
        """
        ...


class Probe(Protocol):
    """Evidence in, rows and arrays out; keeps no state. It may say what it costs: see `probes.base.Priced`."""

    @property
    def name(self) -> str:
        """Its name in specs and tables."""
        ...

    @property
    def scope(self) -> Scope:
        """Which cells it looks into; never "run"."""
        ...

    def __call__(self, evidence: Evidence) -> Finding:
        """Look at one cell."""
        ...


class RunProbe(Protocol):
    """The evidence of all cells in, rows with their cells and arrays out; keeps no state."""

    @property
    def name(self) -> str:
        """Its name in specs and tables."""
        ...

    @property
    def scope(self) -> Scope:
        """Always "run"."""
        ...

    def __call__(self, evidence: Mapping[Cell, Evidence]) -> Finding:
        """Look at the whole run. A cell's evidence is opened when it is asked for and not kept: hold what you need."""
        ...
