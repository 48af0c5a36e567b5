"""Pairing, convergence and marks know how arms were trained."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.results.test_one_recipe import FINETUNE, SCRATCH, trainings
from tests.why.made_up import ABOUT, BUDGET, HELPS, curve, summed

from shiftprobe.core.types import Cell
from shiftprobe.report.kit import claims
from shiftprobe.results import recipe_words
from shiftprobe.results.about import About, Prepared
from shiftprobe.results.model import Converged, Curve, Summary
from shiftprobe.results.summary import RunContents, summarize_run
from shiftprobe.results.summary.pairing import pairing_facts
from shiftprobe.results.summary.recipes import Recipes
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.schema import Spec

PAIR = ("transfer", "scratch")
ROWS = [row for one in HELPS for row in one]
PHOTOGRAPHS = replace(ABOUT, preprocess=Prepared(size=64, channels=3), family="convolutional")
DIGITS = replace(ABOUT, preprocess=Prepared(size=28, channels=1))
PLAIN = Recipe()
Hashes = Mapping[tuple[Cell, str], Mapping[str, str]]


def hashes(**other: str) -> Hashes:
    """Of both arms of three seeds; `other` are transfer's own."""
    same = {"split": "s", "order": "o", "crops": "d", "head": "h"}
    cells = [Cell("identity", 0.0, BUDGET, seed) for seed in range(3)]
    return {(cell, arm): same | (other if arm == "transfer" else {}) for cell in cells for arm in PAIR}


def summary(pairing: Hashes, recipes: Mapping[str, Recipe]) -> Summary:
    wanted = Spec.model_validate({"target": {"data": "digits:uci", "budgets": [BUDGET]}, "seeds": 3, "arms": PAIR})
    curves = trainings(dict(recipes))
    return summarize_run(RunContents(rows=ROWS, about=ABOUT, curves=curves, pairing=pairing), wanted)


@pytest.mark.parametrize("what", ["split", "head", "order", "crops"])
def test_arms_of_one_recipe_share_everything_or_are_not_compared(what: str) -> None:
    found = summary(hashes(**{what: "other"}), {"transfer": FINETUNE, "scratch": FINETUNE})
    assert (found.verdict.word, found.paired, found.unshared) == ("none", False, ())
    assert f"not paired: their {'images were augmented' if what == 'crops' else what} differ" in found.pairing


@pytest.mark.parametrize("what", ["split", "head"])
def test_no_recipe_excuses_other_images_or_another_head(what: str) -> None:
    found = summary(hashes(**{what: "other"}), {"transfer": FINETUNE, "scratch": SCRATCH})
    assert (found.verdict.word, found.unshared) == ("none", ())


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"order": "x"}, "compared over 3 seeds (hashes of split, crops and head agree; order differs with"),
        (
            {"order": "x", "crops": "y"},
            "compared over 3 seeds (hashes of split and head agree; order and crops differ with",
        ),
    ],
)
def test_another_recipe_is_compared_and_never_called_paired(other: dict[str, str], said: str) -> None:
    found = summary(hashes(**other), {"transfer": FINETUNE, "scratch": SCRATCH})
    assert found.verdict.word == "better"
    assert not found.paired
    assert found.unshared == found.verdict.unshared == tuple(other)
    assert found.pairing.startswith(said)
    assert "paired" not in found.pairing


def test_recipes_whose_trainings_share_everything_are_paired() -> None:
    found = summary(hashes(), {"transfer": FINETUNE, "scratch": replace(FINETUNE, lr=0.1)})
    assert (found.paired, found.unshared, found.verdict.unshared) == (True, (), ())
    assert found.pairing == "paired over 3 seeds (hashes of split, order, crops and head agree)"


def test_a_source_head_need_not_be_shared() -> None:
    wanted = Spec.model_validate({"target": {"data": "digits:uci"}, "model": {"head": "source"}})
    facts = pairing_facts(hashes(head="other"), wanted, [PAIR], Recipes())
    assert facts.paired


def rising(arm: str, seed: int, recipe: Recipe | None, right: float = 1.0) -> Curve:
    """Best in its last epoch, with a loss that still falls steeply."""
    made = curve(arm, [2.0**-k for k in range(3)], [0.5, 0.6, 0.7], seed=seed)
    return replace(made, recipe=recipe, train_accuracy=right, images=2000, validation_images=60)


def told(recipe: Recipe | None, right: float = 1.0, about: About = PHOTOGRAPHS, arm: str = "scratch") -> Summary:
    curves = [rising(name, seed, recipe, right) for name in ("transfer", arm) for seed in range(3)]
    return summed(ROWS, curves=curves, about=about)[1]


def converged(found: Summary) -> Converged:
    assert found.training is not None
    return next(one for one in found.training.converged if one.arm != "transfer")


def kinds(found: Summary) -> set[str]:
    return {mark.kind for mark in found.marks}


@pytest.mark.parametrize("sched", ["constant", "cosine", "step"])
def test_a_late_best_epoch_and_a_falling_loss_count_at_a_constant_rate_alone(sched: str) -> None:
    found = told(replace(FINETUNE, sched=sched))  # type: ignore[arg-type] # by name
    one, steady = converged(found), sched == "constant"
    assert (one.late_of > 0, one.falling > 0, "late_best_epoch" in kinds(found)) == (steady, steady, steady)
    assert one.trained_out is not steady
    assert bool(found.training and found.training.early) is steady


