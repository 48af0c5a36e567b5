"""The scores by name: how each is read, and what may be decided by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.scores import contributions, intervals
from shiftprobe.metrics.scores.outputs import TOP, TWO, Outputs

ScoreName: TypeAlias = Literal["top1", "balanced_accuracy", "macro_f1", "nll", "auroc", "top5"]
ShareScore: TypeAlias = Literal["top1", "top5"]
"""Scores that are shares of images, so that exact tests can count them."""

Use: TypeAlias = Literal["gate", "sequence", "regression", "binomial test"]
"""What a policy may hang on a score: a threshold, a test that looks again after every label, a paired exact test
against a baseline, an exact test of the share of images that are right, under shifts and on a target."""

FEWEST_OF_CLASS = 5
"""Images of a class under which scores that count classes alike hold the truth too seldom (docs/statistics.md)."""

NAMES: tuple[ScoreName, ...] = get_args(ScoreName)
WHY_NOT: Mapping[Use, str] = {
    "gate": "one image that a network is surely wrong on moves it without bound, so no interval of it can decide",
    "sequence": "a sequence adds up images that are right or wrong, one by one",
    "binomial test": "it counts images that are right or wrong, and this score is no share of images",
    "regression": "the exact paired test counts images that only one checkpoint has right",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number for how good a network's answers are.

    Args:
        name: in specs and policies.
        title: as a reader reads it.
        unit: "fraction", from 0 to 1 and the higher the better; "nats", from 0 up and the lower the better.
        contributions: (N,) one number per image; their mean is the score.
        interval: ends at a confidence.
        uses: what a policy may hang on it.
        by_class: whether classes count alike, however many images they have; one without an image leaves it undefined.
    """

    name: ScoreName
    title: str
    unit: Literal["fraction", "nats"] = "fraction"
    contributions: Callable[[Outputs], NDArray[np.float64]]
    interval: Callable[[Outputs, float], tuple[float, float]]
    uses: frozenset[Use] = frozenset({"gate"})
    by_class: bool = True

    @property
    def rises(self) -> bool:
        """Whether more is better."""
        return self.unit == "fraction"

    @property
    def sign(self) -> int:
        """1, or -1 where less is better: what makes every score one of which more is better."""
        return 1 if self.rises else -1

    @property
    def short_unit(self) -> str:
        """Of a number times a hundred."""
        return "%" if self.rises else "1/100 nat"

    @property
    def heading(self) -> str:
        """What a table or an axis of it is called, before its unit."""
        return f"{self.title[0].upper()}{self.title[1:]}" if self.rises else "Log likelihood"

    @property
    def judged(self) -> str:
        """What arms are compared in: more of it is better."""
        return self.title if self.rises else "log likelihood, hundredths of a nat"

    def value(self, outputs: Outputs) -> float:
        """The score itself.

        Raises:
            InputError: when these images cannot give it.
        """
        return float(self.contributions(outputs).mean())

    def measure(self, outputs: Outputs, confidence: float = 0.95) -> "ScoreInterval":
        """The score with its interval.

        Raises:
            InputError: when these images cannot give it, or confidence is no fraction below 1.
        """
        low, high = self.interval(outputs, confidence)
        return ScoreInterval(score=self.name, value=self.value(outputs), low=low, high=high, n=len(outputs))

    def weight(self, outputs: Outputs) -> float:
        """How much one image's answer may move the score times N, as a root mean square over images.

        1 for accuracy; more where classes count alike and are of unequal size, because an image of a rare one weighs
        more; 0 for a score without bounds.
        """
        if not self.by_class:
            return 1.0 if self.rises else 0.0
        counts = outputs.counts[outputs.counts > 0]
        return float(np.sqrt((len(outputs) / counts).mean() / len(counts)))

    def rarest(self, outputs: Outputs) -> int | None:
        """Images of the rarest class, where classes count alike; under `FEWEST_OF_CLASS` a score may only warn."""
        return int(outputs.counts.min()) if self.by_class else None

    def chance(self, outputs: Outputs) -> float:
        """What a network reaches that says the same of every image: the commonest class, with the classes' shares."""
        shares = outputs.counts / len(outputs)
        commonest = np.full(len(outputs), shares.argmax())
        with np.errstate(divide="ignore"):
            constant = np.log(shares[outputs.labels])
        ranks = np.argsort(np.argsort(-shares, kind="stable"))[outputs.labels]
        said = replace(outputs, answers=commonest, log_likelihood=constant, ranks=ranks)
        return 0.5 if self.name == "auroc" else self.value(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreInterval:
    """A score of N images with its interval."""

    score: ScoreName
    value: float
    low: float
    high: float
    n: int


SCORES: Mapping[ScoreName, Score] = {
    one.name: one
    for one in (
        Score(
            name="top1",
            title="top-1 accuracy",
            contributions=contributions.of_top1,
            interval=intervals.of_top1,
            uses=frozenset(get_args(Use)),
            by_class=False,
        ),
        Score(
            name="balanced_accuracy",
            title="balanced accuracy",
            contributions=contributions.of_balanced_accuracy,
            interval=intervals.of_balanced_accuracy,
        ),
        Score(
            name="macro_f1",
            title="macro F1",
            contributions=contributions.of_macro_f1,
            interval=intervals.of_macro_f1,
        ),
        Score(
            name="nll",
            title="negative log likelihood",
            unit="nats",
            contributions=contributions.of_nll,
            interval=intervals.of_nll,
            uses=frozenset(),
            by_class=False,
        ),
        Score(
            name="auroc",
            title="area under the ROC curve",
            contributions=contributions.of_auroc,
            interval=intervals.of_auroc,
        ),
        Score(
            name="top5",
            title="top-5 accuracy",
            contributions=contributions.of_top5,
            interval=intervals.of_top5,
            uses=frozenset(get_args(Use)),
            by_class=False,
        ),
    )
}


def find(name: str) -> Score:
    """A score by its name.

    Raises:
        SpecError: naming the one that was probably meant, and all of them.
    """
    found = next((score for known, score in SCORES.items() if known == name), None)
    if found is None:
        raise SpecError(f"no score called {escape(name)}{suggest(name, NAMES)} (known: {', '.join(NAMES)})")
    return found


def check_use(name: str, use: Use) -> None:
    """Refuse what a score cannot bear.

    Raises:
        SpecError: in one line, with what to do instead.
    """
    score = find(name)
    if use in score.uses:
        return
    able = ", ".join(known for known, other in SCORES.items() if use in other.uses)
    instead = "write level: warn, or name another" if use == "gate" else "name another"
    raise SpecError(f"no {use} can rest on {name}: {WHY_NOT[use]}; {instead} ({able})")


def check_classes(name: str, classes: Sequence[str], labels: NDArray[np.int64]) -> None:
    """Refuse a score that images of these classes cannot give.

    Args:
        name: of the score.
        classes: their names.
        labels: (N,) class numbers of the images to be judged on.

    Raises:
        SpecError: in one line, naming the classes that are missing or how many there are.
    """
    score = find(name)
    if score.name == "auroc" and len(classes) != TWO:
        raise SpecError(f"auroc ranks the images of two classes, and there are {len(classes)}; choose macro_f1 instead")
    if score.name == "top5" and len(classes) <= TOP:
        raise SpecError(
            f"top5 needs a head of at least {TOP + 1} outputs, and there are {len(classes)}, so every answer would be "
            "right; choose top1 instead"
        )
    counts = np.bincount(labels, minlength=len(classes)).tolist()
    absent = [escape(known, 40) for known, count in zip(classes, counts, strict=True) if not count]
    if absent and score.by_class:
        raise SpecError(
            f"{name} needs test images of every class, got none of {', '.join(absent[:3])}"
            f"{', ...' if len(absent) > 3 else ''}; add some, leave the class out, or choose top1"  # noqa: PLR2004 - names
        )


def measures(outputs: Outputs) -> tuple[ScoreInterval, ...]:
    """Every score that these images can give, in the order of their names."""
    found = []
    for score in SCORES.values():
        try:
            found.append(score.measure(outputs))
        except InputError:
            continue
    return tuple(found)
