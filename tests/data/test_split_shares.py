"""Budgets that follow the target's class shares."""

import numpy as np
import pytest

from shiftprobe.core.seeding import generator
from shiftprobe.data.split import draw_budget, order_by_shares
from shiftprobe.spec.schema import Target

POOL = np.repeat([0, 1, 2], [700, 250, 50])


@pytest.mark.parametrize("budget", [20, 100, 333, 1000])
def test_every_prefix_holds_the_classes_in_the_shares_of_the_pool(budget: int) -> None:
    drawn = POOL[draw_budget(POOL, budget, generator(0, "budget"), shares=True)]
    counts = np.bincount(drawn, minlength=3)
    np.testing.assert_allclose(counts, budget * np.array([0.7, 0.25, 0.05]), atol=1.5)


def test_a_rare_class_has_an_image_in_the_smallest_budget() -> None:
    labels = np.repeat([0, 1, 2], [5000, 3, 1])
    assert set(labels[draw_budget(labels, 3, generator(0), shares=True)]) == {0, 1, 2}


def test_budgets_are_nested_and_images_are_drawn_anew_by_each_seed() -> None:
    small, large = (draw_budget(POOL, n, generator(0, "budget"), shares=True) for n in (50, 400))
    assert small.tolist() == large[:50].tolist()
    assert set(small) != set(draw_budget(POOL, 50, generator(1, "budget"), shares=True))
    assert sorted(order_by_shares(POOL, generator(0))) == list(range(1000))


def test_the_end_of_a_budget_judges_what_its_beginning_trains() -> None:
    order = POOL[order_by_shares(POOL, generator(0))[:400]]
    trains, judges = (np.bincount(part, minlength=3) / len(part) for part in (order[:320], order[320:]))
    np.testing.assert_allclose(trains, judges, atol=0.03)


def test_balanced_budgets_are_the_default_and_not_spelled_out() -> None:
    assert "draw" not in Target(data="x").model_dump()
    assert "draw" not in Target(data="x", draw="balanced").model_dump()
    assert Target(data="x", draw="shares").model_dump()["draw"] == "shares"
