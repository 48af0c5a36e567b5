"""What a change is, what it may change, and the registries that it and the source models it asks for add themselves to.

`transfer~steps3` is the arm transfer with the change `steps` at the value 3.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import Registry, suggest
from shiftprobe.core.types import Cell
from shiftprobe.engine import networks
from shiftprobe.engine.learning import Build
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.arms import Arm

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup

Values: TypeAlias = tuple[float, ...]
"""The numbers in the spelling of a change, in order."""

OWN_SOURCE = "source"
"""The name of the source model that a run has anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """All that one training is made of. A change hands back another one."""

    setup: "Setup"
    cell: Cell  # whose images, and whose seed
    arm: Arm  # how its weights begin, which of them learn
    recipe: Recipe
    train: NDArray[np.int64]  # rows of the shifted set that train, in the order of the budget: classes take turns
    validation: NDArray[np.int64]  # rows that judge epochs
    source: str = OWN_SOURCE  # name of the source model that the arm begins from
    build: Build = networks.fresh  # the network before any weight is put into it


def _one(_: Values) -> float:
    return 1.0


def _fits(_: Values) -> str:
    return ""


def _nothing(_: "Setup", __: Cell) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One kind of change to a training."""

    name: str  # "steps": what its spellings begin with
    spelling: str  # a regular expression of them all, with a group for each number: r"steps(\d+)"
    example: str  # "steps3"
    about: str  # one line
    apply: Callable[[Ingredients, Values], Ingredients]  # refuses with a SpecError what cannot be done here
    refuses: Callable[[Values], str] = _fits  # what is wanted instead of these numbers; empty when they fit
    units: Callable[[Values], float] = _one  # its price: trainings of one arm with one seed, at the run's recipe
    work: "Callable[[Setup, Values], float] | None" = None  # its price where the run's network decides it
    source: str = OWN_SOURCE  # the source model that it asks for
    depends: "Callable[[Setup, Cell], str]" = _nothing  # a digest of what lies in the run folder and moves it


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSource:
    """A source model beside the run's own, made once and kept in `sources/<name>/`."""

    name: str
    about: str
    make: "Callable[[Setup], nn.Module] | None" = None  # None: whoever has it puts it there (`keep_source`)
    build: Build = networks.fresh  # the network that its weights fit


CHANGES: Registry[Change] = Registry("change")
SOURCES: Registry[OtherSource] = Registry("source model")


def find_change(text: str) -> tuple[Change, Values]:
    """A change by its spelling, with the numbers in it.

    Raises:
        SpecError: when there is none, a number has another spelling, or it is not one that the change takes.
    """
    for name in CHANGES:
        change = CHANGES[name]
        found = re.fullmatch(change.spelling, text, re.ASCII)
        if found is None:
            continue
        values = tuple(float(one) for one in found.groups())
        if tuple(f"{value:g}" for value in values) != found.groups():
            raise SpecError(f"change {escape(text)}: wanted numbers in their shortest spelling, as {change.example}")
        if wanted := change.refuses(values):
            raise SpecError(f"change {escape(text)}: wanted {wanted}, as {change.example}")
        return change, values
    known = [CHANGES[name].example for name in CHANGES]
    raise SpecError(f"no change named {escape(repr(text))}{suggest(text, known)} (known: {', '.join(known)})")
