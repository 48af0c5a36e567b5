"""Which test images two arms have right, seed by seed and condition by condition, and one number per image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Cell, Condition
from shiftprobe.results.findings import Answers
from shiftprobe.results.summary.accuracies import ArmPair
from shiftprobe.stats import ImageSpread, image_spread

Right = NDArray[np.bool_]  # (N,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmAnswers:
    """What a pair of models answered; a model that no seed moves answers the same for every seed.

    Args:
        answers: of every model, by cell.
        models: the names under which the two are kept.
        groups: (N,) what test images belong together; None: they are independent.
    """

    models: ArmPair
    answers: Mapping[Cell, Answers] = field(default_factory=dict)
    groups: NDArray[np.int64] | None = None

    def right(self, condition: Condition, budget: int, seed: int | None) -> tuple[Right, Right] | None:
        """Which images either arm has right; None where one of them has no answers."""
        a, b = (self._of_model(condition, budget, seed, model) for model in self.models)
        return None if a is None or b is None else (a, b)

    def spread(self, seeds: Mapping[Condition, Sequence[int | None]], budget: int) -> ImageSpread | None:
        """One number per image, its mean over seeds and conditions; None unless every answer is known.

        Args:
            seeds: of every condition, those whose trainings count.
            budget: labelled images.
        """
        per_condition = [self._gaps(condition, budget, some) for condition, some in seeds.items()]
        known = [gaps for gaps in per_condition if gaps is not None]
        if not known or len(known) < len(per_condition) or len({len(gaps) for gaps in known}) > 1:
            return None
        return image_spread(np.mean(known, axis=0), groups=self.groups)

    def _gaps(self, condition: Condition, budget: int, seeds: Sequence[int | None]) -> NDArray[np.float64] | None:
        """(N,) the difference on each image, a mean over seeds."""
        pairs = [self.right(condition, budget, seed) for seed in seeds]
        known = [pair for pair in pairs if pair is not None]
        if not known or len(known) < len(pairs):
            return None
        ours, theirs = (np.mean(arm, axis=0) for arm in zip(*known, strict=True))
        return np.asarray(ours - theirs)

    def _of_model(self, condition: Condition, budget: int, seed: int | None, model: str) -> Right | None:
        """A model trained with this seed, or one that no seed moves."""
        trained = (
            self.answers.get(Cell(condition.shift, condition.severity, budget, seed)) if seed is not None else None
        )
        still = self.answers.get(Cell(condition.shift, condition.severity))
        known = (one.right(model) for one in (trained, still) if one is not None)
        return next((right for right in known if right is not None), None)
