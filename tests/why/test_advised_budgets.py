"""Every budget that is advised can be run: an image of each class at least, and none twice."""

import re

import numpy as np
import pytest
from tests.why.made_up import DIGITS, EQUAL, GOOD, SPEC, WORSE, arm, summed, told

from shiftprobe.core.types import Row
from shiftprobe.data.split import draw_budget
from shiftprobe.spec.schema import Spec
from shiftprobe.why import next_steps

POOL = np.repeat(np.arange(len(DIGITS)), 100)


def ran(rows: list[list[Row]], budgets: list[int]) -> list[list[int]]:
    """Every budget that steps, open causes and experiments of a run advise, drawn as a run would draw it."""
    target = {**SPEC["target"], "budgets": budgets}
    flat = [row for some in rows for row in some]
    why = told(flat, target=target)
    said = [step.text for step in next_steps(*summed(flat, target=target))]
    said += [one.needs for one in why.undecided] + [one.experiment for one in why.explanations]
    asked = [list(map(int, found.split(","))) for text in said for found in re.findall(r"--budget ([\d,]*\d)", text)]
    for budgets_asked in asked:
        spec = Spec.model_validate({**SPEC, "target": {**SPEC["target"], "budgets": budgets_asked}})
        assert len(set(spec.target.budgets)) == len(budgets_asked)
        for budget in spec.target.budgets:
            drawn = POOL[draw_budget(POOL, budget, np.random.default_rng(0))]
            assert len(drawn) == budget
            assert len(set(drawn.tolist())) == len(DIGITS)
    return asked


def at(budget: int, ours: tuple[float, ...], theirs: tuple[float, ...]) -> list[list[Row]]:
    return [arm("transfer", *ours, budget=budget), arm("scratch", *theirs, budget=budget)]


@pytest.mark.parametrize("budget", [10, 11, 20, 39, 40, 100])
def test_advice_after_one_budget_can_be_run(budget: int) -> None:
    better = ran(at(budget, GOOD, WORSE), [budget])
    equal = ran(at(budget, GOOD, (0.951, 0.939, 0.962)), [budget])
    smaller = max(len(DIGITS), budget // 4)
    wanted = [[smaller, budget]] if budget > len(DIGITS) else []
    assert better == wanted
    assert equal[: len(wanted)] == wanted
    assert bool(equal) == bool(wanted)


@pytest.mark.parametrize("budget", [10, 11, 16, 40])
def test_advice_after_two_budgets_can_be_run(budget: int) -> None:
    few = [arm("transfer", *GOOD, budget=budget), arm("scratch", 0.5, 0.45, 0.52, budget=budget)]
    assert ran([*EQUAL, *few], [budget, 100])


def test_where_no_smaller_budget_trains_another_shift_is_advised() -> None:
    flat = [row for some in at(10, GOOD, WORSE) for row in some]
    (step,) = next_steps(*summed(flat, target={**SPEC["target"], "budgets": [10]}))
    assert step.text.endswith("A --shift, added to the same command, tells where its gain ends.")
