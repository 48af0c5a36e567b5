"""The seam that an arm fills in, and the registry it adds itself to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from shiftprobe.core.registry import Registry
from shiftprobe.core.types import Scope

if TYPE_CHECKING:
    from torch import Tensor

State: TypeAlias = "Mapping[str, Tensor]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What an arm may begin from."""

    fresh: State  # random weights for the target's classes, drawn from the seed
    source: State  # the checkpoint's weights
    head: str  # module name of the classification head
    source_head: str  # the same in the checkpoint, which may have other classes
    keep_head: bool  # the spec's `head: source`
    columns: tuple[int, ...] | None  # per target class, its place in the checkpoint's head; None when unknown
    seed: int  # of draws of the arm's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What decides whether an arm applies."""

    columns: tuple[int, ...] | None  # per target class, its place in the checkpoint's head; None when unknown
    keep_head: bool  # the spec's `head: source`
    batch_norm: bool  # whether the network holds batch statistics


class Arm(Protocol):
    """A way for weights to begin and be trained."""

    @property
    def name(self) -> str:
        """Its name in specs and tables."""
        ...

    @property
    def about(self) -> str:
        """One line for `shiftprobe list arms`."""
        ...

    @property
    def scope(self) -> Scope:
        """It is "checkpoint" when nothing is trained and no seed moves it."""
        ...

    @property
    def learns(self) -> tuple[Literal["all", "head"], ...]:
        """Which part learns, phase by phase; the phases share the epochs. Empty when nothing does."""
        ...

    @property
    def adapts(self) -> bool:
        """Whether batch statistics are estimated anew on the target's training images, without their labels."""
        ...

    def unavailable(self, case: Case) -> str:
        """Why this arm cannot apply here; empty when it can."""
        ...

    def begin(self, start: Start) -> State:
        """The weights before training; for every parameter and buffer of the target's model."""
        ...


ARMS: Registry[Arm] = Registry("arm")

NEEDS_CLASSES = "the checkpoint does not know every class of the target by name"


def head_rows(start: Start) -> State:
    """The checkpoint's head with its rows in the target's class order."""
    if start.columns is None:
        raise ValueError(NEEDS_CLASSES)
    prefix = f"{start.source_head}."
    rows = list(start.columns)
    own = {key: value[rows] for key, value in start.source.items() if key.startswith(prefix)}
    return {start.head + key.removeprefix(start.source_head): value for key, value in own.items()}


def body_of_source(start: Start) -> State:
    """The checkpoint below, the freshly drawn head on top.

    Raises:
        CheckpointError: when the checkpoint lacks a weight of the body, or has it in another shape.
    """
    from shiftprobe.models.head import with_head_of

    return with_head_of(start.source, start.fresh, start.head)
