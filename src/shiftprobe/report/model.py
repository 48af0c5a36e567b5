"""Run folder -> plain frozen data: what the page may say, before any of it is worded or drawn."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from shiftprobe.errors import RunError
from shiftprobe.report.samples import Sample, read_samples
from shiftprobe.show import show
from shiftprobe.types import IDENTITY

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The declared comparison behind the verdict: a - b over the whole dial, fractions."""

    difference: float
    low: float | None  # 95 % interval
    high: float | None
    n: int  # seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer: a word, the sentence that carries its numbers, and how the conditions stand one by one."""

    word: str
    sentence: str
    detail: str = ""
    contrast: Headline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One arm at one dose. Fractions; `std` over seeds, `low` and `high` over test images (95 %)."""

    shift: str
    severity: float
    budget: int | None
    arm: str
    mean: float | None
    std: float | None
    n: int
    values: tuple[float, ...]
    low: float | None
    high: float | None
    images: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Arm a minus arm b at one dose, seed by seed. Fractions; 95 % interval."""

    shift: str
    severity: float
    budget: int | None
    a: str
    b: str
    difference: float | None
    low: float | None
    high: float | None
    n: int
    p: float | None
    p_holm: float | None
    p_equivalence: float | None
    margin_certified: float | None
    verdict: str
    seeds_needed: tuple[int, int] | None
    reason: str = ""
    differences: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Counts of one side of the data; what does not apply is None."""

    name: str
    classes: tuple[str, ...]
    test: int
    train: int | None = None
    pool: int | None = None
    skipped: int | None = None
    refused: int | None = None
    duplicates: int | None = None
    near_duplicates: int | None = None
    skipped_examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A cell that failed, and the last line of its error."""

    cell: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """An accuracy with its 95 % interval over n test images, fractions."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`summary.json`."""

    command: str
    name: str
    digest: str
    verdict: Verdict
    margin: float
    arms: tuple[str, ...]
    skipped_arms: Mapping[str, str]
    shifts: tuple[str, ...]
    severities: tuple[float, ...]
    budgets: tuple[int, ...]
    seeds: tuple[int, ...]
    points: tuple[Point, ...]
    contrasts: tuple[Contrast, ...]
    data: Mapping[str, Dataset | None]
    failed: tuple[Failure, ...]
    pairing: str
    source_accuracy: Accuracy | None = None
    taps: tuple[str, ...] = ()  # in depth order, where the run knows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row of `results.json` that a probe found inside a network."""

    shift: str
    severity: float
    probe: str
    metric: str
    arm: str
    tap: str
    value: float | None
    reason: str
    low: float | None
    high: float | None
    n: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where the numbers were made; no times, so that two runs give one page."""

    python: str
    platform: str
    device: str
    versions: Mapping[str, str]
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything the page is made of."""

    summary: Summary
    spec: Mapping[str, Any]
    environment: Environment
    points: Mapping[tuple[str, float, int | None, str], Point]  # by shift, severity, budget, arm
    contrasts: Mapping[tuple[str, float, int | None, str, str], Contrast]
    measures: Mapping[tuple[str, str, str, str, float], Measure]  # by probe, arm, tap, shift, severity
    samples: Mapping[tuple[str, float], Sample]

    def point(self, shift: str, severity: float, budget: int | None, arm: str) -> Point | None:
        """One arm at one dose; an arm without budget stands at every budget."""
        place = place_of(shift, severity)
        return self.points.get((*place, budget, arm)) or self.points.get((*place, None, arm))

    def contrast(self, shift: str, severity: float, budget: int | None, pair: tuple[str, str]) -> Contrast | None:
        """Two arms at one dose."""
        return self.contrasts.get((*place_of(shift, severity), budget, *pair))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of arms that were compared, in the order they were declared."""
        return tuple(dict.fromkeys((one.a, one.b) for one in self.summary.contrasts))

    def taps(self, probe: str) -> tuple[str, ...]:
        """The taps a probe looked at, shallow to deep; by the numbers in their names where no order was kept."""
        seen = {tap for name, _, tap, _, _ in self.measures if name == probe}
        known = [tap for tap in self.summary.taps if tap in seen]
        return (*known, *sorted(seen.difference(known), key=_natural))

    def measure(self, probe: str, arm: str, tap: str, place: tuple[str, float]) -> Measure | None:
        """What a probe found at one tap under one dose."""
        return self.measures.get((probe, arm, tap, *place_of(*place)))


def place_of(shift: str, severity: float) -> tuple[str, float]:
    """Where a dose is stored: every dial begins at the one identity cell."""
    return (shift, severity) if severity > 0 else (IDENTITY, 0.0)


def read(path: Path) -> Run:
    """The run in a folder.

    Raises:
        RunError: when a file is missing or holds something else than a run's tables.
    """
    summary = _typed(Summary, path / "summary.json")
    rows: list[Any] = _typed(list[dict[str, Any]], path / "results.json")
    inside = _checked(tuple[Measure, ...], [row for row in rows if row.get("tap")], path / "results.json")
    doses = [place_of(shift, dose) for shift in summary.shifts or (IDENTITY,) for dose in summary.severities]
    target = summary.data.get("target")
    return Run(
        summary=summary,
        spec=_typed(dict[str, Any], path / "spec.json"),
        environment=_typed(Environment, path / "environment.json"),
        points={(one.shift, one.severity, one.budget, one.arm): one for one in summary.points},
        contrasts={(one.shift, one.severity, one.budget, one.a, one.b): one for one in summary.contrasts},
        measures={(one.probe, one.arm, one.tap, one.shift, one.severity): one for one in inside},
        samples=read_samples(path / "samples", doses, target.classes if target else ()),
    )


def _typed(kind: type[T], path: Path) -> T:
    try:
        data = json.loads(path.read_bytes(), parse_constant=_refuse)
    except FileNotFoundError:
        raise RunError(
            f"{show(path)}: wanted a run's table, got no such file; `shiftprobe report` rebuilds it"
        ) from None
    except ValueError as error:
        raise RunError(f"{show(path)}: wanted JSON, got: {show(error)}; `shiftprobe report` rebuilds it") from None
    return _checked(kind, data, path)


def _checked(kind: type[T], data: object, path: Path) -> T:
    from pydantic import ValidationError

    try:
        checked: T = _adapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(
            f"{show(path)}: {show(where)}: {show(first['msg'])}; `shiftprobe report` rebuilds the tables"
        ) from None
    return checked


@cache
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _refuse(constant: str) -> float:
    raise ValueError(f"the number {constant}")


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sorting key by which block 10 stands after block 2."""
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in parts)
