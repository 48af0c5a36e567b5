"""What a diagnosis found, typed once: the experiments in the order they were done, and the causes they prove.

`diagnosis.json` in a run folder holds it; page, terminal and Markdown read it from here.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from shiftprobe.core.digest import digest

if TYPE_CHECKING:
    from shiftprobe.results.model import Summary

DIGITS = 16  # of a digest

Stage: TypeAlias = Literal["file", "worth", "schedule", "where", "head", "labels"]
"""In the order of their price: file and data; is there anything to explain; schedule and rate; where the gain lives;
head or body; labels and capacity."""

STAGES: tuple[Stage, ...] = ("file", "worth", "schedule", "where", "head", "labels")

Outcome: TypeAlias = Literal["cause", "suggestive", "ruled_out", "unclear", "not_possible"]
"""Named; named without its interval or from few images; shown to be none; neither; could not be tried here."""

Answer: TypeAlias = Literal["cause", "no_fault", "open"]
"""A cause is named; nothing is wrong, there is nothing to repair; none was found and something is left to explain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a repair does beyond its sham, a fraction of images, with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int  # images that judge
    seeds: int | None = None  # trainings on each side; None where nothing was trained


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One intervention: what was changed, what its sham was, what came of both."""

    name: str  # "batch_statistics"
    stage: Stage
    cause: str  # the cause that it proves where it works; a key of `diagnosing.causes`
    title: str  # "batch statistics re-estimated on the target"
    at: str  # where it was judged: "home", "target", or "gain" (transfer minus scratch)
    round: int = 0  # how many repairs were kept before it: it is judged on top of them
    before: float | None = None  # accuracy, or gain, without it; a fraction
    after: float | None = None  # with it
    sham: float | None = None  # with its sham
    sham_title: str = ""  # what the sham was
    effect: Effect | None = None  # repair minus sham
    gap: float | None = None  # what there was to explain before it, a fraction
    recovers: float | None = None  # the share of that gap which it brings back
    p: float | None = None  # of no effect beyond the sham, two-sided
    p_holm: float | None = None  # over all experiments of its stage and round at this place
    units: float = 0.0  # trainings: one arm, one seed, at the run's recipe
    outcome: Outcome
    reason: str = ""  # why it could not be tried, or what makes it suggestive only
    details: tuple[str, ...] = ()  # layers, classes or files by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A cause, and what to do about it."""

    name: str
    grade: Literal["strong", "suggestive"]  # strong: its repair works, with an interval that excludes the sham
    claim: str  # one sentence of at most 25 words
    do: str  # what to do, one sentence
    experiment: int  # its place in the path


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What there is to explain."""

    at: str  # "home", "target" or "gain"
    now: float  # accuracy as it is, or the gain of transfer over scratch; a fraction
    reach: float | None  # the best that anything reached there; None for a gain
    reached_by: str = ""  # what reached it
    n: int = 0  # images


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLooked:
    """An experiment that was not done, with its price."""

    name: str
    title: str
    units: float
    why: str  # "beyond the budget of 12 trainings", "the run has no source images"


def judged_on(summary: "Summary") -> str:
    """What tells whether a run has grown since it was diagnosed: its arms, conditions, budgets and seeds."""
    conditions = sorted({point.condition.key for point in summary.points})
    return digest([list(summary.arms), conditions, list(summary.budgets), list(summary.seeds)])[:DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """`diagnosis.json`."""

    answer: Answer
    sentence: str  # the headline, at most 25 words
    causes: tuple[Cause, ...] = ()  # the first is the answer
    gaps: tuple[Lack, ...] = ()
    path: tuple[Experiment, ...] = ()  # in the order in which they were done
    left: tuple[NotLooked, ...] = ()  # what was not looked at
    units: float = 0.0  # trainings spent on screening and confirming
    screened: float = 0.0  # of them, on screening
    budget: float | None = None  # trainings allowed
    condition: str = ""  # key of the condition that was looked at
    labels: int = 0  # the budget of labelled images
    command: str = ""
    judged: str = ""  # digest of what the run held then (`judged_on`); empty in files of earlier versions
