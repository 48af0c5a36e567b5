"""A run as plain frozen data: what the page may say, before any of it is worded or drawn."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from shiftprobe.core.types import IDENTITY, Condition
from shiftprobe.report.kit.measures import LayerMeasure, LayerPlace, Measure
from shiftprobe.report.kit.per_class import Classes
from shiftprobe.report.kit.pictures import Pictures
from shiftprobe.report.kit.provenance import Download
from shiftprobe.report.kit.samples import Sample
from shiftprobe.results.about import Environment, Prepared
from shiftprobe.results.diagnosis import Diagnosis
from shiftprobe.results.flip_map import FlipsFound
from shiftprobe.results.gallery import Gallery
from shiftprobe.results.model import ArmPoint, Contrast, Curve, Summary
from shiftprobe.results.summary.accuracies import ArmPlace

WHOLE = "all"  # metric of the one row that a probe leaves when it cannot look


@dataclass(frozen=True, slots=True)
class PairPlace:
    """Where two arms were compared."""

    condition: Condition
    budget: int | None
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class TapPlace:
    """Where a probe looked with one network; both names empty where it could not look at all."""

    probe: str
    arm: str
    tap: str
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRun:
    """Everything the page is made of."""

    summary: Summary
    spec: Mapping[str, object]
    environment: Environment
    points: Mapping[ArmPlace, ArmPoint]
    contrasts: Mapping[PairPlace, Contrast]
    measures: Mapping[TapPlace, Measure]
    samples: Mapping[Condition, Sample]
    pairs: tuple[tuple[str, str], ...] = ()  # of arms that were compared, in the order they were declared
    rows: tuple[Measure, ...] = ()  # every row of `results.json` but those of interventions
    walked: tuple[Measure, ...] = ()  # its rows of lines between weights
    thumbnails: int | None = None  # pictures of images that were asked for
    curves: tuple[Curve, ...] = ()
    distances: Mapping[tuple[str, Condition], Measure] = field(default_factory=dict)  # by metric
    layers: Mapping[LayerPlace, LayerMeasure] = field(default_factory=dict)  # what was found at single taps
    pictures: Pictures = field(default_factory=Pictures)
    of_run: Mapping[str, float] = field(default_factory=dict)  # what the probe of the embedding measured, by metric
    galleries: tuple[Gallery, ...] = ()  # largest budget first
    thumbs: Mapping[str, str] = field(default_factory=dict)  # file name -> data URI
    flips: FlipsFound = field(default_factory=FlipsFound)
    by_class: tuple[Classes, ...] = ()  # the unshifted target, then strong doses
    downloads: tuple[Download, ...] = ()  # its tables, where they fit into the page
    diagnosis: Diagnosis | None = None  # None where nothing was diagnosed

    def point(self, where: Condition, budget: int | None, arm: str) -> ArmPoint | None:
        """One arm in one condition; an arm without budget stands at every budget."""
        return self.points.get(ArmPlace(where, budget, arm)) or self.points.get(ArmPlace(where, None, arm))

    def contrast(self, where: Condition, budget: int | None, pair: tuple[str, str]) -> Contrast | None:
        """Two arms in one condition."""
        return self.contrasts.get(PairPlace(where, budget, *pair))

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
        target = self.summary.data.target
        return 1 / len(target.classes) if target and len(target.classes) > 1 else None

    @property
    def majority(self) -> float | None:
        """Accuracy of always naming the commonest class of the target's test images."""
        target = self.summary.data.target
        if target and target.majority is not None:
            return target.majority
        counts = [one.images for one in self.by_class[0].classes] if self.by_class else []
        return max(counts) / sum(counts) if target and len(counts) == len(target.classes) else None

    @property
    def levels(self) -> Mapping[str, float]:
        """Accuracies that need no network, by name; none where arms are judged in another score."""
        if self.summary.metric != "top1":
            return {}
        known = {"chance": self.chance, "majority class": self.majority}
        return {name: level for name, level in known.items() if level is not None}

    def taps(self, probe: str) -> tuple[str, ...]:
        """The taps a probe looked at, shallow to deep; by the numbers in their names where no order was kept."""
        seen = {place.tap for place in self.measures if place.probe == probe and place.tap}
        known = [tap for tap in self.summary.taps if tap in seen]
        return (*known, *sorted(seen.difference(known), key=natural))

    def measure(self, probe: str, arm: str, tap: str, where: Condition) -> Measure | None:
        """What a probe found at one tap in one condition, or why it found nothing at all."""
        whole = TapPlace(probe, "", "", where)
        return self.measures.get(TapPlace(probe, arm, tap, where)) or self.measures.get(whole)

    def layer(self, what: tuple[str, str], who: tuple[str, str], tap: str, where: Condition) -> LayerMeasure | None:
        """What was found at one tap: probe and metric, arm and against whom, in which condition."""
        return self.layers.get(LayerPlace(*what, *who, tap, where))

    def distance(self, metric: str, where: Condition) -> Measure | None:
        """How far a condition moves the images or the checkpoint's features, or why that is not known."""
        return self.distances.get((metric, where)) or self.distances.get((WHOLE, where))


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sorting key by which block 10 stands after block 2."""
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in parts)


def shifts_of(run: ReadRun) -> tuple[str, ...]:
    """The dials of a run; one that compares without shifts has the unshifted target alone."""
    return run.summary.shifts if run.drifts else (IDENTITY,)


def flat(tree: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, str]]:
    """A nested spec as lines: ('train.lr', '0.002')."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{key}", ", ".join(map(str, value)) or "none"
        else:
            yield f"{prefix}{key}", "not set" if value is None else str(value)


def prepared(one: Prepared | None, prefix: str) -> Iterable[tuple[str, str]]:
    """Preprocessing as lines; none where it is not known."""
    return flat(asdict(one), prefix) if one else ()
