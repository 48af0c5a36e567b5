"""What checks and repairs measure besides verdicts: fractions, None without a value. Older files lack some defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = tuple[float | None, ...]  # a number per severity
Bin: TypeAlias = tuple[float, float, float]  # of confidence: images, the sum of their confidence, how many are right


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Accuracy along one shift. Rows stand side by side, one entry per severity."""

    severities: tuple[float, ...]  # growing, 0 first
    accuracy: Row = ()
    low: Row = ()
    high: Row = ()
    fitted: Row = ()  # monotone
    lower: Row = ()  # one-sided bounds; passes_to rests on the lower one
    upper: Row = ()
    n: int | None = None
    floor: float | None = None
    passes_to: float | None = None
    crosses_at: float | None = None
    confidence: Row = ()  # mean confidence of the answers
    reason: str = ""


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
class RejectionCurve:
    """Error of the answers that are kept, as less sure ones are turned away."""

    coverage: tuple[float, ...] = ()
    risk: tuple[float, ...] = ()
    aurc: float | None = None
    threshold: float | None = None
    rejected: float | None = None
    rejected_low: float | None = None
    rejected_high: float | None = None
    error: float | None = None
    n: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAccuracy:
    """Accuracy on labelled images of the target."""

    accuracy: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftHarm:
    """How surely two domains are told apart, and the accuracy lost between them."""

    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None
    mmd_p: float | None = None
    mmd_effect: float | None = None
    loss: float | None = None
    loss_low: float | None = None
    loss_high: float | None = None
    harm: float | None = None
    harm_low: float | None = None
    harm_high: float | None = None
    measured: bool | None = None  # False: the loss is estimated, the target has no labels
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPreprocessing:
    """One other preprocessing, on the same images; without a gain it could not be tried, with the reason."""

    name: str
    accuracy: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreprocessingTrials:
    """Every other preprocessing that was tried."""

    tried: tuple[OtherPreprocessing, ...]
    n: int | None = None
    best: str | None = None  # the one that is proven better


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One thing that was tried; where it was not, `reason` says why and there are no numbers."""

    name: str  # "bn_adapt", "head", "temperature", "preprocessing"
    title: str
    what: str = ""  # one sentence with the numbers
    metric: str = "accuracy"  # or "calibration gap", |confidence - accuracy|
    before: float | None = None
    after: float | None = None
    gain: float | None = None  # above 0 is better, whatever the metric
    low: float | None = None
    high: float | None = None
    n: int | None = None
    labels: int = 0  # that it needs
    reason: str = ""
    recovers: float | None = None  # share of the accuracy lost against clean images
    recovers_low: float | None = None
    recovers_high: float | None = None
    on: str = ""  # "target", "shift motion_blur at 0.25", "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStability:
    """How alike the maps of images are, clean and under one shift: a mean rank correlation."""

    rank: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    sanity: float | None = None  # the same with random weights
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapsByShift:
    """Whether the checkpoint looks at the same places under a shift."""

    shifts: Mapping[str, MapStability]
    method: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChange:
    """One class, this checkpoint and the baseline on the same images."""

    name: str
    n: int
    ours: float
    theirs: float
    only_ours: int
    only_theirs: int

    @property
    def difference(self) -> float:
        """This checkpoint less the baseline."""
        return self.ours - self.theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineComparison:
    """This checkpoint and an earlier one on the same images."""

    baseline: str
    fingerprint: str = ""
    n: int
    lost_images: int = 0
    ours: float
    theirs: float
    difference: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    only_ours: int
    only_theirs: int
    both: int | None = None
    neither: int | None = None
    margin: float | None = None
    per_class: tuple[ClassChange, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferGain:
    """The headline of a comparison run: transfer less scratch."""

    run: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None  # seeds
    verdict: str | None = None
    sentence: str | None = None
    differs: str = ""  # where the run was made on other data
