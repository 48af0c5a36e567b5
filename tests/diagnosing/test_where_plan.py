"""Which arms are trained to locate a gain, by one recipe, and what a run's folder says of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tiny import tiny_plan
from torch import nn

from shiftprobe.core.types import Cell
from shiftprobe.diagnosing.where_plan import as_transfer, where_plan
from shiftprobe.engine.interventions import Unit, check_unit
from shiftprobe.engine.setup import Setup

CELLS = [Cell("rotation", 0.5, 40, seed) for seed in (0, 1, 2)]


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return tiny_plan(tmp_path_factory.mktemp("plan")).setup


def test_thirds_of_the_blocks_from_either_end_beside_scratch_and_the_shams(setup: Setup) -> None:
    plan = where_plan(setup)
    assert plan.shams == ("transfer", plan.scratch, plan.mean_var, "transfer~shuffled")
    assert plan.parts == {name: f"transfer~{name}" for name in ("first2of6", "first4of6", "last2of6", "last4of6")}
    assert (plan.blocks, plan.left) == (6, ())
    for arm in (*plan.shams, *plan.titles):
        check_unit(Unit(cell=CELLS[0], arm=arm))


def test_what_is_drawn_anew_is_trained_as_transfer_is(tmp_path: Path) -> None:
    one = tiny_plan(tmp_path, train__recipe="plain").setup
    assert as_transfer(one, "scratch") == "scratch"
    two = tiny_plan(tmp_path, train__recipe="plain", train__lr={"scratch": 0.01, "transfer": 0.001}).setup
    assert as_transfer(two, "scratch") == "scratch@transfer"
    assert as_transfer(two, "mean_var") == "mean_var@transfer"


def test_changes_that_were_kept_go_before(setup: Setup) -> None:
    plan = where_plan(setup, changes=("repaired",))
    assert (plan.transfer, plan.parts["first2of6"]) == ("transfer~repaired", "transfer~repaired~first2of6")
    assert plan.scratch == where_plan(setup).scratch


def test_what_is_not_possible_has_its_reason(setup: Setup) -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    bare = replace(setup, source_labels=np.empty(0, np.int64), source_train=0, source_classes=10, module=flat)
    plan = where_plan(bare)
    assert plan.shuffled is None
    assert plan.parts == {}
    assert [(one.name, one.why[:30]) for one in plan.left] == [
        ("shuffled", "there are no images of the sou"),
        ("blocks", "wanted two blocks or more befo"),
    ]
