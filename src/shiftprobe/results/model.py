"""What a comparison of two arms leaves behind besides its verdict: seeds, label worth, training, curves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPair:
    """Both arms of one seed: accuracies and a - b as fractions, test images by who was right, exact McNemar p."""

    seed: int
    a: float
    b: float
    difference: float
    both: int | None = None
    a_only: int | None = None
    b_only: int | None = None
    neither: int | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """How many labels the second arm needs to reach what the first reaches with `budget`; 95 % interval over seeds."""

    budget: int
    equal_to: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    bound: str = ""  # "", "at least" or "at most": the number lies outside the budgets that were tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the checkpoint is worth in labelled images."""

    sentence: str
    equivalent_from: int | None = None
    worth: tuple[Worth, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Values that tuning chose for an arm, in `count` of its n trainings."""

    arm: str
    budget: int
    values: Mapping[str, Any]
    count: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Converged:
    """When an arm's trainings were at their best; `last`: in how many the last epoch was above all earlier ones."""

    arm: str
    budget: int
    median_best_epoch: float | None = None
    last: int = 0
    n: int = 0
    epochs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How the arms were trained."""

    validation: float | None = None  # fraction of the labelled images kept for choosing the epoch
    epochs: int | None = None
    sentence: str = ""
    tune: Mapping[str, Any] | None = None  # values tried
    hyperparameters: tuple[tuple[str, Any], ...] = ()
    chosen: tuple[Chosen, ...] = ()
    converged: tuple[Converged, ...] = ()
    schedule: str = ""  # which trainings stopped while their loss was falling


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One training, epoch by epoch: loss in nats, validation accuracy as fractions (empty without such a part)."""

    shift: str
    severity: float
    budget: int | None
    seed: int
    arm: str
    loss: tuple[float | None, ...] = ()
    validation: tuple[float | None, ...] = ()
    best_epoch: int | None = None  # from 1
    lr: float | None = None
    images: int | None = None
    validation_images: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One test image of a gallery: in how many seeds each outcome fell, and what each arm called it."""

    image: int
    label: str
    outcomes: Mapping[str, int] = field(default_factory=dict)
    a: Mapping[str, int] = field(default_factory=dict)  # predicted name -> seeds
    b: Mapping[str, int] = field(default_factory=dict)
    thumb: str = ""  # file name beside gallery.json
    pixelated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Who was right on which test images in one condition; outcomes are both, a_only, b_only, neither."""

    shift: str
    severity: float
    budget: int | None
    a: str
    b: str
    seeds: tuple[int, ...] = ()
    images: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)  # image x seed pairs
    found: Mapping[str, int] = field(default_factory=dict)  # images with that outcome in at least one seed
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Galleries:
    """`gallery/gallery.json`."""

    galleries: tuple[Gallery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Severities that mean equal distances: at severity s, s times `common` (mean 1 - SSIM)."""

    common: float
    reach: Mapping[str, float]  # per shift, the part of the common distance that it can reach
    doses: Mapping[str, Mapping[str, float]]  # per shift, the dose behind each severity

    def dose(self, shift: str, severity: float) -> float | None:
        """Where the shift's own dial stands at one severity of the run."""
        return self.doses.get(shift, {}).get(repr(severity))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One sentence of evidence, and the addresses of the rows behind it."""

    text: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A cause that the evidence supports."""

    name: str
    claim: str
    grade: str
    evidence: tuple[Evidence, ...]
    against: tuple[Evidence, ...] = ()
    experiment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A cause that the run cannot speak about, and what would let it."""

    name: str
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to do next, and the numbers that say so."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Explanations, best first, and what is open."""

    explanations: tuple[Explanation, ...] = ()
    undecided: tuple[Open, ...] = ()

    @property
    def told(self) -> bool:
        """Whether anybody asked why."""
        return bool(self.explanations or self.undecided)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where the numbers were made; no times, so that two runs give one page."""

    python: str
    platform: str
    device: str
    versions: Mapping[str, str]
    code: str | None = None  # digest of the code that makes numbers


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
