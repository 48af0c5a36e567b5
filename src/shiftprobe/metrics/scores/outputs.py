"""What one network answered to N labelled images, as scores need it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_features, as_floats
from shiftprobe.metrics.per_class import within

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
TWO = 2  # classes
TOP = 5  # answers among which `top5` looks for the truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """True classes, answers, and how likely the network held the truth.

    Args:
        labels: (N,) true classes, from 0 to classes - 1.
        answers: (N,) predicted classes.
        classes: how many the head knows.
        log_likelihood: (N,) logarithm of the probability given to the true class, nats, at most 0; None: not kept.
        ranks: (N,) how many classes the network held for likelier than the true one; None: not kept.
    """

    labels: Labels
    answers: Labels
    classes: int
    log_likelihood: Floats | None = None
    ranks: Labels | None = None

    @classmethod
    def of(
        cls, labels: ArrayLike, answers: ArrayLike, classes: int, log_likelihood: ArrayLike | None = None
    ) -> "Outputs":
        """The same from any arrays, checked.

        Raises:
            InputError: when lengths differ, there is no image, a class is not among them, or a likelihood is above 1.
        """
        truth, said = within(labels, "labels", classes), within(answers, "answers", classes)
        if len(truth) != len(said):
            raise InputError(f"each image needs a label and an answer, got {len(truth)} and {len(said)}")
        if log_likelihood is None:
            return cls(labels=truth, answers=said, classes=classes)
        likely = as_floats(log_likelihood, "log_likelihood")
        if likely.shape != truth.shape or not (likely <= 0.0).all():
            raise InputError(f"each image needs the logarithm of a probability, got {likely.shape} for {truth.shape}")
        return cls(labels=truth, answers=said, classes=classes, log_likelihood=likely)

    @classmethod
    def of_logits(cls, logits: ArrayLike, labels: ArrayLike) -> "Outputs":
        """The same from logits (N, C); of equal ones the first is the answer.

        Raises:
            InputError: when logits are no table or not finite, or labels do not fit.
        """
        table = as_features(logits, "logits")
        truth = within(labels, "labels", table.shape[1])
        if len(truth) != len(table):
            raise InputError(f"each image needs logits and a label, got {len(table)} and {len(truth)}")
        found = cls.of(truth, table.argmax(axis=1), table.shape[1], log_likelihoods(table, truth))
        return replace(found, ranks=true_ranks(table, truth))

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.labels)

    @property
    def right(self) -> NDArray[np.bool_]:
        """(N,) which answers are right."""
        return np.asarray(self.answers == self.labels)

    @property
    def near(self) -> NDArray[np.bool_]:
        """(N,) which true classes are among the five that the network holds for likeliest.

        Raises:
            InputError: when ranks were not kept, or there are no more than five classes.
        """
        if self.classes <= TOP:
            raise InputError(f"top5 of {self.classes} classes holds every one of them; top1 says more")
        if self.ranks is None:
            raise InputError(
                "how many classes each network held for likelier than the truth was not kept; make the run again"
            )
        return np.asarray(self.ranks < TOP)

    @property
    def counts(self) -> Labels:
        """(C,) images of each class."""
        return np.bincount(self.labels, minlength=self.classes)

    @property
    def likely(self) -> Floats:
        """`log_likelihood`, where it is needed.

        Raises:
            InputError: when it was not kept.
        """
        if self.log_likelihood is None:
            raise InputError("how likely each network held the truth was not kept; make the run again")
        return self.log_likelihood

    @property
    def ranking(self) -> tuple[Floats, NDArray[np.bool_]]:
        """(N,) log odds of the second class against the first, and which images are of it.

        Raises:
            InputError: unless there are two classes, each with an image, or when likelihoods were not kept.
        """
        if self.classes != TWO:
            raise InputError(f"auroc ranks the images of two classes, got {self.classes} classes")
        if not self.counts.all():
            raise InputError("auroc ranks the images of two classes, got images of one")
        with np.errstate(divide="ignore"):
            odds = self.likely - np.log(-np.expm1(self.likely))  # of the true class: exact where it is nearly sure
        second = self.labels == 1
        return np.where(second, odds, -odds), second


def true_ranks(logits: NDArray[np.floating[Any]], labels: Labels) -> Labels:
    """(N,) how many classes stand before the true one: likelier ones, and as likely ones named before it."""
    own = logits[np.arange(len(logits)), labels][:, None]
    before = np.arange(logits.shape[1]) < labels[:, None]
    return np.asarray(((logits > own) | ((logits == own) & before)).sum(axis=1), np.int64)


def log_likelihoods(logits: Floats, labels: Labels) -> Floats:
    """(N,) logarithm of the probability of the true class, exact where it is nearly sure, from logits (N, C)."""
    if logits.shape[1] == 1:
        return np.zeros(len(logits))
    place = np.arange(len(logits)), labels
    ahead = logits - logits[place][:, None]
    ahead[place] = -np.inf  # what competes with the truth
    most = ahead.max(axis=1)
    others = most + np.log(np.exp(ahead - most[:, None]).sum(axis=1))
    return np.asarray(-np.logaddexp(0.0, others))
