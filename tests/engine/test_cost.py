from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.tiny import register, tiny_plan

from shiftprobe.core.types import Evidence, Finding, Scope
from shiftprobe.engine import cost as bills
from shiftprobe.engine import networks
from shiftprobe.engine.cost import Cost, cost_of
from shiftprobe.engine.plan import Plan
from shiftprobe.probes import PROBES
from shiftprobe.probes.base import Amount, Price

STEP, LOOK = 0.5, 0.01  # s per image
FREE = Price()


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Two doses, two seeds, two trained arms; prices fixed, so that the sum can be checked."""
    monkeypatch.setattr(bills, "prices_of", lambda _: (STEP, LOOK))
    return tiny_plan(tmp_path, train__epochs=3)


def price(ready: Plan, workers: int = 1) -> Cost:
    return cost_of(ready.setup, ready.cells, ready.cells, workers)


def test_the_bill_is_the_sum_of_what_is_missing(ready: Plan) -> None:
    setup = ready.setup
    test = len(setup.labels) - setup.pool
    source = setup.source_train * 3 * STEP
    training = 2 * 2 * 2 * 40 * 3 * STEP
    draws = 4 * (test + 40)  # random networks beside the one that every look of the checkpoint has
    looking = (2 * (3 * test + 2 * 40 + draws) + 4 * (2 * 2 * test + 2 * 40 + test)) * LOOK
    spanning = 4 * 2 * test * LOOK  # the null band: both arms of every trained cell, in one process
    whole = price(ready)
    assert (whole.cells, whole.todo, whole.trainings) == (6, 6, 8)
    assert whole.seconds == pytest.approx(6 + source + training + looking + spanning)
    half = 6 + source + (training + looking) / 2 + spanning
    assert price(ready, workers=2).seconds == pytest.approx(half)


def test_every_trial_is_paid_for_and_the_source_has_epochs_of_its_own(ready: Plan, tmp_path: Path) -> None:
    """Three trials of two arms with two seeds at two doses, on 32 of 40 images, each looked at on the test images."""
    base = price(ready).seconds
    tuned = price(tiny_plan(tmp_path, train__epochs=3, train__tune__lr=[1e-3, 1e-2, 1e-1]))
    test = len(ready.setup.labels) - ready.setup.pool
    assert tuned.trials == 3 * 2 * 2 * 2
    assert tuned.seconds - base == pytest.approx(3 * 2 * 2 * 2 * (32 * 3 * STEP + test * LOOK))
    folded = price(tiny_plan(tmp_path, train__epochs=3, train__tune__lr=[1e-3, 1e-2, 1e-1], train__tune__folds=5))
    assert folded.trials == 5 * tuned.trials
    assert folded.seconds - tuned.seconds == pytest.approx(4 * 3 * 2 * 2 * 2 * 32 * 3 * STEP)
    longer = price(tiny_plan(tmp_path, train__tune__epochs=[3, 30])).seconds
    assert longer - base > 8 * 40 * 27 * STEP  # the arms as if the longest were chosen
    brief = price(tiny_plan(tmp_path, train__epochs=3, source__epochs=1)).seconds
    assert base - brief == pytest.approx(ready.setup.source_train * 2 * STEP)


def test_attributions_and_the_layout_are_paid_for(ready: Plan, tmp_path: Path) -> None:
    quick = ready.setup.spec.probes
    more = tiny_plan(tmp_path, train__epochs=3, probes=[*quick, "attribution", "umap"])
    test = len(ready.setup.labels) - ready.setup.pool
    explained = 2 * 3000 + 4 * 1200
    extra = (explained + 2 * 3 * test) * LOOK + 20
    assert price(more).seconds - price(ready).seconds == pytest.approx(extra)


def test_of_every_trained_arm_the_last_and_the_best_weights_are_kept_unless_none_are(ready: Plan) -> None:
    weights = sum(value.nbytes for value in networks.fresh(ready.setup, 10, 0).state_dict().values())
    assert price(ready).disk.weights == 8 * 2 * weights
    bare = replace(ready.setup, spec=ready.setup.spec.model_copy(update={"keep": "none"}))
    assert cost_of(bare, ready.cells, ready.cells, 1).disk.weights == 0


def test_nothing_missing_costs_nothing(ready: Plan) -> None:
    done = cost_of(ready.setup, ready.cells, [], 2)
    assert (done.cells, done.todo, done.trainings, done.disk.weights) == (6, 0, 0, 0)


def test_more_budget_costs_more(ready: Plan, tmp_path: Path) -> None:
    assert price(tiny_plan(tmp_path, train__epochs=3, target__budgets=[90])).seconds > price(ready).seconds


def test_a_checkpoint_that_is_brought_costs_no_training(ready: Plan) -> None:
    trained = price(ready).seconds
    model = ready.setup.spec.model.model_copy(update={"weights": "mine.pt"})
    brought = replace(ready.setup, spec=ready.setup.spec.model_copy(update={"model": model}))
    saved = trained - cost_of(brought, ready.cells, ready.cells, 1).seconds
    assert saved == pytest.approx(ready.setup.source_train * 3 * STEP)


def test_a_rate_that_diverges_can_be_priced(tmp_path: Path) -> None:
    assert min(bills.prices_of(tiny_plan(tmp_path, train__lr=1e30).setup)) > 0


def test_prices_are_measured_on_the_network_itself(tmp_path: Path) -> None:
    step, look = bills.prices_of(tiny_plan(tmp_path).setup)
    assert 0 < look < 1
    assert 0 < step < 1


EVERY = [
    "accuracy", "attribution", "calibration", "cka", "distance", "domain", "linear", "null_band", "similarity",
    "transferability", "umap",
]  # fmt: skip
ESTIMATES: dict[str, tuple[dict[str, Any], tuple[float, float, float]]] = {  # whole, by three workers, first two cells
    # four further random networks look at 360 + 40 images of both doses where `linear` is asked: 32 s
    "quick probes": ({"train__epochs": 3}, (1720.7, 1313.7666667, 1165.5)),
    "every probe": (
        {
            "train__epochs": 3, "seeds": 3, "target__budgets": [20, 40], "probes": EVERY,
            "arms": ["zero_shot", "bn_adapt", "scratch", "transfer", "lp_ft"],
        },
        (3401.9, 1940.3000000, 1324.7),
    ),
    "only accuracy": ({"probes": ["accuracy"], "severities": [0.25, 0.5, 1.0]}, (846.1, 525.0333333, 387.7)),
    "only pictures": ({"probes": ["attribution", "umap"], "shifts": ["rotation", "contrast"]}, (940.1, 591.3, 500.1)),
    "nothing trained": ({"probes": ["umap", "linear"], "arms": ["zero_shot"]}, (461.3, 424.5000000, 461.3)),
}  # fmt: skip


@pytest.mark.parametrize("which", ESTIMATES)
def test_estimates_are_those_from_before_probes_said_what_they_cost(
    which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bills, "prices_of", lambda _: (STEP, LOOK))
    keys, (alone, three, part) = ESTIMATES[which]
    some = tiny_plan(tmp_path, **keys)
    assert price(some).seconds == pytest.approx(alone)
    assert price(some, workers=3).seconds == pytest.approx(three)
    assert cost_of(some.setup, some.cells, some.cells[:2], 1).seconds == pytest.approx(part)


@dataclass(frozen=True)
class Silent:
    """A probe of one's own, as it was written before probes could say what they cost."""

    name: str = "mine"
    scope: Scope = "cells"

    def __call__(self, evidence: Evidence) -> Finding:  # noqa: ARG002 - the seam
        return Finding(())


