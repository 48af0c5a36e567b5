from dataclasses import replace
from pathlib import Path

import pytest
from tests.tiny import tiny_plan

from shiftprobe.engine import cost as bills
from shiftprobe.engine.cost import Cost, cost_of
from shiftprobe.engine.plan import Plan

STEP, LOOK = 0.5, 0.01  # s per image


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Two doses, two seeds, two trained arms; prices fixed, so that the sum can be checked."""
    monkeypatch.setattr(bills, "_prices", lambda _: (STEP, LOOK))
    return tiny_plan(tmp_path, train__epochs=3)


def price(ready: Plan, workers: int = 1) -> Cost:
    return cost_of(ready.setup, ready.cells, ready.cells, workers)


def test_the_bill_is_the_sum_of_what_is_missing(ready: Plan) -> None:
    setup = ready.setup
    test = len(setup.labels) - setup.pool
    source = setup.source_train * 3 * STEP
    training = 2 * 2 * 2 * 40 * 3 * STEP
    looking = (2 * (3 * test + 2 * 40) + 4 * (2 * 2 * test + 2 * 40 + test)) * LOOK
    spanning = 4 * 2 * test * LOOK  # the null band: both arms of every trained cell, in one process
    whole = price(ready)
    assert (whole.cells, whole.todo, whole.trainings) == (6, 6, 8)
    assert whole.seconds == pytest.approx(bills.START + source + training + looking + spanning)
    half = bills.START + source + (training + looking) / 2 + spanning
    assert price(ready, workers=2).seconds == pytest.approx(half)


def test_every_trial_is_paid_for_and_the_source_has_epochs_of_its_own(ready: Plan, tmp_path: Path) -> None:
    base = price(ready).seconds
    tuned = price(tiny_plan(tmp_path, train__epochs=3, train__tune__lr=[1e-3, 1e-2, 1e-1])).seconds
    assert tuned - base == pytest.approx(2 * (2 * 2 * 2 * 40 * 3 * STEP))
    brief = price(tiny_plan(tmp_path, train__epochs=3, source__epochs=1)).seconds
    assert base - brief == pytest.approx(ready.setup.source_train * 2 * STEP)


def test_attributions_and_the_layout_are_paid_for(ready: Plan, tmp_path: Path) -> None:
    quick = ready.setup.spec.probes
    more = tiny_plan(tmp_path, train__epochs=3, probes=[*quick, "attribution", "umap"])
    test = len(ready.setup.labels) - ready.setup.pool
    explained = 2 * bills.EXPLAINED[True] + 4 * bills.EXPLAINED[False]
    extra = (explained + 2 * 3 * test) * LOOK + bills.LAYOUT
    assert price(more).seconds - price(ready).seconds == pytest.approx(extra)


def test_nothing_missing_costs_nothing(ready: Plan) -> None:
    done = cost_of(ready.setup, ready.cells, [], 2)
    assert (done.cells, done.todo, done.trainings, done.megabytes) == (6, 0, 0, 0.0)


def test_more_budget_costs_more(ready: Plan, tmp_path: Path) -> None:
    assert price(tiny_plan(tmp_path, train__epochs=3, target__budgets=[90])).seconds > price(ready).seconds


def test_a_checkpoint_that_is_brought_costs_no_training(ready: Plan) -> None:
    trained = price(ready).seconds
    model = ready.setup.spec.model.model_copy(update={"weights": "mine.pt"})
    brought = replace(ready.setup, spec=ready.setup.spec.model_copy(update={"model": model}))
    saved = trained - cost_of(brought, ready.cells, ready.cells, 1).seconds
    assert saved == pytest.approx(ready.setup.source_train * 3 * STEP)


def test_a_rate_that_diverges_can_be_priced(tmp_path: Path) -> None:
    assert min(bills._prices(tiny_plan(tmp_path, train__lr=1e30).setup)) > 0


def test_prices_are_measured_on_the_network_itself(tmp_path: Path) -> None:
    step, look = bills._prices(tiny_plan(tmp_path).setup)
    assert 0 < look < step < 1
