"""A run as plain frozen data: what the page may say, before any of it is worded or drawn."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shiftprobe.report.compared import Curve, Gallery, Labels, SeedPair, Training
from shiftprobe.report.explained import Step, Why
from shiftprobe.report.made import Download, Environment
from shiftprobe.report.measured import Layer, Measure, Place, Scale
from shiftprobe.report.perclass import Classes
from shiftprobe.report.plane import Pictures
from shiftprobe.report.samples import Sample
from shiftprobe.types import IDENTITY

WHOLE = "all"  # metric of the one row that a probe leaves when it cannot look


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
    image_low: float | None = None  # 95 % interval over test images, these seeds given
    image_high: float | None = None
    unpaired_low: float | None = None  # Welch, as if seeds were not paired
    unpaired_high: float | None = None
    per_seed: tuple[SeedPair, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The same trainings, each judged at its best epoch on the validation part."""

    points: tuple[Point, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    verdict: Verdict | None = None


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
    preprocess: Mapping[str, Any] = field(default_factory=dict)  # as resolved
    taps: tuple[str, ...] = ()  # in depth order, where the run knows it
    best: Best | None = None
    labels: Labels | None = None
    training: Training | None = None
    scale: Scale | None = None  # None: a severity is the dose itself
    why: Why = field(default_factory=Why)
    next: tuple[Step, ...] = ()  # the most pressing first


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
    curves: tuple[Curve, ...] = ()
    distances: Mapping[tuple[str, str, float], Measure] = field(default_factory=dict)  # by metric, shift, severity
    layers: Mapping[Place, Layer] = field(default_factory=dict)  # what was found at single taps
    pictures: Pictures = field(default_factory=Pictures)
    of_run: Mapping[str, float] = field(default_factory=dict)  # what the probe of the embedding measured, by metric
    galleries: tuple[Gallery, ...] = ()  # largest budget first
    thumbs: Mapping[str, str] = field(default_factory=dict)  # file name -> data URI
    by_class: tuple[Classes, ...] = ()  # the unshifted target, then strong doses
    downloads: tuple[Download, ...] = ()  # its tables, where they fit into the page

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

    @property
    def doses(self) -> tuple[float, ...]:
        """Severities above 0."""
        return tuple(dose for dose in self.summary.severities if dose > 0)

    @property
    def drifts(self) -> bool:
        """Whether any shift moves the target."""
        return bool(self.summary.shifts and self.doses)

    @property
    def chance(self) -> float | None:
        """Accuracy of a guess, one over the target's classes."""
        target = self.summary.data.get("target")
        return 1 / len(target.classes) if target and len(target.classes) > 1 else None

    def taps(self, probe: str) -> tuple[str, ...]:
        """The taps a probe looked at, shallow to deep; by the numbers in their names where no order was kept."""
        seen = {tap for name, _, tap, _, _ in self.measures if name == probe and tap}
        known = [tap for tap in self.summary.taps if tap in seen]
        return (*known, *sorted(seen.difference(known), key=_natural))

    def measure(self, probe: str, arm: str, tap: str, place: tuple[str, float]) -> Measure | None:
        """What a probe found at one tap under one dose, or why it found nothing at all."""
        where = place_of(*place)
        return self.measures.get((probe, arm, tap, *where)) or self.measures.get((probe, "", "", *where))

    def layer(self, what: tuple[str, str], who: tuple[str, str], tap: str, place: tuple[str, float]) -> Layer | None:
        """What was found at one tap: probe and metric, arm and against whom, shift and severity."""
        probe, metric = what
        arm, versus = who
        return self.layers.get((probe, metric, arm, tap, versus, *place_of(*place)))

    def distance(self, metric: str, shift: str, severity: float) -> Measure | None:
        """How far a dose moves the images or the checkpoint's features, or why that is not known."""
        where = place_of(shift, severity)
        return self.distances.get((metric, *where)) or self.distances.get((WHOLE, *where))


def place_of(shift: str, severity: float) -> tuple[str, float]:
    """Where a dose is stored: every dial begins at the one identity cell."""
    return (shift, severity) if severity > 0 else (IDENTITY, 0.0)


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sorting key by which block 10 stands after block 2."""
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in parts)
