"""What checks look at: the checkpoint, the images of both sides, and what it answered to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.model import CheckpointFacts
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.types import Note, Predictions
from shiftprobe.core.errors import BlackBoxError
from shiftprobe.core.types import Condition, LookPrecision
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.reading import reading_choices
from shiftprobe.metrics.scores import ShareScore

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.auditing.estimate.types import AccuracyEstimate
    from shiftprobe.auditing.few_labels.known import KnownLabels
    from shiftprobe.auditing.other_weights import OtherWeights
    from shiftprobe.core.readers import OwnReader
    from shiftprobe.engine.shifted_sets import Dose
    from shiftprobe.models.own_preprocess import PreprocessOrigin
    from shiftprobe.models.preprocess import Preprocess
    from shiftprobe.repairs.attempt import Patient
    from shiftprobe.results.about import NameConflict
    from shiftprobe.results.reading_choices import ReadingChoices
    from shiftprobe.stats import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The checkpoint under audit, as a network."""

    model: "nn.Module" = field(repr=False)  # on the CPU, in evaluation mode
    head: str | None  # path of the layer that gives the logits; None: a black box, which gives scores alone
    preprocess: "Preprocess"
    classes: tuple[str, ...]  # (C,) names of the head's outputs, in order
    fingerprint: str  # SHA-256 of the weights file's bytes, hex
    preprocess_origin: "PreprocessOrigin" = "given"
    preprocess_given: tuple[str, ...] = ()  # keys that somebody named
    facts: CheckpointFacts
    notes: tuple[Note, ...] = ()
    conflict: "NameConflict | None" = None  # what the names given say against those of the file
    device: str = "cpu"  # that looks
    precision: LookPrecision = "float32"  # of its looks
    doubles: tuple[str, ...] = ()  # other architectures that its weights could be for as well
    answered: str = ""  # SHA-256 of its answers to made-up images: equal weights may sit in different code

    @property
    def patient(self) -> "Patient":
        """The network as one that can be looked into.

        Raises:
            BlackBoxError: where scores are all there is.
        """
        from shiftprobe.repairs.attempt import Patient

        if self.head is None:
            raise BlackBoxError("a network's layers")
        return Patient(model=self.model, head=self.head, preprocess=self.preprocess)

    @property
    def preprocess_guessed(self) -> bool:
        """Whether nobody said how images were prepared when it was trained."""
        from shiftprobe.models.own_preprocess import GUESSED

        return self.preprocess_origin in GUESSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The images of one side of the audit, those that are looked at."""

    name: str
    bundle: Bundle = field(repr=False)
    index: NDArray[np.int64] = field(repr=False)  # (N,) which of the bundle's images, growing
    labels: NDArray[np.int64] | None = field(repr=False)  # (N,) the head's outputs they should get; None: no labels
    groups: NDArray[np.str_] | None = field(default=None, repr=False)  # (N,) the domain of each image
    clusters: NDArray[np.int64] | None = field(default=None, repr=False)  # (N,) which images count as one draw
    left_out: int = 0  # further images that could be looked at; the policy or --images bounds how many are
    known: "KnownLabels | None" = None  # labels of some images of a side without

    def __len__(self) -> int:
        """How many images are looked at."""
        return len(self.index)

    def larger(self, limit: int) -> int:
        """How many of them have a longer shorter side, in px."""
        return int((self.bundle.shorter_sides[self.index] > limit).sum())

    def reading(self, reader: "OwnReader") -> "ReadingChoices | None":
        """Which of them hang on who reads their files; None where none says more than its pixels."""
        return reading_choices(self.bundle, self.index.tolist(), reader)

    def some(self, places: NDArray[np.int64]) -> "Side":
        """Some of its images."""
        if len(places) == len(self):
            return self
        return replace(
            self,
            index=self.index[places],
            labels=None if self.labels is None else self.labels[places],
            groups=None if self.groups is None else self.groups[places],
            clusters=None if self.clusters is None else self.clusters[places],
            known=None,
        )

    @property
    def draws(self) -> int | None:
        """How many groups the images form; None where each is a draw of its own."""
        return None if self.clusters is None else len(np.unique(self.clusters))

    @property
    def present(self) -> NDArray[np.int64]:
        """The head's outputs that stand for a class of these images, growing."""
        return np.unique(self.labels) if self.labels is not None else np.zeros(0, np.int64)


