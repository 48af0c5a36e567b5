"""What each change does to a training, by what it is made of; nothing is trained here."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tiny import tiny_plan

from shiftprobe.core.errors import RunError, SpecError
from shiftprobe.core.types import Cell
from shiftprobe.engine.changes import CHANGES, Ingredients, find_change
from shiftprobe.engine.changes.labelled import keep_suspects, read_suspects, suspects_digest
from shiftprobe.engine.interventions import Unit, made_of, with_arms
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.unit_cost import price
from shiftprobe.results.run_folder import RunDir

CELL = Cell("rotation", 0.5, 40, 0)


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return tiny_plan(tmp_path_factory.mktemp("runs")).setup


def made(setup: Setup, arm: str) -> Ingredients:
    one = Unit(cell=CELL, arm=arm)
    return made_of(with_arms(setup, [one]), one)


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_every_change_goes_by_its_example_and_says_what_it_is(name: str, setup: Setup) -> None:
    change, _ = find_change(CHANGES[name].example)
    assert change.name == name
    assert change.about[0].islower()
    assert price(Unit(cell=CELL, arm=f"transfer~{change.example}"), setup) >= 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stepz3", "did you mean 'steps3'.*known: clean"),
        ("steps1", "2 to 100 times"),
        ("steps03", "shortest spelling"),
        ("steps999", "2 to 100 times"),
        ("lr1", "a factor that is not 1"),
        ("lr0.10", "shortest spelling"),
        ("lr0", "a factor"),
        ("labels0.0", "shortest spelling"),
        ("labels1", "no change named"),
        ("clean2", "no change named"),
        ("steps٣", "no change named"),
    ],
)
def test_unknown_changes_and_numbers_are_refused_with_what_is_known(text: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        find_change(text)


def test_three_times_the_steps_are_a_run_of_its_own(setup: Setup) -> None:
    plain, longer = made(setup, "transfer"), made(setup, "transfer~steps3")
    n = len(plain.train)
    assert longer.recipe == replace(plain.recipe, epochs=3 * plain.recipe.epochs)
    assert longer.recipe.course(n).steps == 3 * plain.recipe.course(n).steps
    change, values = find_change("steps3")
    for recipe in (
        replace(plain.recipe, steps=50, warmup=0.1),
        replace(plain.recipe, min_steps=90, warmup=0.1, sched="cosine"),
    ):
        changed = change.apply(replace(plain, recipe=recipe), values).recipe
        before, after = recipe.course(n), changed.course(n)
        assert (after.steps, after.warmup) == (3 * before.steps, 3 * before.warmup)
        assert changed.sched == recipe.sched
    assert change.apply(plain, values).recipe.course(n).warmup == plain.recipe.course(n).warmup  # one epoch stays one
    assert price(Unit(cell=CELL, arm="scratch~steps3~lr10"), setup) == 3
    assert price(Unit(cell=CELL, arm="scratch"), setup) == 1


def test_a_tenth_and_ten_times_the_rate_move_nothing_else(setup: Setup) -> None:
    plain = made(setup, "scratch")
    for name, factor in (("lr0.1", 0.1), ("lr10", 10.0)):
        found = made(setup, f"scratch~{name}")
        assert found.recipe == replace(plain.recipe, lr=factor * plain.recipe.lr)
        np.testing.assert_array_equal(found.train, plain.train)


def test_shares_of_the_labels_are_nested_hold_every_class_and_judge_epochs_alike(setup: Setup) -> None:
    whole, half, less = (made(setup, f"transfer{name}") for name in ("", "~labels0.5", "~labels0.4"))
    assert (len(whole.train), len(half.train), len(less.train)) == (32, 16, 13)
    assert half.train.tolist() == whole.train[:16].tolist()
    assert less.train.tolist() == whole.train[:13].tolist()
    assert set(setup.labels[less.train]) == set(range(10))
    np.testing.assert_array_equal(half.validation, whole.validation)
    with pytest.raises(SpecError, match="wanted an image of each class among 3 that train"):
        made(setup, "transfer~labels0.1")


def test_suspected_labels_are_left_out_and_as_many_random_ones_of_each_class(setup: Setup, tmp_path: Path) -> None:
    own = replace(setup, run=RunDir(tmp_path))
    with pytest.raises(RunError, match="look for them first"):
        made(own, "transfer~clean")
    whole = made(own, "transfer").train
    suspected = np.zeros(own.pool, bool)
    suspected[whole[[1, 12, 13]]] = True
    keep_suspects(own, suspected)
    np.testing.assert_array_equal(read_suspects(own), suspected)
    clean, random, again = (made(own, f"transfer~{name}").train for name in ("clean", "random", "random"))
    assert clean.tolist() == [row for row in whole if not suspected[row]]
    assert random.tolist() == again.tolist() != clean.tolist()
    assert sorted(own.labels[random]) == sorted(own.labels[clean])
    assert suspects_digest(own)
    (own.run.suspects / "suspects.npz").write_bytes(b"other")
    assert not suspects_digest(own)
    keep_suspects(own, np.zeros(own.pool, bool))
    with pytest.raises(SpecError, match="nothing to leave out"):
        made(own, "transfer~clean")
    with pytest.raises(ValueError, match="truth values"):
        keep_suspects(own, suspected[:3])
