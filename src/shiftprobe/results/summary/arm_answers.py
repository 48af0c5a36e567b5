"""What two arms answered on the same test images, seed by seed and condition by condition, and one number per image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Cell, Condition
from shiftprobe.metrics import InputError
from shiftprobe.metrics.scores import SCORES, Outputs, ScoreName
from shiftprobe.results.findings import Answers
from shiftprobe.results.summary.accuracies import ArmPair
from shiftprobe.stats import ImageSpread, image_spread

Right = NDArray[np.bool_]  # (N,)
Numbers = NDArray[np.float64]  # (N,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmAnswers:
    """What a pair of models answered; a model that no seed moves answers the same for every seed.

    Args:
        answers: of every model, by cell.
        models: the names under which the two are kept.
        groups: (N,) what test images belong together; None: they are independent.
        score: in which the pair is judged.
        classes: of the target; a score that counts classes alike needs to know them.
    """

    models: ArmPair
    answers: Mapping[Cell, Answers] = field(default_factory=dict)
    groups: NDArray[np.int64] | None = None
    score: ScoreName = "top1"
    classes: int = 0

    def right(self, condition: Condition, budget: int, seed: int | None) -> tuple[Right, Right] | None:
        """Which images either arm has right; None where one of them has no answers, or another score is judged."""
        a, b = (self._of_model(condition, budget, seed, model) for model in self.models)
        return None if a is None or b is None or self.score != "top1" else (a.right, b.right)

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
        gaps = np.mean(known, axis=0)
        if self.score == "top1":
            return image_spread(gaps, groups=self.groups)
        first = self._first(seeds, budget)
        return None if first is None else self._scored(gaps, first)

    def _scored(self, gaps: Numbers, outputs: Outputs) -> ImageSpread:
        """The same of contributions to a score; all outputs are about the same images."""
        score = SCORES[self.score]
        widest = 1.0 if score.rises else np.inf
        return image_spread(
            gaps, groups=self.groups, widest=widest, weight=score.weight(outputs), rarest=score.rarest(outputs)
        )

    def _first(self, seeds: Mapping[Condition, Sequence[int | None]], budget: int) -> Outputs | None:
        every = ((condition, seed) for condition, some in seeds.items() for seed in some)
        return next((self._of_model(condition, budget, seed, self.models[0]) for condition, seed in every), None)

    def _gaps(self, condition: Condition, budget: int, seeds: Sequence[int | None]) -> Numbers | None:
        """(N,) the difference on each image, a mean over seeds."""
        pairs = [self._contributions(condition, budget, seed) for seed in seeds]
        known = [pair for pair in pairs if pair is not None]
        if not known or len(known) < len(pairs):
            return None
        ours, theirs = (np.mean(arm, axis=0) for arm in zip(*known, strict=True))
        return np.asarray(ours - theirs)

    def _contributions(self, condition: Condition, budget: int, seed: int | None) -> tuple[Numbers, Numbers] | None:
        """What each image contributes to either arm's score, the more the better; None where that is not known."""
        a, b = (self._of_model(condition, budget, seed, model) for model in self.models)
        if a is None or b is None:
            return None
        score = SCORES[self.score]
        try:
            ours, theirs = (score.sign * score.contributions(one) for one in (a, b))
        except InputError:
            return None
        return ours, theirs

    def _of_model(self, condition: Condition, budget: int, seed: int | None, model: str) -> Outputs | None:
        """A model trained with this seed, or one that no seed moves."""
        trained = (
            self.answers.get(Cell(condition.shift, condition.severity, budget, seed)) if seed is not None else None
        )
        still = self.answers.get(Cell(condition.shift, condition.severity))
        known = (one.outputs(model, self.classes) for one in (trained, still) if one is not None)
        return next((outputs for outputs in known if outputs is not None), None)
