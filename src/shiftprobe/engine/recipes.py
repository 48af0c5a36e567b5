"""Which recipe trains which arm of a run, and the arms that a second contrast needs."""

from dataclasses import replace
from typing import TYPE_CHECKING

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.spec.arm_names import base, crossed, trained_as
from shiftprobe.spec.pairs import START
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import Family, Situation, like_digits, resolve
from shiftprobe.spec.schema import Spec
from shiftprobe.train.arms import find

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup
    from shiftprobe.models.preprocess import Preprocess

SOURCE = "source"
"""What the checkpoint's own training is called where recipes and rates go by arm."""


def recipe_of(spec: Spec, arm: str, images: int, *, family: Family, preprocess: "Preprocess") -> Recipe:
    """The recipe of one training.

    Args:
        spec: what was asked for.
        arm: a trained arm, or `source` for the checkpoint's own training.
        images: how many train.
        family: of the network.
        preprocess: what the network sees; it tells images like digits from others.

    Raises:
        SpecError: when parts of the recipe contradict each other.
    """
    begun, like = (False, False) if arm == SOURCE else (find(one(arm)).pretrained for one in (base, trained_as))
    easy = like_digits(preprocess.size, preprocess.channels)
    recipe = resolve(spec.train, arm, Situation(family=family, easy=easy, pretrained=like, images=images))
    return recipe if begun else replace(recipe, freeze_bn=False)  # a fresh network has no statistics to keep


def check_by_arm(spec: Spec) -> None:
    """Refuse a recipe or a rate for an arm that the run does not train.

    Raises:
        SpecError: for the first such name.
    """
    trained = sorted({one for arm in spec.arms for one in (base(arm), trained_as(arm)) if find(one).learns})
    for name in sorted(spec.train.by_arm):
        if name not in (*trained, SOURCE):
            raise SpecError(
                f"train.recipe, train.lr: wanted arms that this run trains, or {SOURCE}, got {escape(name)}"
                f"{suggest(name, trained)} (trained: {', '.join(trained)}); add it to arms or leave it out"
            )


def with_crossed(spec: Spec, *, family: Family, preprocess: "Preprocess") -> Spec:
    """A spec with both arms of the pair of starts trained as the other is too, where their recipes differ."""
    trained = {arm for arm in spec.arms if find(arm).learns}
    pair = next((pair for pair in spec.compare.pairs or (START,) if set(pair) <= trained), None)
    if not spec.compare.crossed or pair is None:
        return spec
    images = max(spec.target.budgets)
    first, second = (recipe_of(spec, arm, images, family=family, preprocess=preprocess) for arm in pair)
    if replace(first, name=second.name) == second:
        return spec
    more = [arm for arm in crossed(pair) if arm not in spec.arms]
    return spec.model_copy(update={"arms": (*spec.arms, *more)})


def check_recipes(setup: "Setup", model: "nn.Module") -> None:
    """Refuse recipes that cannot train this network, before anything is trained.

    Args:
        setup: arms, budgets and what the spec says of training.
        model: a network of the spec's architecture, with the target's classes.

    Raises:
        SpecError: when parts contradict each other, batch statistics are to stand still where there are none, or the
            rate is to fall layer by layer where none can be told apart.
    """
    from shiftprobe.models.head import head_name
    from shiftprobe.train.adaptation import has_batch_norm
    from shiftprobe.train.layer_decay import factors

    trained = [arm for arm, scope in setup.arms.items() if scope == "arms"]
    _check_judged(setup)
    trials, budgets = setup.spec.train.trials() or (None,), setup.spec.target.budgets
    recipes = [setup.recipe(arm, budget, one) for arm in trained for budget in budgets for one in trials]
    still = setup.spec.train.freeze_bn or any(recipe.freeze_bn for recipe in recipes)
    if still and not has_batch_norm(model):
        raise SpecError("train.freeze_bn: wanted a network with batch norm, got one without; leave train.freeze_bn out")
    for decay in sorted({recipe.layer_decay for recipe in recipes if recipe.layer_decay < 1}):
        factors(model, head_name(model, len(setup.classes)), decay)


def _check_judged(setup: "Setup") -> None:
    """Refuse budgets that leave no image to judge trials by.

    Raises:
        SpecError: for the smallest.
    """
    from shiftprobe.data.split import held_back

    least, train = min(setup.spec.target.budgets), setup.spec.train
    if train.tune is not None and not held_back(least, train.validation, len(setup.classes)):
        raise SpecError(
            f"train.tune: wanted images to judge its trials, a budget of {least} leaves none beside those that train; "
            "raise the budget or leave train.tune out"
        )