def test_folders_without_recipes_trained_at_a_constant_rate() -> None:
    assert "late_best_epoch" in kinds(told(None))


@pytest.mark.parametrize(("right", "said"), [(0.89, True), (0.91, False)])
def test_where_the_rate_is_annealed_the_training_images_decide(right: float, said: bool) -> None:
    found = told(FINETUNE, right)
    assert (converged(found).not_learnt == 3) is said
    assert ("not_learnt" in kinds(found)) is said
    assert converged(found).trained_out is not said
    at_constant = told(replace(FINETUNE, sched="constant"), right)
    assert "not_learnt" not in kinds(at_constant)


def test_a_frozen_body_need_not_learn_every_image() -> None:
    found = told(FINETUNE, 0.5, arm="linear_probe")
    assert converged(found).not_learnt == 0


def test_what_was_said_of_two_seeds_stays_when_others_learn() -> None:
    low = [rising("scratch", seed, FINETUNE, 0.5 if seed < 2 else 1.0) for seed in range(9)]
    found = summed(ROWS, curves=low, about=PHOTOGRAPHS, seeds=9)[1]
    assert converged(found).not_learnt == 2


@pytest.mark.parametrize(("steps", "short"), [(499, True), (500, False)])
def test_the_floor_of_steps_holds_for_annealed_schedules(steps: int, short: bool) -> None:
    found = told(replace(FINETUNE, steps=steps, min_steps=0))
    assert converged(found).steps == steps
    assert ("short_schedule" in kinds(found)) is short


def test_a_plain_recipe_is_marked_on_photographs_and_not_on_digits() -> None:
    marked = told(PLAIN)
    (mark,) = (one for one in marked.marks if one.kind == "plain_recipe")
    assert mark.badge == "plain recipe: not for a paper"
    assert mark.arms == ("scratch", "transfer")
    assert "plain_recipe" not in kinds(told(PLAIN, about=DIGITS))
    assert "plain_recipe" not in kinds(told(FINETUNE))


def test_curves_say_what_an_annealed_training_learnt() -> None:
    one = Converged(arm="scratch", budget=50, n=3, last=3, epochs=20, median_best_epoch=20, sched="cosine", steps=500)
    learnt = replace(one, train_accuracy=0.98)
    said = "scratch: cosine rate over 500 steps, 98.0 % of its own training images right at the end"
    assert claims.converged(learnt) == f"{said} (median of 3 trainings)."
    assert "still improving" not in claims.converged(one)
    assert claims.converged(replace(learnt, not_learnt=2)).endswith("a longer schedule may change the verdict.")


def test_each_arm_is_told_with_its_recipe_its_length_and_where_it_was_published() -> None:
    curves = trainings({"transfer": FINETUNE, "lp_ft": FINETUNE, "scratch": SCRATCH})
    training = summed(ROWS, curves=curves, about=PHOTOGRAPHS)[1].training
    assert training is not None
    said = recipe_words.sentence(training)
    assert said.startswith("Trained: transfer and lp_ft by recipe finetune (SGD at 0.01, decay 0.0001, cosine rate, ")
    assert "; scratch by scratch (AdamW at 0.001, decay 0.05, cosine rate, " in said
    first, second = recipe_words.trained(training)
    parts = dict(first.parts)
    # 80 images in batches of 64 are two batches: 250 epochs for 500 steps
    assert parts["length"] == "500 steps (250 epochs)"
    assert parts["optimiser"] == "SGD, momentum 0.9"
    assert parts["schedule"] == "linear warm-up over 10 % of the steps, then cosine to 0"
    assert parts["augmentation"] == "crops of at least 70 % of the area, flips"
    assert "arXiv:1910.04867" in parts["published as"]
    assert "arXiv:2110.00476" in dict(second.parts)["published as"]
    assert "optimiser" not in dict(training.hyperparameters)


def test_arms_that_are_trained_alike_have_one_list() -> None:
    training = summed(ROWS, curves=trainings({"transfer": PLAIN, "scratch": PLAIN}), about=DIGITS)[1].training
    assert training is not None
    listed = dict(training.hyperparameters)
    assert listed["optimiser"] == "Adam, betas 0.9 and 0.999"
    assert listed["schedule"] == "linear warm-up over the first epoch, then constant"
    assert listed["augmentation"] == "none beside the shift"
    assert "all arms train at one learning rate, 0.002" in training.sentence


def test_parts_that_are_set_otherwise_than_published_are_named() -> None:
    changed = replace(FINETUNE, lr=0.02, steps=600)
    for recipe, said in ((FINETUNE, ""), (changed, "; set otherwise here: lr and steps")):
        training = summed(ROWS, curves=trainings({"transfer": recipe, "scratch": SCRATCH}), about=PHOTOGRAPHS)[
            1
        ].training
        assert training is not None
        assert training.recipe_sources["transfer"].endswith(f"Beyer et al., 2022, big_vision{said}")
        assert "otherwise" not in training.recipe_sources["scratch"]
    assert recipe_words.source(changed, "convolutional", 80, ["lr", "steps"]).endswith("big_vision")
    assert recipe_words.source(PLAIN, "convolutional", 80) == recipe_words.source(FINETUNE, None, 80) == ""
