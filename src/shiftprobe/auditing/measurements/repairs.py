"""What was tried to mend, what came of it there and at home, and what was kept."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

RepairVerdict: TypeAlias = Literal["helps", "harms", "not shown", "not tried"]

RANKED: tuple[RepairVerdict, ...] = ("helps", "harms", "not shown", "not tried")
"""In which order repairs are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPoint:
    """Accuracy at one mixing weight, of all images; intervals of one share each."""

    weight: float  # share of the way from the network as it is; 0 is that network
    there: float
    there_low: float
    there_high: float
    home: float | None = None
    home_low: float | None = None
    home_high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightLine:
    """The straight line from the audited weights to others."""

    other: str  # as it was named
    sha256: str  # of the other's bytes
    barrier: float  # by how much error rises above the line between both ends, at home where there is a home
    barrier_low: float
    barrier_high: float
    apart: bool  # whether the middle is shown to be worse than either end: they share no beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOrders:
    """Gradient steps on a stream of images without labels: how its order matters."""

    orders: tuple[float, ...]  # accuracy online, of each drawn order
    sorted_after: float  # of the stream sorted by class
    sorted_gain: float
    sorted_low: float
    sorted_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One thing that was tried; where it was not, `reason` says why and there are no numbers."""

    name: str  # "bn_adapt", "head", "temperature", "preprocessing", "towards_1", "uniform_soup", "tent"
    title: str
    what: str = ""  # one sentence with the numbers
    metric: str = "accuracy"  # or "calibration gap", |confidence - accuracy|
    before: float | None = None
    after: float | None = None
    gain: float | None = None  # above 0 is better, whatever the metric
    low: float | None = None
    high: float | None = None
    n: int | None = None  # images it was tried on; None: it was not
    labels: int = 0  # that it needs
    reason: str = ""
    recovers: float | None = None  # share of the accuracy lost against clean images
    recovers_low: float | None = None
    recovers_high: float | None = None
    on: str = ""  # "target", "shift motion_blur at 0.25", "data"
    home_gain: float | None = None  # of the same metric on the clean images; below 0 is what it costs there
    home_low: float | None = None
    home_high: float | None = None
    home_n: int | None = None
    chosen: tuple[float, ...] = ()  # the mixing weight that each half of the images chose
    path: tuple[PathPoint, ...] = ()  # accuracy at every mixing weight that was tried
    averaged: tuple[PathPoint, ...] = ()  # the same with averaged batch statistics, where they are estimated anew
    line: WeightLine | None = None
    stream: StreamOrders | None = None

    @property
    def verdict(self) -> RepairVerdict:
        """What its interval shows; never what its point estimate would suggest."""
        if self.n is None and self.gain is None:
            return "not tried"
        if self.low is not None and self.low > 0:
            return "helps"
        return "harms" if self.high is not None and self.high < 0 else "not shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRepair:
    """What `--write` kept, judged on the half of the images that did not choose it; or why nothing was kept."""

    reason: str = ""  # why nothing was written
    repair: str = ""  # its name
    title: str = ""
    file: str = ""
    sha256: str = ""  # of the file
    card: str = ""
    images: str = ""  # the list of those that chose it
    gain: float | None = None  # accuracy
    low: float | None = None
    high: float | None = None
    n: int | None = None
    home_gain: float | None = None
    home_low: float | None = None
    home_high: float | None = None
    home_n: int | None = None
    command: str = ""  # that audits it on the images that did not choose it
