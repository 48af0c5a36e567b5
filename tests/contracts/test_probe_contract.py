from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Cell, Evidence, Finding, Row, Scope
from shiftprobe.metrics import principal_components
from shiftprobe.probes import PROBES, umap
from shiftprobe.probes.base import Amount, Price
from shiftprobe.testing import ContractError, check_probe, toy_evidence, toy_run

PLACES: dict[Scope, tuple[Scope, ...]] = {
    "checkpoint": ("checkpoint",), "arms": ("checkpoint", "arms"), "cells": ("checkpoint", "arms"), "run": ("run",),
}  # fmt: skip
CASES = [
    pytest.param(name, scope, marks=pytest.mark.slow if name == "umap" else ())  # which compiles for many seconds
    for name in PROBES for scope in PLACES[PROBES[name].scope]
]  # fmt: skip


@pytest.mark.parametrize(("name", "scope"), CASES)
def test_every_registered_probe_keeps_its_promises(name: str, scope: Scope) -> None:
    check_probe(PROBES[name], toy_run() if scope == "run" else toy_evidence(scope))


def test_the_probe_of_umap_keeps_its_promises_whatever_lays_its_points_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(umap, "umap_layout", lambda x: principal_components(x, 2))
    check_probe(PROBES["umap"], toy_run())


@dataclass(frozen=True)
class Handmade:
    """A probe as a third party would write it: the mean logit of every arm."""

    name: str = "handmade"
    scope: Scope = "arms"

    def __call__(self, evidence: Evidence) -> Finding:
        return Finding(tuple(self.row(evidence, arm) for arm in (*evidence.arms, *evidence.failed)))

    def row(self, evidence: Evidence, arm: str, **changes: Any) -> Row:
        place = {"cell": evidence.cell, "probe": self.name, "metric": "mean_logit", "arm": arm, "unit": "logit"}
        try:
            view = evidence.view(arm, "target")
        except NotAvailableError as error:
            return Row(**{**place, "value": None, "reason": str(error), **changes})
        return Row(**{**place, "value": float(view.logits.mean()), "n": len(view.labels), **changes})


def test_a_sound_probe_of_a_third_party_passes() -> None:
    for scope in ("checkpoint", "arms"):
        check_probe(Handmade(), toy_evidence(scope))


@dataclass(frozen=True)
class Broken(Handmade):
    """The sound probe, with one promise broken in what it does or gives."""

    look: Callable[[Evidence], Finding] | None = None
    change: dict[str, Any] = field(default_factory=dict)

    def __call__(self, evidence: Evidence) -> Finding:
        if self.look is not None:
            return self.look(evidence)
        sound = Handmade.__call__(self, evidence)
        return Finding(tuple(replace(row, **self.change) for row in sound.rows))


def sound(evidence: Evidence, arrays: dict[str, Any] | None = None) -> Finding:
    return Finding(Handmade()(evidence).rows, arrays or {})


def nothing(_: Evidence) -> Finding:
    return Finding(())


def twice(evidence: Evidence) -> Finding:
    return Finding(sound(evidence).rows * 2)


def nan(evidence: Evidence) -> Finding:
    return Finding((Handmade().row(evidence, evidence.arms[0], value=float("nan")),))


def by_chance(evidence: Evidence) -> Finding:
    return sound(evidence, {"noise": np.random.default_rng().random(3)})


def sorting(evidence: Evidence) -> Finding:
    for arm in evidence.arms:
        evidence.view(arm, "target").logits.sort()
    return sound(evidence)


def renaming(evidence: Evidence) -> Finding:
    for arm in evidence.arms:
        evidence.view(arm, "clean").features["mine"] = np.zeros((1, 1), np.float32)  # type: ignore[index]
    return sound(evidence)


def training(evidence: Evidence) -> Finding:
    model = evidence.view("source", "clean").model
    assert model is not None
    model.train()
    try:
        return sound(evidence)
    finally:
        training_mode.append(model)


training_mode: list[Any] = []


def failing(evidence: Evidence) -> Finding:
    return Finding(
        tuple(Handmade().row(evidence, arm, value=1.0, n=1) for arm in evidence.arms if evidence.view(arm, "target"))
    )


def stubborn(evidence: Evidence) -> Finding:
    for arm in evidence.failed:
        evidence.view(arm, "target")
    return sound(evidence)


def guessing(evidence: Evidence) -> Finding:
    arms = (*evidence.arms, *evidence.failed)
    return Finding(tuple(replace(Handmade().row(evidence, arm), value=0.0, n=1) for arm in arms))


def vague(evidence: Evidence) -> Finding:
    lost = tuple(Handmade().row(evidence, arm, value=None, reason="sorry") for arm in evidence.failed)
    return (
        Finding((*(Handmade().row(evidence, arm) for arm in evidence.arms), *lost)) if evidence.arms else Finding(lost)
    )


