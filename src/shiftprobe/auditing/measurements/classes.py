"""Accuracy by class and by domain, which classes are taken for which, and names of outputs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAccuracy:
    """One class: how many of its images are right, and what the others are taken for."""

    name: str
    n: int
    right: int | None = None
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    taken: int | None = None
    taken_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAccuracy:
    """One domain of the labelled images."""

    name: str
    n: int
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Images by label (row) and answer (column)."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenamedOutput:
    """An output that seems to stand for another class."""

    output: int
    called: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassOrder:
    """The names of the outputs that would make most answers right."""

    moved: tuple[RenamedOutput, ...]
    order: tuple[str, ...] | None = None
    before: float | None = None
    after: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
