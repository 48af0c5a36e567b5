"""Every arm gets the same number of trials, one per learning rate, judged on images that train nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import nn

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.loop import DivergedError, fit
from shiftprobe.train.optimizer import Phase
from shiftprobe.train.pixels import Labelled
from shiftprobe.train.watching import EpochScore, Training, copied


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One training at one rate; none where it diverged, with the reason."""

    lr: float
    training: Training | None
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """All trials of an arm, and the one it is judged by."""

    all: tuple[Trial, ...]
    lr: float
    training: Training


def run_trials(
    model: nn.Module,
    data: tuple[Labelled, Labelled],
    preprocess: Preprocess,
    recipe: Recipe,
    rates: Sequence[float],
    *,
    seed: int,
    device: str,
    phases: Sequence[Phase],
    head: str = "",
) -> Trials:
    """Train once per rate, from the same start; the best epoch on the validation part decides, then the lower loss.

    Args:
        model: on `device`, at its start; left as the chosen trial left it.
        data: images that train, and those that judge.
        preprocess: bytes to what the network meets.
        recipe: all but the rate.
        rates: one trial each.
        seed: of every trial, so that they differ in the rate alone.
        device: "cpu", "cuda" or "mps".
        phases: which part learns, one phase after the other.
        head: module name of the classification head.

    Raises:
        DivergedError: when every trial diverged, with the last one's reason.
    """
    start = copied(model)
    done: list[Trial] = []
    chosen: tuple[float, Training] | None = None
    weights = start
    for rate in rates:
        model.load_state_dict(start)
        one, judged = replace(recipe, lr=rate), data[1]
        try:
            training = fit(
                model, data[0], preprocess, one, seed=seed, device=device, phases=phases, validation=judged, head=head
            )
        except DivergedError as error:
            done.append(Trial(lr=rate, training=None, failed=str(error)))
            continue
        done.append(Trial(lr=rate, training=training))
        if chosen is None or _score(training) > _score(chosen[1]):
            chosen, weights = (rate, training), copied(model)
    if chosen is None:
        raise DivergedError(done[-1].failed)
    model.load_state_dict(weights)
    return Trials(all=tuple(done), lr=chosen[0], training=chosen[1])


def _score(training: Training) -> EpochScore:
    return max(training.scores, default=EpochScore(0.0, float("-inf")))