def blind(evidence: Evidence) -> Finding:
    rows = [
        Handmade().row(evidence, arm, value=1.0, tap=tap)
        for arm in evidence.arms
        for tap in evidence.view(arm, "target").features
    ]
    return Finding((*sound(evidence).rows, *rows))


def dividing(evidence: Evidence) -> Finding:
    spread = [
        1 / int(np.ptp(x, axis=0).any())
        for arm in evidence.arms
        for x in evidence.view(arm, "target").features.values()
    ]
    return sound(evidence, {"spread": np.array(spread)})


def objects(evidence: Evidence) -> Finding:
    return sound(evidence, {"mine": np.array([{}, None], dtype=object)})


def infinite(evidence: Evidence) -> Finding:
    return sound(evidence, {"mine": np.array([1.0, np.inf])})


def taken(evidence: Evidence) -> Finding:
    return sound(evidence, {"file": np.zeros(2)})


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a name with blanks": ({"name": "My Probe"}, "the name must be lower case letters, digits and _"),
    "an unknown scope": ({"scope": "cell"}, "the scope must be one of"),
    "the scope of a run": ({"scope": "run"}, "a probe of the run looks at many cells"),
    "no row": ({"look": nothing}, "at least one row"),
    "a row twice": ({"look": twice}, "two rows share the address"),
    "another cell": ({"change": {"cell": Cell("blur", 0.25)}}, r"the cell must be the evidence's, got blur~0.25"),
    "another probe": ({"change": {"probe": "accuracy"}}, "must carry the probe's name, got 'accuracy'"),
    "no metric": ({"change": {"metric": ""}}, "metric and unit must be named"),
    "a number of numpy's": ({"change": {"value": np.float32(0.5)}}, "numbers must be finite and Python's own"),
    "NaN": ({"look": nan}, "is a row with a reason, got ValueError: row .* holds nan"),
    "an interval without n": ({"change": {"low": -99.0, "high": 99.0, "n": None}}, "an interval needs n"),
    "half an interval": ({"change": {"low": -99.0, "n": 9}}, "low, value and high must rise"),
    "an interval elsewhere": ({"change": {"low": 98.0, "high": 99.0, "n": 9}}, "low, value and high must rise"),
    "a reason of two lines": ({"change": {"value": None, "reason": "a\nb"}}, "a reason is one line"),
    "chance": ({"look": by_chance}, "the same evidence must give the same finding"),
    "logits sorted in place": ({"look": sorting}, "the evidence must not change, and .* target did"),
    "features renamed": ({"look": renaming}, "the evidence must not change, and .* clean did"),
    "a network left in training mode": ({"look": training}, "the evidence must not change, and source clean did"),
    "no row for a failed arm": ({"look": failing}, "an arm that failed needs a row with the reason, got none for"),
    "an exception for a failed arm": ({"look": stubborn}, "is a row with a reason, got NotAvailableError: training"),
    "a value for a failed arm": ({"look": guessing}, "hold its reason and no value, not so for"),
    "a reason of its own for a failed arm": ({"look": vague}, "hold its reason and no value, not so for"),
    "a value for constant features": (
        {"look": blind},
        "features that are all alike give a reason and no value, got 1.0",
    ),
    "an exception for constant features": ({"look": dividing}, "got ZeroDivisionError"),
    "an array of objects": ({"look": objects}, "array 'mine' must hold numbers or text, got O"),
    "an infinite array": ({"look": infinite}, "array 'mine' holds NaN or infinity"),
    "an array that has no place in a file": ({"look": taken}, "arrays cannot be written"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_promise_is_found_and_named(fault: str) -> None:
    keys, words = BROKEN[fault]
    try:
        with pytest.raises(ContractError, match=words) as told:
            check_probe(Broken(**keys), toy_evidence("arms"))
    finally:
        while training_mode:
            training_mode.pop().eval()
    assert str(told.value).startswith(f"probe {keys.get('name', 'handmade')!r}: ")


@dataclass(frozen=True)
class Billed(Handmade):
    """The sound probe, which says what it costs."""

    passes: Callable[[Amount], float] = lambda amount: amount.test

    def cost(self, amount: Amount) -> Price:
        return Price(passes=self.passes(amount))


def test_a_probe_may_say_what_it_costs_and_is_held_to_sense() -> None:
    check_probe(Billed(), toy_evidence("arms"))
    wrong: list[Callable[[Amount], float]] = [
        lambda amount: 100 - amount.test, lambda amount: amount.test - 1, lambda _: float("nan"),
    ]  # fmt: skip
    for passes in wrong:
        with pytest.raises(ContractError, match="its cost must be finite, at least 0, and must not fall as work grows"):
            check_probe(Billed(passes=passes), toy_evidence("arms"))
