"""Recipes of arms, held against each other."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields

from shiftprobe.results.model import Curve
from shiftprobe.results.summary.accuracies import ArmPair
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import before_recipes
from shiftprobe.spec.schema import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipes:
    """How each trained arm was trained at the largest budget that it has."""

    by_arm: Mapping[str, Recipe] = field(default_factory=dict)
    tuned: Collection[str] = ()  # parts that trials chose: they are no difference between recipes

    @classmethod
    def of(cls, curves: Sequence[Curve], spec: Spec) -> "Recipes":
        """Read from the trainings; of folders made before recipes had names, from their spec."""
        ordered = sorted(curves, key=lambda one: one.budget or 0)
        found = {one.arm: one.recipe or before_recipes(spec.train) for one in ordered}
        trials = spec.train.trials()
        return cls(by_arm=found, tuned=tuple(trials[0]) if trials else ())


def differ(recipes: Recipes, pair: ArmPair) -> bool:
    """Whether two arms were trained in different ways; an arm that nothing trains differs from none."""
    first, second = (recipes.by_arm.get(arm) for arm in pair)
    if first is None or second is None:
        return False
    parts = (part.name for part in fields(Recipe) if part.name not in {"name", *recipes.tuned})
    return any(getattr(first, part) != getattr(second, part) for part in parts)
