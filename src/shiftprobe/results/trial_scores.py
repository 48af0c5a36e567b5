"""What validation parts say of trials, and the choice: a pure function of that.

The choice is given `SeedScores` alone, which hold nothing of the test images. What the trials' networks answered on
those lies apart (`RunDir.trial_answers`), is read by nothing here, and describes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from shiftprobe.core.checksums import is_kept
from shiftprobe.core.reading import read_shown
from shiftprobe.core.types import Cell
from shiftprobe.results.checked import checked
from shiftprobe.results.run_folder import RunDir
from shiftprobe.spec.tuning import Trial

SCORES, ANSWERS = "scores.json", "answers.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialScore:
    """One trial with one seed: after its last epoch, on each fold of images that did not train it."""

    values: Trial
    accuracies: tuple[float, ...] = ()  # fractions, one per fold
    losses: tuple[float | None, ...] = ()  # nats; None where it is no number
    failed: str = ""  # why there is no score


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedScores:
    """All trials of an arm with one seed; `scores.json` of a folder of trials."""

    trials: tuple[TrialScore, ...]
    images: int  # that judged each trial, over all folds
    folds: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedTrial:
    """One trial over seeds: the mean of its accuracies on validation parts."""

    values: Trial
    accuracy: float | None = None  # fraction; None where it failed with every seed
    loss: float | None = None  # nats
    by_seed: tuple[float | None, ...] = ()
    failed: int = 0  # seeds
    reason: str = ""  # of the first failure


def read_scores(run: RunDir, cell: Cell, arm: str) -> SeedScores | None:
    """An arm's scores with one seed; None where its trials are not there.

    Raises:
        RunError: when they are not as they were written, or hold something else.
    """
    folder = run.trials(cell, arm)
    if not is_kept(folder):
        return None
    return checked(SeedScores, read_shown(folder / SCORES), folder / SCORES)


def choose(scores: Sequence[SeedScores]) -> int:
    """The trial with the highest mean accuracy over seeds, then the lowest mean loss, then the first.

    A seed's accuracy is the mean over its folds. A trial that failed with a seed stands behind all that failed with
    fewer, whatever the other seeds say: a recipe that diverges now and then is none.

    Args:
        scores: one entry per seed, each with the same trials in the same order.

    Returns:
        Its place among the trials, from 0.

    Raises:
        ValueError: when there is no seed, or seeds hold other trials than each other.
    """
    tried = over_seeds(scores)
    return min(range(len(tried)), key=lambda i: (tried[i].failed, -_known(tried[i].accuracy), _loss(tried[i]), i))


def over_seeds(scores: Sequence[SeedScores]) -> tuple[TriedTrial, ...]:
    """Every trial over seeds.

    Raises:
        ValueError: when there is no seed, or seeds hold other trials than each other.
    """
    values = {tuple(tuple(sorted(one.values.items())) for one in seed.trials) for seed in scores}
    if len(values) != 1 or not scores[0].trials:
        raise ValueError(f"a choice needs the same trials of every seed, got {len(values)} lists of them")
    return tuple(_over_seeds([seed.trials[i] for seed in scores]) for i in range(len(scores[0].trials)))


def _over_seeds(trial: Sequence[TrialScore]) -> TriedTrial:
    by_seed = tuple(None if one.failed or not one.accuracies else fmean(one.accuracies) for one in trial)
    losses = [fmean(filter_known(one.losses)) for one in trial if not one.failed and filter_known(one.losses)]
    known = filter_known(by_seed)
    return TriedTrial(
        values=trial[0].values,
        accuracy=fmean(known) if known else None,
        loss=fmean(losses) if len(losses) == len(known) and losses else None,
        by_seed=by_seed,
        failed=len(by_seed) - len(known),
        reason=next((one.failed for one in trial if one.failed), ""),
    )


def filter_known(values: Sequence[float | None]) -> list[float]:
    """The numbers among them."""
    return [one for one in values if one is not None]


def _known(accuracy: float | None) -> float:
    return -1.0 if accuracy is None else accuracy


def _loss(trial: TriedTrial) -> float:
    return math.inf if trial.loss is None else trial.loss
