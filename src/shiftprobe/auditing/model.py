"""What an audit found, typed: one spelling of every key of `verdicts.json`, for its makers and its readers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from shiftprobe.auditing.estimate.types import AccuracyEstimate
from shiftprobe.auditing.measurements import (
    BaselineComparison,
    Bin,
    ClassAccuracy,
    ClassOrder,
    Confusion,
    Dial,
    DriftHarm,
    GroupAccuracy,
    MapsByShift,
    PredictionSets,
    PreprocessingTrials,
    RejectionCurve,
    Repair,
    Shortcut,
    SliceSearch,
    TargetAccuracy,
    TransferGain,
    WrittenRepair,
)
from shiftprobe.auditing.types import Check, Note, Outcome
from shiftprobe.data.bundle import Skipped
from shiftprobe.results.marks import Mark
from shiftprobe.results.reading_choices import ReadingChoices


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongAnswer:
    """One image that is answered wrongly with high confidence."""

    file: str  # below samples/
    label: str
    answer: str
    confidence: float | None = None
    path: str | None = None  # where the image comes from
    on: Literal["target", "data", ""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What checks and repairs measured besides their verdicts, for the page; what was not asked is absent."""

    dials: Mapping[str, Dial] = field(default_factory=dict)  # by shift
    classes: tuple[ClassAccuracy, ...] = ()
    target_classes: tuple[ClassAccuracy, ...] = ()  # the same on a labelled target
    groups: tuple[GroupAccuracy, ...] = ()
    confusion: Confusion | None = None
    risk_coverage: RejectionCurve | None = None
    prediction_sets: PredictionSets | None = None
    reliability: Mapping[str, tuple[Bin, ...]] = field(default_factory=dict)  # "clean", "target"
    estimates: AccuracyEstimate | None = None
    target: TargetAccuracy | None = None
    drift: DriftHarm | None = None
    preprocessing: PreprocessingTrials | None = None
    repairs: tuple[Repair, ...] = ()
    written: WrittenRepair | None = None  # what --write kept of them
    attribution: MapsByShift | None = None
    regression: BaselineComparison | None = None
    regression_target: BaselineComparison | None = None
    class_order: ClassOrder | None = None
    shares: Mapping[str, float] = field(default_factory=dict)  # of the target's classes, estimated from predictions
    transfer: TransferGain | None = None
    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by condition: files below samples/
    worst: tuple[WrongAnswer, ...] = ()
    slices: tuple[SliceSearch, ...] = ()  # by side
    shortcuts: tuple[Shortcut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one check hands back: its verdicts, and what it measured for the page."""

    checks: tuple[Check, ...] = ()
    shown: Measurements = field(default_factory=Measurements)


def together(parts: Iterable[Measurements]) -> Measurements:
    """All measurements in one; of two that measured the same the later counts."""
    found = {one.name: value for part in parts for one in fields(part) if (value := getattr(part, one.name))}
    return Measurements(**found)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFacts:
    """What is known of the checkpoint under audit, and from where."""

    path: str  # as given
    sha256: str  # of the file's bytes
    bytes: int | None = None
    format: str = ""
    arch: str
    arch_from: str = ""
    parameters: int
    dtypes: tuple[str, ...] = ()
    classes: tuple[str, ...]  # names of the head's outputs, in order
    classes_from: str = ""
    preprocess_from: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCounts:
    """How many images of a side were looked at."""

    used: int
    available: int
    skipped: tuple[Skipped, ...] = ()
    set_aside: int = 0  # files that never claimed to be pictures
    set_aside_first: tuple[Skipped, ...] = ()  # the first of them
    reading: ReadingChoices | None = None  # what hangs on who read their files, where anything does


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledData:
    """The labelled images by class and group."""

    name: str
    classes: Mapping[str, int]
    groups: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetData:
    """The images of the domain to be entered."""

    name: str
    labelled: bool
    used: int
    available: int
    skipped: tuple[Skipped, ...] = ()
    set_aside: int = 0
    set_aside_first: tuple[Skipped, ...] = ()
    classes: Mapping[str, int] | None = None
    reading: ReadingChoices | None = None
    few_labels: int | None = None  # how many of the images have a label, where most have none

    @property
    def measured(self) -> bool:
        """Whether accuracy there rests on labels, of all images or of a few."""
        return self.labelled or self.few_labels is not None

    @property
    def told(self) -> str:
        """Whether its images have labels, in words."""
        if self.labelled:
            return "with labels"
        return f"with {self.few_labels:,} labels" if self.few_labels else "without labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where an audit was made; no clock, so that two audits give one file."""

    python: str
    platform: str
    device: str
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Everything in `verdicts.json`; the page, JUnit and the rest are made of it alone."""

    schema: Literal["shiftprobe-verdicts"]
    version: Literal[1]
    status: Outcome
    exit_code: int
    sentence: str
    name: str
    command: str
    digest: str
    checkpoint: CheckpointFacts
    preprocess: Mapping[str, object]
    preprocess_from: str
    policy: Mapping[str, object]  # every threshold, as resolved
    policy_from: str
    images: ImageCounts
    data: LabelledData
    target: TargetData | None
    notes: tuple[Note, ...]
    checks: tuple[Check, ...]
    shown: Measurements
    environment: Machine
    marks: tuple[Mark, ...] = ()  # what limits the verdict, the gravest first

    @property
    def confidence(self) -> float:
        """Of every interval and bound, a fraction."""
        known = self.policy.get("confidence")
        return float(known) if isinstance(known, int | float) else 0.95
