"""Which recipe trains which arm of a run, and the arms that a second contrast needs."""

from dataclasses import replace
from typing import TYPE_CHECKING

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.spec.arm_names import base, crossed, trained_as
from shiftprobe.spec.pairs import START
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import SMALL_GREY, Family, Situation, resolve
from shiftprobe.spec.schema import Spec
from shiftprobe.train.arms import find

if TYPE_CHECKING:
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
    pretrained = arm != SOURCE and find(trained_as(arm)).pretrained
    easy = preprocess.channels == 1 and preprocess.size < SMALL_GREY
    return resolve(spec.train, arm, Situation(family=family, easy=easy, pretrained=pretrained, images=images))


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
