"""Who may train on what, who looks where, and how many images of the source are kept for looking."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tiny import tiny_plan

from shiftprobe.core.types import Cell
from shiftprobe.engine.setup import Setup
from shiftprobe.spec.training import Train

LOOK, TRAINED = Cell("rotation", 0.5), Cell("rotation", 0.5, 40, 1)


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return tiny_plan(tmp_path_factory.mktemp("runs"), target__budgets=[20, 60, 40]).setup


@pytest.mark.parametrize(
    ("held", "kept"), [(0, 0), (1, 1), (1999, 1999), (2000, 2000), (2001, 1001), (4000, 2000), (4001, 1334)]
)
def test_at_most_2000_images_of_the_source_are_looked_at_evenly_spread(held: int, kept: int, setup: Setup) -> None:
    found = replace(setup, source_train=300, source_labels=np.zeros(300 + held, np.int64)).held_out
    assert len(found) == kept
    assert not kept or found[0] == 300
    assert len(set(np.diff(found))) <= 1
    assert not kept or found[-1] + np.diff([*found, 300 + held])[-1] == 300 + held


def test_a_cell_trains_on_its_own_budget_and_the_checkpoint_reads_the_largest(setup: Setup) -> None:
    assert setup.budget_of(TRAINED) == 40
    assert setup.budget_of(LOOK) == 60
    assert len(setup.train_index(LOOK)) == 60
    assert len(setup.train_index(TRAINED)) == 40


def test_images_are_drawn_by_the_cells_seed_and_for_the_checkpoint_by_that_of_the_data(setup: Setup) -> None:
    drawn = {seed: setup.train_index(replace(TRAINED, seed=seed)).tolist() for seed in (0, 1)}
    assert drawn[0] != drawn[1]
    other = replace(setup, spec=setup.spec.model_copy(update={"data_seed": setup.spec.data_seed + 1}))
    assert other.train_index(TRAINED).tolist() == drawn[1]
    assert other.train_index(LOOK).tolist() != setup.train_index(LOOK).tolist()
    assert setup.train_index(replace(LOOK, severity=1.0)).tolist() == setup.train_index(LOOK).tolist()


@pytest.mark.parametrize(
    ("share", "budget", "train", "validation"),
    [(0.2, 60, 48, 12), (0.5, 60, 30, 30), (0.5, 12, 10, 2), (0.2, 10, 10, 0), (0.0, 60, 60, 0), (0.21, 60, 47, 13)],
)
def test_a_share_of_the_budget_judges_but_an_image_of_each_class_trains(
    share: float, budget: int, train: int, validation: int, setup: Setup
) -> None:
    judged = replace(setup, spec=setup.spec.model_copy(update={"train": Train(validation=share)}))
    parts = judged.parts(replace(TRAINED, budget=budget))
    assert tuple(map(len, parts)) == (train, validation)
    np.testing.assert_array_equal(np.concatenate(parts), setup.train_index(replace(TRAINED, budget=budget)))


def test_arms_and_probes_live_where_their_scope_says(setup: Setup) -> None:
    arms, probes = {"u": "checkpoint", "t": "arms"}, {"c": "checkpoint", "a": "arms", "b": "cells", "r": "run"}
    scoped = replace(setup, arms=arms, probes=probes)  # type: ignore[arg-type] # a mapping of plain words
    assert scoped.arms_of(LOOK) == ("u",)
    assert scoped.arms_of(TRAINED) == ("t",)
    assert scoped.probes_of(LOOK) == ("c", "a", "b")
    assert scoped.probes_of(TRAINED) == ("a", "b")
    assert scoped.run_probes == ("r",)
    bare = replace(scoped, arms={})
    assert bare.probes_of(LOOK) == ("c", "b")
    assert bare.probes_of(TRAINED) == ()


def test_a_run_knows_how_many_images_it_holds(tmp_path: Path) -> None:
    """The UCI digits, 1,797 of them: halves for source and target, then a fifth and two fifths for testing."""
    setup = tiny_plan(tmp_path).setup
    held = len(setup.source_labels) - setup.source_train
    assert len(setup.source_labels) + len(setup.labels) == 1797
    assert held / len(setup.source_labels) == pytest.approx(0.2, abs=0.01)
    assert 1 - setup.pool / len(setup.labels) == pytest.approx(0.4, abs=0.01)
    assert len(setup.held_out) == held
