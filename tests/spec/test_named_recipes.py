"""Recipes by name: what each is, which one suits whom, and how its parts are set one by one."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftprobe.core.errors import SpecError
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import ABOUT, Situation, before_recipes, named, resolve
from shiftprobe.spec.training import RecipeName, Train

PHOTOGRAPHS = Situation(family="convolutional", easy=False, pretrained=True, images=80)
LEAST = {"source": {"data": "digits:mnist"}, "target": {"data": "digits:uci"}}


def train(**parts: object) -> Train:
    return Train.model_validate(parts)


@pytest.mark.parametrize(
    ("family", "easy", "pretrained", "name", "opt"),
    [
        ("convolutional", True, True, "plain", "adam"),
        ("transformer", True, False, "plain", "adam"),
        ("convolutional", False, True, "finetune", "sgd"),
        ("convolutional", False, False, "scratch", "adamw"),
        ("transformer", False, True, "finetune", "adamw"),
        ("transformer", False, False, "scratch", "adamw"),
    ],
)
def test_auto_chooses_by_images_network_and_beginning(
    family: str, easy: bool, pretrained: bool, name: str, opt: str
) -> None:
    found = named("auto", Situation(family=family, easy=easy, pretrained=pretrained, images=100))  # type: ignore[arg-type]
    assert (found.name, found.opt) == (name, opt)


def test_every_recipe_says_what_it_is_and_can_be_had() -> None:
    assert set(ABOUT) == set(get_args(RecipeName))
    assert {named(name, PHOTOGRAPHS).name for name in ABOUT} == set(ABOUT) - {"auto"}


def test_a_pretrained_transformer_alone_learns_slower_towards_the_images() -> None:
    of = replace(PHOTOGRAPHS, family="transformer")
    assert named("finetune", of).layer_decay == 0.75
    assert named("scratch", of).layer_decay == named("finetune", PHOTOGRAPHS).layer_decay == 1.0


@pytest.mark.parametrize(
    ("images", "steps", "mixup"),
    [(19_999, 500, 0.0), (20_000, 10_000, 0.1), (499_999, 10_000, 0.1), (500_000, 20_000, 0.1)],
)
def test_bit_is_as_long_as_its_data_are_many(images: int, steps: int, mixup: float) -> None:
    found = named("bit", replace(PHOTOGRAPHS, images=images))
    assert (found.course(images).steps, found.mixup, found.lr, found.sched) == (steps, mixup, 0.003, "step")


def test_a_small_budget_gets_the_floor_of_steps_and_a_large_one_its_epochs() -> None:
    recipe = named("finetune", PHOTOGRAPHS)
    assert recipe.course(80).steps == 500  # 2 batches an epoch, 250 epochs
    assert recipe.course(64_000).steps == 20 * 1000


@given(n=st.integers(2, 2000), batch=st.integers(2, 300), epochs=st.integers(1, 50), floor=st.integers(0, 900))
def test_a_course_is_whole_epochs_and_never_below_its_floor(n: int, batch: int, epochs: int, floor: int) -> None:
    course = Recipe(batch=batch, epochs=epochs, min_steps=floor).course(n)
    assert course.steps == course.epochs * course.per_epoch >= floor
    assert course.epochs == epochs or course.steps - course.per_epoch < floor
    assert course.warmup == course.per_epoch


@given(n=st.integers(2, 500), steps=st.integers(1, 300))
def test_steps_are_counted_exactly_and_the_last_epoch_is_cut(n: int, steps: int) -> None:
    course = Recipe(steps=steps, batch=16).course(n)
    assert sum(course.in_epoch(epoch) for epoch in range(course.epochs)) == steps
    assert all(0 < course.in_epoch(epoch) <= course.per_epoch for epoch in range(course.epochs))


def test_parts_are_set_one_by_one_and_epochs_that_somebody_names_have_no_floor() -> None:
    found = resolve(train(recipe="finetune", epochs=3, weight_decay=0.2, precision="bf16"), "transfer", PHOTOGRAPHS)
    assert found == replace(named("finetune", PHOTOGRAPHS), epochs=3, min_steps=0, weight_decay=0.2, precision="bf16")
    assert resolve(train(recipe="bit", epochs=3), "transfer", PHOTOGRAPHS).course(80).steps == 3
    assert resolve(train(recipe="finetune", steps=7, warmup=2), "transfer", PHOTOGRAPHS).course(80).steps == 7
    assert not resolve(train(recipe="finetune", aug="none"), "transfer", PHOTOGRAPHS).flip


def test_recipes_and_rates_go_by_arm_and_by_the_arm_that_one_is_trained_as() -> None:
    said = train(recipe={"transfer": "finetune", "scratch": "plain"}, lr={"transfer": 1e-4, "scratch": 1e-3})
    found = {arm: resolve(said, arm, PHOTOGRAPHS) for arm in ("transfer", "scratch", "transfer@scratch")}
    assert {arm: (one.name, one.lr) for arm, one in found.items()} == {
        "transfer": ("finetune", 1e-4),
        "scratch": ("plain", 1e-3),
        "transfer@scratch": ("plain", 1e-3),
    }
    assert resolve(said, "lp_ft", PHOTOGRAPHS) == named("finetune", PHOTOGRAPHS)  # of whom nothing is said


def test_a_spec_from_before_recipes_trains_as_it_did() -> None:
    said = load_spec({**LEAST, "train": {"epochs": 7, "batch": 32, "lr": 0.01}}).train
    assert before_recipes(said) == Recipe(epochs=7, batch=32, lr=0.01)
    assert before_recipes(train()) == Recipe(epochs=20, batch=64, lr=2e-3)


def test_what_nobody_set_is_not_spelled_out() -> None:
    assert load_spec({**LEAST, "train": {"epochs": 7}}).resolved()["train"] == {
        "epochs": 7, "validation": 0.2, "tune": None, "precision": "float32", "threads": 1, "device": "auto",
    }  # fmt: skip
    again = load_spec({**LEAST, "train": {"recipe": {"transfer": "bit"}, "lr": {"scratch": 0.1}}})
    assert load_spec(again.resolved()) == again


FAULTS = {
    "no recipe of that name": ({"recipe": "fine"}, "train.recipe: wanted 'auto', 'plain', .*got 'fine'"),
    "nor by arm": ({"recipe": {"transfer": "fine"}}, "train.recipe.transfer: wanted .*got 'fine'"),
    "a rate of nothing": ({"lr": {"transfer": 0}}, "train.lr.transfer: wanted greater than 0, got 0"),
    "steps and epochs": ({"steps": 9, "epochs": 2}, "wanted train.steps or train.epochs, got both"),
    "a crop of nothing": ({"aug": "none", "scale": 0.5}, "train.scale and train.flip are parts of train.aug"),
    "a decay that grows": ({"layer_decay": 1.5}, "train.layer_decay: wanted less than or equal to 1, got 1.5"),
    "an average of nothing": ({"ema": 1.0}, "train.ema: wanted less than 1, got 1.0"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_recipe_cannot_be_is_refused_in_one_line(fault: str) -> None:
    parts, words = FAULTS[fault]
    with pytest.raises(SpecError, match=words) as told:
        load_spec({**LEAST, "train": parts})
    assert "\n" not in str(told.value)


def test_a_warm_up_longer_than_the_training_is_refused_and_one_as_long_is_not() -> None:
    with pytest.raises(SpecError, match=r"train.warmup: wanted at most the 4 steps .* on 80 images, got 5; lower"):
        resolve(train(recipe="plain", steps=4, warmup=5), "scratch", PHOTOGRAPHS)
    assert resolve(train(recipe="plain", steps=4, warmup=4), "scratch", PHOTOGRAPHS).course(80).warmup == 4
    with pytest.raises(SpecError, match=r"train.flip: wanted crops to flip, got train.aug none"):
        resolve(train(recipe="plain", flip=True), "scratch", PHOTOGRAPHS)
