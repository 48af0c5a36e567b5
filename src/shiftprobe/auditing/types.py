"""The nouns of an audit: a check, what it rests on, and the verdict over all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Status: TypeAlias = Literal["pass", "warn", "fail", "cannot tell", "not done"]
"""`warn` is a failure of a check that does not gate; `not done` has no value here, with the reason."""

Outcome: TypeAlias = Literal["pass", "fail", "cannot tell"]

EXIT_CODES: Mapping[Outcome, int] = {"pass": 0, "fail": 1, "cannot tell": 3}

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something a reader must know that is no check: a guess, a conversion, what was left out."""

    about: str  # "arch", "classes", "weights", "preprocess", "data"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one check file hands back: its checks, and plain data for the page under the check's kind."""

    checks: tuple[Check, ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict)  # {key of verdicts.json: plain data}
