"""The registry of probes, what one measures, and what it may say of its cost."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shiftprobe.core.registry import Registry
from shiftprobe.core.types import Cell, Probe, Row, RunProbe

PROBES: Registry[Probe | RunProbe] = Registry("probe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A number with its 95 % interval and the images it rests on, or the reason why there is none."""

    value: float | None = None
    reason: str = ""
    low: float | None = None
    high: float | None = None
    n: int | None = None

    def row(
        self, cell: Cell, probe: str, metric: str, *, arm: str, tap: str = "", versus: str = "", unit: str = "fraction"
    ) -> Row:
        """The same with its full address."""
        return Row(
            cell=cell, probe=probe, metric=metric, value=self.value, reason=self.reason, low=self.low, high=self.high,
            n=self.n, unit=unit, arm=arm, tap=tap, versus=versus,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What a probe is about to look at: one cell, or for a probe of the run all of them."""

    looks: int  # cells in which the checkpoint looks alone
    trainings: int  # cells in which arms were trained
    arms: int  # arms of such a cell
    budget: int  # labelled images that an arm trains on
    test: int  # test images of a cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a probe adds to the estimate before a run.

    What every cell pays for is in it already: answers to the test images, clean and shifted, and the checkpoint's
    features of its training images.
    """

    passes: float = 0  # images that pass a network for this probe alone; a pass back counts as two
    shared: float = 0  # images that pass for views which other probes of the cell share: the largest share is paid
    seconds: float = 0.0  # what takes its time whatever the number of images

    def seconds_at(self, look: float) -> float:
        """In all, where one image takes so many seconds to pass."""
        return (self.passes + self.shared) * look + self.seconds


@runtime_checkable
class Priced(Protocol):
    """A probe that says what it costs; one that does not adds nothing to the estimate."""

    def cost(self, amount: Amount) -> Price:
        """What it will cost."""
        ...


def price_of(probe: Probe | RunProbe, amount: Amount) -> Price:
    """What a probe says that it costs; nothing where it does not say."""
    return probe.cost(amount) if isinstance(probe, Priced) else Price()


def features_of_arms(amount: Amount) -> float:
    """Passes for the features of trained arms on their training images, and of the checkpoint on the test images."""
    return (amount.arms * amount.budget + amount.test) * amount.trainings