def dose_of(condition: Condition, seed: int, working: int | None) -> "Dose":
    """What is done to the images in a condition of an audit.

    Args:
        condition: a shift at a severity.
        seed: of its draws.
        working: px to which larger images are brought before it; None: they keep their own resolution.
    """
    from shiftprobe.engine.shifted_sets import Dose
    from shiftprobe.shifts import find

    return Dose(find(condition.shift), condition.severity, seed, working)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """In which order images are looked at under shifts, and how many at each step."""

    order: NDArray[np.int64]  # (N,) places among the labelled images; every beginning holds the classes in their shares
    sizes: tuple[int, ...]  # growing; the last is N
    shares: tuple[float, ...]  # of the level, what each step may spend

    def first(self, steps: int) -> NDArray[np.int64]:
        """The images of so many steps, growing places."""
        return np.sort(self.order[: self.sizes[steps - 1]])

    def new(self, step: int) -> NDArray[np.int64]:
        """The images that a step adds, counted from 1, growing places."""
        return np.sort(self.order[self.sizes[step - 2] if step > 1 else 0 : self.sizes[step - 1]])

    def gate(self, rights: Sequence[int], threshold: float, confidence: float) -> "Gate":
        """A share after as many steps as there are counts of right images, held against its threshold."""
        from shiftprobe.stats.staged_gate import staged_gate

        return staged_gate(rights, self.sizes[: len(rights)], self.shares, threshold, confidence)

    def counts(self, right: NDArray[np.bool_], steps: int) -> list[int]:
        """How many images were right at the end of each step, of (n,) images of so many steps, growing places."""
        whole = np.zeros(len(self.order), bool)
        whole[self.first(steps)] = right
        return [int(whole[self.order[:size]].sum()) for size in self.sizes[:steps]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """How many steps each shift was looked at."""

    steps: Steps
    after: Mapping[str, int]  # by shift, from 1
    hurried: bool = False  # time ended before every gate was decided, or every image looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvidence:
    """Everything a check may use. `dial` has predictions per shifted condition, on the images of `data`.

    An audit that stops early has looked at fewer of them under some shifts: `looked` says at which.
    """

    policy: Policy
    subject: Subject
    data: Side  # labelled
    clean: Predictions
    dial: Mapping[Condition, Predictions]
    target: Side | None = None
    on_target: Predictions | None = None
    baseline: "Baseline | None" = None  # what an earlier checkpoint answered
    run: Path | None = None  # a comparison run whose gain is asked for
    estimate: "AccuracyEstimate | None" = None  # of the accuracy on the target, made without its labels
    stopped: Stopped | None = None  # how far shifts were looked at; None: at every image
    working: int | None = None  # px: what larger images are brought to before a shift; None: their own resolution
    towards: "tuple[OtherWeights, ...]" = ()  # of the same network, to mix the audited ones with
    adapt: bool = False  # whether gradient steps are tried on copies

    @property
    def grouped(self) -> bool:
        """Whether images of either side belong together."""
        return any(side is not None and side.clusters is not None for side in (self.data, self.target))

    def looked(self, shift: str) -> NDArray[np.int64]:
        """Which of the labelled images were looked at under a shift, growing places."""
        return (
            np.arange(len(self.data)) if self.stopped is None else self.stopped.steps.first(self.stopped.after[shift])
        )

    def clean_under(self, shift: str) -> Predictions:
        """The answers to the images that were looked at under a shift, without it."""
        places = self.looked(shift)
        return self.clean.each(lambda array: array[places])

    def right(self, condition: Condition, score: ShareScore = "top1") -> NDArray[np.bool_]:
        """Whether each answer is right, of the images that were looked at in a condition."""
        return self.dial[condition].right(self.labels[self.looked(condition.shift)], score)

    def dose(self, condition: Condition) -> "Dose":
        """What is done to the images in a condition."""
        return dose_of(condition, self.policy.seed, self.working)

    @property
    def labels(self) -> NDArray[np.int64]:
        """(N,) labels of `data`, as outputs of the head."""
        if self.data.labels is None:  # planning refuses such data
            raise ValueError("the data of an audit have labels")
        return self.data.labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """What another checkpoint answered to images that both have seen, found by their content."""

    right: NDArray[np.bool_]  # (M,) whether the other one's answer is right
    index: NDArray[np.int64]  # (M,) the images' places on our side
    lost: int  # images of ours that it never saw
    answers: NDArray[np.int64] | None = None  # (M,) its answers as outputs of ours, -1 for others; None: not kept
    logits: NDArray[np.float32] | None = None  # (M, C) where it answered today


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Another checkpoint on the same images."""

    name: str
    fingerprint: str
    sides: Mapping[str, Paired]  # "data", and "target" where both have labels there
    looks: Mapping[Condition, NDArray[np.int64]] = field(default_factory=dict)  # its classes under everything, (N,)
    on_target: NDArray[np.int64] | None = None  # its classes; both only where the target has no labels
