"""What a run says, typed once: the summary of its rows and its curves.

A field's name is its key in the run folder's files: `summary_file.py` writes them, `reading.py` reads them. The file is
longer than others on purpose: a result has one class, and whoever looks for its fields looks in one place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from shiftprobe.core.types import IDENTITY, Condition
from shiftprobe.metrics.scores import ScoreName
from shiftprobe.results.about import Datasets, Prepared, SeverityScale, TowardGap, TrainedBy, WorkingResolution
from shiftprobe.results.about import SourceAccuracy as SourceAccuracy  # noqa: PLC0414 - a result, which home reads too
from shiftprobe.results.decision import Decision
from shiftprobe.results.marks import Mark, ordered
from shiftprobe.results.one_recipe import OneRecipe
from shiftprobe.results.tuning import Tuning
from shiftprobe.results.unfinished import Unfinished
from shiftprobe.spec.recipe import Recipe, Schedule
from shiftprobe.spec.tuning import Value
from shiftprobe.stats import Verdict as Judgement
from shiftprobe.stats import Worth

Word: TypeAlias = Literal["better", "worse", "equivalent", "inconclusive", "none"]
"""A run's verdict; none where nothing could be compared."""

Grade: TypeAlias = Literal["strong", "suggestive"]


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
class Labels:
    """What the checkpoint is worth in labelled images."""

    sentence: str
    equivalent_from: int | None = None
    worth: tuple[Worth, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Values that tuning chose for an arm, in `count` of its n conditions; in older folders of its n trainings."""

    arm: str
    budget: int
    values: Mapping[str, Value]
    count: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Converged:
    """Whether an arm was trained out; `last`: in how many trainings the last epoch was above all earlier ones."""

    arm: str
    budget: int
    median_best_epoch: float | None = None  # of the first epochs within one validation image of the best
    last: int = 0
    n: int = 0
    epochs: int | None = None
    late_best_epoch: float | None = None  # the same median of the first `late_of` trainings: among the last tenth
    late_of: int = 0
    falling: int = 0  # trainings whose loss still fell at the end, where it did in most of all, or of the first seeds'
    steps: int | None = None  # optimiser steps of each training
    fewest: int | None = None  # under which a schedule is short for such images
    majority: float | None = None  # what always naming the commonest class reaches in the score that is judged
    at_majority: tuple[int, ...] = ()  # seeds not shown to be above it in at least half of the conditions
    seeds: int = 0
    sched: Schedule = "constant"  # where the rate is annealed, a late best epoch and a falling loss say nothing
    train_accuracy: float | None = None  # median over trainings, on their own images as they are, after the last epoch
    not_learnt: int = 0  # annealed trainings that end with too few of their own images right, where most of them do

    @property
    def short(self) -> bool:
        """Whether it got fewer steps than images like these need."""
        return self.steps is not None and self.fewest is not None and self.steps < self.fewest

    @property
    def trained_out(self) -> bool:
        """Whether nothing says that longer training would change the arm."""
        return not (self.short or self.late_of or self.falling or self.at_majority or self.not_learnt)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyStop:
    """An arm most of whose trainings ended while their loss was still falling: `count` of `n`."""

    arm: str
    budget: int
    count: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFacts:
    """How the arms were trained."""

    validation: float | None = None  # fraction of the labelled images kept for choosing the epoch
    epochs: int | None = None
    sentence: str = ""
    rates: tuple[float, ...] = ()  # learning rates: the one, or those that tuning chose from
    recipes: Mapping[str, Recipe] = field(default_factory=dict)  # by arm; in older folders what their spec says
    recipe_sources: Mapping[str, str] = field(default_factory=dict)  # by arm, where its recipe was published
    tune: Mapping[str, tuple[Value, ...]] | None = None  # values tried
    tuning: Tuning | None = None  # every trial; None where nothing was tuned, and in older folders
    hyperparameters: tuple[tuple[str, str], ...] = ()
    chosen: tuple[Chosen, ...] = ()
    converged: tuple[Converged, ...] = ()
    early: tuple[EarlyStop, ...] = ()
    schedule: str = ""  # `early` in a sentence

    @property
    def longer(self) -> int:
        """Epochs of a schedule that leads on: three times as many, and enough for the fewest steps that count."""
        epochs = self.epochs or 1
        short = [(one.fewest or 0, one.steps or 1) for one in self.converged if one.short]
        return max([3 * epochs, *(-(-epochs * fewest // steps) for fewest, steps in short)])

    @property
    def lengthened(self) -> str:
        """The key of a spec that leads on, as `train.epochs=60`; in steps where that is how a recipe counts."""
        counted = max((one.steps or 0 for one in self.recipes.values()), default=0)
        if not counted:
            return f"train.epochs={self.longer}"
        return f"train.steps={max([3 * counted, *(one.fewest or 0 for one in self.converged)])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRate:
    """One training of a tuned arm: its best accuracy on the validation part, or why it failed."""

    lr: float
    accuracy: float | None = None
    failed: str = ""


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
    trials: tuple[TriedRate, ...] = ()
    recipe: Recipe | None = None  # what it was trained by; older folders know only the parts that their spec names
    train_accuracy: float | None = None  # of the last epoch's network, on training images as they are
    images: int | None = None
    validation_images: int | None = None

    @property
    def condition(self) -> Condition:
        """What its images met."""
        return Condition(self.shift, self.severity)


@dataclass(frozen=True, slots=True)
class Fact:
    """One sentence of evidence, and the addresses of the rows it was read from."""

    text: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A cause that the evidence supports, with what speaks against it and what would refute it."""

    name: str
    claim: str  # one sentence
    grade: Grade  # strong: holds with its interval wherever it was looked at; suggestive: in most places, or nearly
    evidence: tuple[Fact, ...]
    against: tuple[Fact, ...] = ()
    experiment: str = ""  # the cheapest one that could refute the claim, as flags of the same command


@dataclass(frozen=True, slots=True)
class Unknown:
    """A cause that the run cannot speak about, and what would let it."""

    name: str
    needs: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next, and the numbers that say so."""

    name: str  # of the rule
    text: str  # one or two sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Explanations, best first, and what is open."""

    explanations: tuple[Explanation, ...] = ()
    undecided: tuple[Unknown, ...] = ()

    @property
    def told(self) -> bool:
        """Whether anybody asked why."""
        return bool(self.explanations or self.undecided)


@dataclass(frozen=True, slots=True, kw_only=True)
class AstraySeeds:
    """How many trainings of an arm went astray: a share with its exact 95 % interval."""

    arm: str
    count: int
    n: int
    low: float
    high: float
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The declared comparison behind the verdict: a - b over the whole dial, fractions; one test, so no Holm."""

    difference: float
    low: float | None  # 95 % interval
    high: float | None
    n: int  # seeds
    sd: float | None = None  # of the differences, over seeds
    p: float | None = None
    p_holm: None = None
    p_equivalence: float | None = None
    margin_certified: float | None = None
    verdict: Judgement = "inconclusive"
    seeds_needed: tuple[int, int] | None = None
    margin: float | None = None
    image_low: float | None = None  # 95 % interval over test images, these seeds given
    image_high: float | None = None
    both_low: float | None = None  # 95 % interval, seeds and test images together
    both_high: float | None = None
    images: int | None = None
    astray: tuple[AstraySeeds, ...] = ()  # per arm, the trainings that the numbers leave out


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer: a word, the sentence that carries its numbers, and how the conditions stand one by one."""

    word: Word
    sentence: str
    detail: str = ""
    contrast: Headline | None = None
    pair: tuple[str, str] = ("transfer", "scratch")
    marks: tuple[Mark, ...] = ()  # what limits it, the gravest first
    with_all: Judgement | None = None  # the word with every training in, where it differs
    without_astray: Judgement | None = None  # the word without those that went astray, where it differs
    unshared: tuple[str, ...] = ()  # what the trainings of a seed did not share: order, crops; none: paired in training
    one_recipe: OneRecipe | None = None  # where the arms are trained by different recipes


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPoint:
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
    score: ScoreName = "top1"  # which one; more is better: of nll it is the log likelihood

    @property
    def condition(self) -> Condition:
        """What its images met."""
        return Condition(self.shift, self.severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Arm a minus arm b in one condition, seed by seed. Fractions; 95 % interval. What does not exist is None."""

    shift: str = IDENTITY
    severity: float = 0.0
    budget: int | None = None
    a: str
    b: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    sd: float | None = None  # of the differences, over seeds
    p: float | None = None
    p_holm: float | None = None
    p_equivalence: float | None = None
    margin_certified: float | None = None
    verdict: Judgement = "inconclusive"
    seeds_needed: tuple[int, int] | None = None
    reason: str = ""
    differences: tuple[float, ...] = ()
    image_low: float | None = None  # 95 % interval over test images, these seeds given
    image_high: float | None = None
    both_low: float | None = None  # 95 % interval, seeds and test images together
    both_high: float | None = None
    unpaired_low: float | None = None  # Welch, as if seeds were not paired
    unpaired_high: float | None = None
    per_seed: tuple[SeedPair, ...] = ()

    @property
    def condition(self) -> Condition:
        """What its images met."""
        return Condition(self.shift, self.severity)


def widest(one: Headline | Contrast) -> tuple[float | None, float | None]:
    """The 95 % interval over seeds and test images together; over seeds alone where there is no other."""
    return (one.low, one.high) if one.both_low is None or one.both_high is None else (one.both_low, one.both_high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The same trainings, each judged at its best epoch on the validation part."""

    points: tuple[ArmPoint, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    verdict: Verdict
    verdicts: tuple[Verdict, ...] = ()
    decision: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A cell that failed, and the last line of its error."""

    cell: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`summary.json`."""

    command: str
    name: str
    digest: str
    verdict: Verdict  # of the first declared pair
    decision: Decision | None = None  # what to do; None in folders made before there was one
    verdicts: tuple[Verdict, ...] = ()  # of every pair, over all conditions, the declared one first
    marks: tuple[Mark, ...] = ()  # what limits them all, the gravest first
    margin: float
    metric: ScoreName = "top1"  # the score in which arms are judged: of points, contrasts, verdicts and decision
    scores: tuple[ArmPoint, ...] = ()  # every arm on the unshifted target in the other scores
    arms: tuple[str, ...]
    skipped_arms: Mapping[str, str]
    shifts: tuple[str, ...]
    severities: tuple[float, ...]
    budgets: tuple[int, ...]
    seeds: tuple[int, ...]
    points: tuple[ArmPoint, ...]
    contrasts: tuple[Contrast, ...]
    others: tuple[Contrast, ...] = ()  # pairs that nobody declared, at the largest budget: what steps and causes ask
    data: Datasets
    failed: tuple[Failure, ...]
    pairing: str  # `paired` in a sentence
    paired: bool = True  # every seed of both arms met the same images, order, crops and head
    unshared: tuple[str, ...] = ()  # what trainings that are compared did not share, since their recipes differ
    device: str = ""
    source_accuracy: SourceAccuracy | None = None  # on images that are known not to have trained the checkpoint
    source_trained: TrainedBy = "here"
    source_reason: str = ""  # why there is no accuracy at home
    preprocess: Prepared | None = None
    working: WorkingResolution | None = None  # where shifts fall on larger images
    taps: tuple[str, ...] = ()  # in depth order, where the run knows it
    best: Best | None = None
    labels: Labels | None = None
    training: TrainingFacts | None = None
    scale: SeverityScale | None = None  # None: a severity is the dose itself
    toward: Mapping[str, TowardGap] = field(default_factory=dict)
    arms_about: Mapping[str, str] = field(default_factory=dict)
    why: Why = field(default_factory=Why)
    next: tuple[Step, ...] = ()  # the most pressing first
    unfinished: Unfinished | None = None  # how far the run is; None where it is finished

    @property
    def limits(self) -> tuple[Mark, ...]:
        """Every mark of the run and of its verdicts, the gravest first."""
        return ordered((*self.marks, *(mark for verdict in self.verdicts for mark in verdict.marks)))
