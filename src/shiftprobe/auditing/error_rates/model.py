"""The nouns of a calibration: a rate with its exact interval, a gate's errors, and all of them with what made them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shiftprobe.auditing.model import CheckpointFacts, Machine
from shiftprobe.auditing.types import Note
from shiftprobe.metrics.binomial import clopper_pearson, tails
from shiftprobe.stats import holm

LEVEL = 0.05  # of all flags together


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often something went wrong in independent draws, a fraction with its exact 95 % interval."""

    count: int
    of: int  # draws
    value: float
    low: float
    high: float
    promised: float | None = None  # at most so often; None: nothing is promised
    exceeds: bool = False  # errs more often than promised: exact test, Holm over all rates with a promise


def rate(happened: Sequence[bool], promised: float | None = None) -> Rate | None:
    """The share of draws in which something happened.

    Args:
        happened: (R,) one per draw.
        promised: the largest share that is promised, a fraction; None where none is.

    Returns:
        None without a draw.

    Reference: Clopper and Pearson, 1934, Biometrika 26(4).
    """
    if not happened:
        return None
    count, of = sum(map(bool, happened)), len(happened)
    low, high = clopper_pearson(count, of)
    most = None if promised is None else round(promised, 12)  # half of 1 - .95 in binary is more than .025
    return Rate(count=count, of=of, value=count / of, low=low, high=high, promised=most)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateErrors:
    """What one gate, family of gates or test gets wrong on images whose truth is known; fractions."""

    name: str  # "accuracy", "severity", "drift:mmd"
    title: str
    gates: bool  # whether it decides an audit of this policy; else it only warns
    images: int = 0  # of each draw; of each side where two sets are compared
    truth: float | None = None  # what all images give, where the threshold is put
    unit: str = "fraction"
    planted: str = ""  # the known change that `missed` is about
    false_fail: Rate | None = None  # fails what just meets its threshold
    false_pass: Rate | None = None  # passes what just misses it
    outside: Rate | None = None  # the interval does not hold the truth
    missed: Rate | None = None  # the planted change is not failed; `promised` is what the gate itself tells
    undecided: Rate | None = None  # cannot tell, at the policy's own threshold on the data as they are
    width: float | None = None  # mean width of the interval, of an estimate
    reason: str = ""  # why something was not measured

    @property
    def rates(self) -> Mapping[str, Rate]:
        """Those that were measured, by the name of their field."""
        return {name: one for name in RATES if (one := getattr(self, name)) is not None}

    @property
    def exceeding(self) -> tuple[str, ...]:
        """Names of the rates that are proven to be above what is promised."""
        return tuple(name for name, one in self.rates.items() if one.exceeds)


RATES = ("false_fail", "false_pass", "outside", "missed", "undecided")
"""In the order of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditErrors:
    """What an audit of these gates comes to as a whole, over the same draws."""

    false_fail: Rate | None  # some gate fails although every threshold is just met
    passes: Rate | None  # at the policy's own thresholds on the data as they are
    fails: Rate | None
    undecided: Rate | None
    gates: int  # that took part


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Everything in `calibrate.json`; table, page and terminal are made of it alone."""

    schema: Literal["shiftprobe-calibration"] = "shiftprobe-calibration"
    version: Literal[1] = 1
    sentence: str
    name: str
    command: str
    checkpoint: CheckpointFacts
    policy: Mapping[str, object]
    policy_from: str
    data: str  # name of the labelled images
    population: int  # of them, from which all draws come
    groups: int | None = None  # that they form; None: images are independent
    target: str | None = None
    target_images: int | None = None
    images: int  # of a draw
    draws: int
    loss: float  # that is planted where nothing else is said
    whole: AuditErrors
    rows: tuple[GateErrors, ...]
    notes: tuple[Note, ...]
    environment: Machine

    @property
    def exceeding(self) -> tuple[GateErrors, ...]:
        """The gates that err more often than they promise."""
        return tuple(one for one in self.rows if one.exceeding)


def flagged(rows: Sequence[GateErrors]) -> tuple[GateErrors, ...]:
    """The same with every rate marked that is proven to lie above its promise.

    One exact binomial test per promise, Holm over all of them: in the whole table a flag is false in 5 % at most.

    Args:
        rows: every gate's errors.

    Reference: Holm, 1979, Scandinavian Journal of Statistics 6(2).
    """
    places = [(i, name) for i, row in enumerate(rows) for name, one in row.rates.items() if one.promised is not None]
    rates = [rows[i].rates[name] for i, name in places]
    ps = holm([_above(one) for one in rates]).tolist() if rates else []
    above = {place for place, p in zip(places, ps, strict=True) if p <= LEVEL}
    return tuple(_marked(row, {name for j, name in above if j == i}) for i, row in enumerate(rows))


def _marked(row: GateErrors, exceeding: set[str]) -> GateErrors:
    def of(name: str) -> Rate | None:
        one = row.rates.get(name)
        return None if one is None else replace(one, exceeds=name in exceeding)

    return replace(
        row,
        false_fail=of("false_fail"),
        false_pass=of("false_pass"),
        outside=of("outside"),
        missed=of("missed"),
        undecided=of("undecided"),
    )


def _above(one: Rate) -> float:
    """Exact p against "at most as often as promised"; nothing happens more often than always."""
    if one.promised is None or one.promised >= 1.0:
        return 1.0
    return tails(one.count, one.of, one.promised).above if one.promised > 0.0 else float(one.count == 0)
