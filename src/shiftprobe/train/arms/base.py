"""What an arm is, how it may begin and learn, and the registry it adds itself to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import Registry
from shiftprobe.core.types import Scope
from shiftprobe.spec.arm_names import AS, base, changes, trained_as

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from shiftprobe.models.preprocess import Preprocess

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What an arm may choose from when it says how fast each parameter learns."""

    parameters: tuple[str, ...]  # names, in the order in which the network registers them
    head: str  # module name of the classification head


Learns: TypeAlias = Literal["all", "head"] | Callable[[Layers], Mapping[str, float]]
"""Every weight; the head; or by name of parameter a factor of the learning rate: 0 stands still, 1 where not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an arm may use once training has ended."""

    start: Start
    images: "NDArray[np.uint8]"  # (N, S, S, C): the target's training images under the shift; their labels stay away
    preprocess: "Preprocess"  # bytes to what the network meets
    device: str


def always(_: Case) -> str:
    """An arm that can apply anywhere."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A way for weights to begin and be trained."""

    name: str
    about: str  # one line for whoever reads `shiftprobe list arms` or the page
    begin: Callable[[Start], State]  # the weights before training: every parameter and buffer of the target's model
    pretrained: bool = False  # whether they are the checkpoint's: which recipe suits it
    learns: tuple[Learns, ...] = ()  # phase by phase; the phases share the epochs. Without one nothing is trained
    after: "Callable[[nn.Module, Context], None] | None" = (
        None  # then changes the network, in place, in evaluation mode
    )
    unavailable: Callable[[Case], str] = always  # why it cannot apply here; empty when it can

    @property
    def scope(self) -> Scope:
        """It is "checkpoint" when nothing is trained and no seed moves it."""
        return "arms" if self.learns else "checkpoint"


ARMS: Registry[Arm] = Registry("arm")


def find(name: str) -> Arm:
    """The arm of a name, or of two: `transfer@scratch` begins as transfer does and is trained as scratch is.

    Raises:
        UnknownNameError: when an arm goes by neither.
        SpecError: when nothing of it is trained, or a change stands in its name.
    """
    if changes(name):
        raise SpecError(f"arm {escape(name)}: wanted an arm as runs train it, got one with a change in it")
    arm, like = ARMS[base(name)], ARMS[trained_as(name)]
    if AS not in name:
        return arm
    if not arm.learns or not like.learns:
        idle = arm.name if not arm.learns else like.name
        raise SpecError(f"arm {escape(name)}: wanted two arms that are trained, got {idle}, in which nothing learns")
    return replace(arm, name=name, about=f"{arm.about}, trained as {like.name} is")


NEEDS_CLASSES = "the checkpoint does not know every class of the target by name"


def needs_classes(case: Case) -> str:
    """Only a checkpoint that knows the target's classes can answer for them."""
    return "" if case.columns is not None else NEEDS_CLASSES


def random_draw(start: Start) -> State:
    """The random draw of this seed."""
    return start.fresh


def body_of_source(start: Start) -> State:
    """The checkpoint below, the freshly drawn head on top.

    Raises:
        CheckpointError: when the checkpoint lacks a weight of the body, or has it in another shape.
    """
    from shiftprobe.models.head import with_head_of

    return with_head_of(start.source, start.fresh, start.head)


def whole_source(start: Start) -> State:
    """The checkpoint, its head's rows in the target's class order."""
    return {**start.source, **head_rows(start)}


def head_rows(start: Start) -> State:
    """The checkpoint's head with its rows in the target's class order."""
    if start.columns is None:
        raise ValueError(NEEDS_CLASSES)
    prefix = f"{start.source_head}."
    rows = list(start.columns)
    own = {key: value[rows] for key, value in start.source.items() if key.startswith(prefix)}
    return {start.head + key.removeprefix(start.source_head): value for key, value in own.items()}
