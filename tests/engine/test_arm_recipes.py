"""Which recipe trains which arm, and when both arms are trained as the other is, too."""

from dataclasses import replace
from typing import Any

import pytest

from shiftprobe.core.errors import SpecError
from shiftprobe.engine.recipes import check_by_arm, recipe_of, with_crossed
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.schema import Spec
from shiftprobe.train.arms import ARMS, find

SMALL = Preprocess(28, 1, (0.5,), (0.5,))
COLOUR = Preprocess(32, 3, (0.5,) * 3, (0.5,) * 3)
LARGE = Preprocess(64, 1, (0.5,), (0.5,))
CROSSED = ("transfer@scratch", "scratch@transfer")


def spec(**keys: Any) -> Spec:
    return load_spec({"source": {"data": "digits:mnist"}, "target": {"data": "digits:uci"}, **keys})


def of(asked: Spec, arm: str, seen: Preprocess = COLOUR) -> Recipe:
    return recipe_of(asked, arm, 100, family="convolutional", preprocess=seen)


@pytest.mark.parametrize(("seen", "name"), [(SMALL, "plain"), (COLOUR, "finetune"), (LARGE, "finetune")])
def test_images_like_digits_are_trained_plainly_and_others_as_the_field_does(seen: Preprocess, name: str) -> None:
    assert of(spec(), "transfer", seen).name == name


@pytest.mark.parametrize("arm", [arm for arm in ARMS if ARMS[arm].learns])
def test_what_begins_from_the_checkpoint_is_fine_tuned_and_the_rest_is_trained_anew(arm: str) -> None:
    begins = {"transfer", "linear_probe", "lp_ft"}
    assert of(spec(), arm).name == ("finetune" if arm in begins else "scratch")


def test_the_source_is_trained_as_networks_are_that_begin_with_nothing() -> None:
    assert of(spec(), "source").name == "scratch"
    assert of(spec(train={"recipe": {"source": "bit"}}), "source").name == "bit"


def test_statistics_stand_still_only_where_they_are_a_checkpoints() -> None:
    asked = spec(train={"freeze_bn": True})
    frozen = {arm: of(asked, arm).freeze_bn for arm in ("transfer", "scratch", *CROSSED)}
    assert frozen == {"transfer": True, "scratch": False, "transfer@scratch": True, "scratch@transfer": False}


@pytest.mark.parametrize(
    ("keys", "seen", "more"),
    [
        ({}, COLOUR, CROSSED),
        ({}, SMALL, ()),
        ({"train": {"recipe": "finetune"}}, COLOUR, ()),
        ({"train": {"lr": {"transfer": 1e-4}}}, SMALL, CROSSED),
        ({"train": {"lr": {"transfer": 2e-3}}}, SMALL, ()),  # what it would be anyway
        ({"compare": {"crossed": False}}, COLOUR, ()),
        ({"arms": ["zero_shot", "transfer"]}, COLOUR, ()),
        ({"arms": ["scratch", "transfer", "scratch@transfer"]}, COLOUR, ("transfer@scratch",)),
        ({"compare": {"pairs": [["transfer", "zero_shot"]]}}, COLOUR, ()),
        (
            {"arms": ["scratch", "lp_ft"], "compare": {"pairs": [["lp_ft", "scratch"]]}},
            COLOUR,
            ("lp_ft@scratch", "scratch@lp_ft"),
        ),
    ],
)
def test_both_arms_are_trained_as_the_other_is_where_their_recipes_differ(
    keys: dict[str, Any], seen: Preprocess, more: tuple[str, ...]
) -> None:
    asked = spec(**keys)
    found = with_crossed(asked, family="convolutional", preprocess=seen)
    assert found.arms == (*asked.arms, *more)
    assert with_crossed(found, family="convolutional", preprocess=seen) == found


def test_an_arm_trained_as_another_begins_as_itself() -> None:
    assert find("transfer@scratch") == replace(
        ARMS["transfer"], name="transfer@scratch", about=f"{ARMS['transfer'].about}, trained as scratch is"
    )
    asked = spec(train={"lr": {"transfer": 0.1, "scratch": 0.3}})
    assert [of(asked, arm).lr for arm in ("transfer", "scratch", *CROSSED)] == [0.1, 0.3, 0.3, 0.1]


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        ("transfer@zero_shot", "arm transfer@zero_shot: wanted two arms that are trained, got zero_shot"),
        ("zero_shot@transfer", "wanted two arms that are trained, got zero_shot"),
        ("transfer@scrach", "no arm named 'scrach'; did you mean 'scratch'"),
    ],
)
def test_an_arm_cannot_be_trained_as_one_that_is_not(arm: str, words: str) -> None:
    with pytest.raises(Exception, match=words):
        find(arm)


@pytest.mark.parametrize("part", ["recipe", "lr"])
def test_a_recipe_or_rate_for_an_arm_that_is_not_there_is_refused(part: str) -> None:
    value: object = "bit" if part == "recipe" else 0.1
    with pytest.raises(
        SpecError, match=r"wanted arms that this run trains, or source, got trasfer; did you mean 'transfer'"
    ):
        check_by_arm(spec(train={part: {"trasfer": value}}))
    with pytest.raises(SpecError, match=r"got zero_shot \(trained: scratch, transfer\)"):
        check_by_arm(spec(train={part: {"zero_shot": value}}))
    check_by_arm(spec(train={part: {"scratch": value, "source": value}}))
