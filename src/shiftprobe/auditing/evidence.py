"""What checks look at: the checkpoint, the images of both sides, and what it answered to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.model import CheckpointFacts
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.types import Note, Predictions
from shiftprobe.core.types import Condition, LookPrecision
from shiftprobe.data.bundle import Bundle

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.auditing.estimate.types import AccuracyEstimate
    from shiftprobe.engine.shifted_sets import Dose
    from shiftprobe.models.own_preprocess import PreprocessOrigin
    from shiftprobe.models.preprocess import Preprocess
    from shiftprobe.results.about import NameConflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The checkpoint under audit, as a network."""

    model: "nn.Module" = field(repr=False)  # on the CPU, in evaluation mode
    head: str  # path of the layer that gives the logits
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
    answered: str = ""  # SHA-256 of its answers to made-up images: equal weights may sit in different code

    @property
    def preprocess_guessed(self) -> bool:
        """Whether nobody said how images were prepared when it was trained."""
        return self.preprocess_origin in {"usual", "usual, own size", "fitted"}


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

    def __len__(self) -> int:
        """How many images are looked at."""
        return len(self.index)

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
class AuditEvidence:
    """Everything a check may use. `dial` has predictions per shifted condition, on the images of `data`."""

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
    working: int | None = None  # px: what larger images are brought to before a shift; None: their own resolution

    @property
    def grouped(self) -> bool:
        """Whether images of either side belong together."""
        return any(side is not None and side.clusters is not None for side in (self.data, self.target))

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Another checkpoint on the same images."""

    name: str
    fingerprint: str
    sides: Mapping[str, Paired]  # "data", and "target" where both have labels there
