"""Minutes that a run may take: what fits, and what is refused because nothing would be settled."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.tiny import tiny_plan

from shiftprobe.core.errors import SpecError
from shiftprobe.engine.minutes import allowed_for, fitting
from shiftprobe.engine.priced import PricedRun, priced

PRICES = (0.5, 0.01)  # s per image of a training step and of a look


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PricedRun:
    """Three conditions, two budgets, three seeds."""
    ready = tiny_plan(
        tmp_path_factory.mktemp("runs"), seeds=3, severities=[0.5, 1.0], target__budgets=[20, 40], train__epochs=3
    )
    return priced(ready, 1, PRICES)


def minutes_of_first_seed(run: PricedRun) -> float:
    some = [cell for cell in run.todo if cell.seed is None or (cell.seed, cell.budget) == (0, 40)]
    return run.seconds(some) / 60


def test_every_seed_costs_as_much_as_the_one_before(run: PricedRun) -> None:
    """What is paid once, the source and what spans the run, falls out of the differences."""
    each = [[cell for cell in run.todo if cell.budget == 40 and cell.seed in range(n)] for n in (1, 2, 3)]
    one, two, three = (run.seconds(some, among=run.cells) for some in each)
    assert two - one == pytest.approx(three - two)
    training = 3 * 2 * 40 * 3 * PRICES[0]  # conditions, arms, images, epochs
    assert training < two - one < 1.5 * training


def test_a_time_in_which_one_seed_fits_is_taken_and_less_is_refused_with_what_would_fit(run: PricedRun) -> None:
    needed = minutes_of_first_seed(run)
    allowed_for(run, needed)
    told = rf"^--minutes: wanted time for one seed in 3 conditions, about {needed:.2g} min with 1 process on cpu, got "
    with pytest.raises(SpecError, match=told + r".*; 2 of them would fit \(fewer shifts or severities\), or allow at"):
        allowed_for(run, 0.99 * needed)
    with pytest.raises(SpecError, match=told + r"0\.01; allow at least \d+$"):
        allowed_for(run, 0.01)


def test_a_seed_that_is_there_already_is_refused_nothing(run: PricedRun) -> None:
    todo = tuple(cell for cell in run.todo if cell.seed is not None and (cell.seed, cell.budget) != (1, 40))
    allowed_for(replace(run, todo=todo), 0.01)
    with pytest.raises(SpecError, match="wanted time for one seed"):
        allowed_for(replace(run, todo=(*todo, run.cells[0])), 0.01)  # without the checkpoint's look it is not whole


def test_what_fits_is_as_much_as_the_estimate_holds(run: PricedRun) -> None:
    needed = minutes_of_first_seed(run)
    assert {(cell.budget, cell.seed) for cell in fitting(run, needed)} == {(None, None), (40, 0)}
    assert len(fitting(run, 1e6)) == len(run.todo)
    for minutes in (needed, 1.5 * needed, 2 * needed):
        assert run.seconds(fitting(run, minutes)) <= 60 * minutes


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf")])
def test_no_time_is_no_time(run: PricedRun, minutes: float) -> None:
    with pytest.raises(SpecError, match="wanted a number above 0"):
        allowed_for(run, minutes)


def test_nothing_to_do_costs_nothing_and_refuses_nothing(run: PricedRun) -> None:
    assert fitting(replace(run, todo=()), 0.01) == ()
    allowed_for(replace(run, todo=()), 0.01)


def test_prices_are_taken_where_they_are_known(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path)
    assert priced(ready, 3, PRICES).prices == PRICES
    assert priced(ready, 3, PRICES).workers == 3
    assert priced(ready, 3, PRICES).there == []
