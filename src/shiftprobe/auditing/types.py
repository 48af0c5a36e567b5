"""The nouns of an audit: what a checkpoint predicted, a check of it, a note."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import BlackBoxError
from shiftprobe.metrics.scores import ShareScore, true_ranks
from shiftprobe.metrics.scores.outputs import TOP

Floats: TypeAlias = NDArray[np.floating[Any]]

Status: TypeAlias = Literal["pass", "warn", "fail", "cannot tell", "not done"]
"""`warn` is a failure of a check that does not gate; `not done` has no value here, with the reason."""

Outcome: TypeAlias = Literal["pass", "fail", "cannot tell"]

EXIT_CODES: Mapping[Outcome, int] = {"pass": 0, "fail": 1, "cannot tell": 3}

OPEN: tuple[Status, ...] = ("fail", "cannot tell", "warn")
"""What somebody must answer."""

ORDER: tuple[Status, ...] = ("fail", "cannot tell", "warn", "pass", "not done")
"""How checks are listed: what must be answered first stands first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What a gate can see with the images it has, fractions: its own limits, printed beside it."""

    loss: float  # below the threshold
    images: int
    missed: float  # probability that a checkpoint this far below the threshold is not failed
    wanted: float  # a share of misses one could live with
    needed: int | None  # images at which only that share is missed; None beyond reach
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question of the policy and its answer; numbers are fractions unless `unit` says otherwise."""

    name: str  # unique in an audit: "accuracy", "severity:gaussian_noise"
    kind: str  # what belongs together on the page: "accuracy", "severity"
    title: str  # "Top-1 accuracy on folder:photos"
    status: Status
    gates: bool  # whether it decides; else its failure is a warning
    reason: str  # one sentence with the numbers
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = "fraction"  # "fraction", "points" (a difference of fractions), "dose", "ratio", "count", "text"
    threshold: float | None = None
    relation: Literal["at least", "at most", ""] = ""
    p: float | None = None  # one-sided, of the side that was decided
    p_holm: float | None = None  # over its family
    fix: str = ""  # what to do about it; empty when it passed
    evidence: str = ""  # anchor of the section of the page that shows it
    power: Power | None = None
    with_all: Status | None = None  # its word where nothing is left out on the word of a file; None: no other word
    explained_by: str = ""  # name of the check whose reason it shares; empty in older files, and where it has its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something a reader must know that is no check: a guess, a conversion, what was left out."""

    about: str  # "arch", "classes", "weights", "preprocess", "data"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """What the checkpoint answered to one set of images; one forward pass."""

    logits: NDArray[np.float32]  # (N, C)
    features: Floats | None = None  # (N, D), what the head is given, in half precision where it fits; None: a black box

    @property
    def penultimate(self) -> Floats:
        """(N, D) what the head is given.

        Raises:
            BlackBoxError: where scores are all there is.
        """
        if self.features is None:
            raise BlackBoxError("what the head is given")
        return self.features

    @property
    def arrays(self) -> Mapping[str, Floats]:
        """All that there is, by the name of its field."""
        return {"logits": self.logits} | ({} if self.features is None else {"features": self.features})

    def each(self, change: Callable[[Floats], Floats]) -> "Predictions":
        """The same with every array changed: rows chosen, or copied."""
        return Predictions(**{name: change(array) for name, array in self.arrays.items()})

    @property
    def answers(self) -> NDArray[np.int64]:
        """(N,) the class with the largest logit; of equal ones the first."""
        return np.asarray(self.logits.argmax(axis=1), np.int64)

    def right(self, labels: NDArray[np.int64], score: ShareScore = "top1") -> NDArray[np.bool_]:
        """(N,) whether each answer is the label, or for top5 whether the five likeliest hold it."""
        if score == "top5":
            return np.asarray(true_ranks(self.logits, labels) < TOP)
        return np.asarray(self.answers == labels)