@dataclass(frozen=True)
class Telling(Silent):
    """The same, with a price."""

    price: Price = FREE
    met: list[Amount] = field(default_factory=list)

    def cost(self, amount: Amount) -> Price:
        self.met.append(amount)
        return self.price


@pytest.mark.parametrize(
    ("scope", "own", "added"),
    [
        ("cells", Price(passes=1000), 6 * 1000 * LOOK / 2),
        ("checkpoint", Price(passes=1000), 2 * 1000 * LOOK / 2),
        ("arms", Price(passes=1000, seconds=8), 6 * (1000 * LOOK + 8) / 2),
        ("run", Price(passes=1000, seconds=8), 1000 * LOOK + 8),
    ],
)
def test_a_probe_of_ones_own_is_paid_for(
    scope: Scope, own: Price, added: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bills, "prices_of", lambda _: (STEP, LOOK))
    seconds = []
    for probe in (Silent(scope=scope), Telling(scope=scope, price=own)):
        register(monkeypatch, PROBES, probe)
        some = tiny_plan(tmp_path, probes=["accuracy", "mine"])
        seconds.append(price(some, workers=2).seconds)
    assert seconds[0] == pytest.approx(price(tiny_plan(tmp_path, probes=["accuracy"]), workers=2).seconds)
    assert seconds[1] - seconds[0] == pytest.approx(added)


@pytest.mark.parametrize(("share", "added"), [(40, 2 * 40), (440, 2 * 440), (2000, 2 * 2000 + 4 * (2000 - 440))])
def test_views_that_probes_share_are_paid_once(
    share: int, added: int, ready: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cka` and `linear` share 440 images in each of four cells: two arms on 40, and 360 test images."""
    assert len(ready.setup.labels) - ready.setup.pool == 360
    register(monkeypatch, PROBES, Telling(scope="arms", price=Price(shared=share)))
    more = price(tiny_plan(tmp_path, train__epochs=3, probes=[*ready.setup.spec.probes, "mine"])).seconds
    assert more - price(ready).seconds == pytest.approx(added * LOOK)


def test_a_probe_is_told_what_it_is_about_to_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bills, "prices_of", lambda _: (STEP, LOOK))
    met = {}
    for scope in ("arms", "checkpoint", "run"):
        probe = Telling(scope=scope)
        register(monkeypatch, PROBES, probe)
        some = tiny_plan(tmp_path, target__budgets=[20, 40], probes=["mine"])
        price(some)
        met[scope] = [(one.looks, one.trainings, one.arms, one.budget) for one in probe.met]
        assert {one.test for one in probe.met} == {len(some.setup.labels) - some.setup.pool}
    assert sorted(met["arms"]) == sorted([(1, 0, 1, 40)] * 2 + [(0, 1, 2, 20), (0, 1, 2, 40)] * 4)
    assert met["checkpoint"] == [(1, 0, 1, 40)] * 2
    assert met["run"] == [(2, 8, 2, 40)]
