"""Which rate an arm is judged by, with trainings whose scores are made up."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train import trials
from shiftprobe.train.loop import WHOLE, DivergedError
from shiftprobe.train.optimizer import Phase
from shiftprobe.train.pixels import Labelled
from shiftprobe.train.trials import Trials, run_trials
from shiftprobe.train.watching import EpochScore, Training

NOTHING = Labelled(np.zeros((2, 8, 8, 1), np.uint8), np.zeros(2, np.int64))
JUDGES = Labelled(np.ones((2, 8, 8, 1), np.uint8), np.ones(2, np.int64))
PREPROCESS = Preprocess(8, 1, (0.5,), (0.5,))
START = 7.0

Scores = tuple[tuple[float, float], ...]


class Tried:
    """Stands in for `fit`: a training at a rate ends with the scores made up for it and leaves the rate as weight."""

    def __init__(self, scores: Mapping[float, Scores | None]) -> None:
        self.scores, self.calls = scores, list[dict[str, Any]]()

    def __call__(self, model: nn.Module, *given: Any, **options: Any) -> Training:
        data, preprocess, train = given
        self.calls.append({"began": weight(model), "data": data, "preprocess": preprocess, **options})
        model.load_state_dict({"weight": torch.tensor([[train.lr]])})
        scores = self.scores[train.lr]
        if scores is None:
            raise DivergedError(f"no number at {train.lr}")
        return Training(loss=(0.5,), scores=tuple(EpochScore(*one) for one in scores), best=None)


def weight(model: nn.Module) -> float:
    return float(model.state_dict()["weight"])


def chosen(scores: Mapping[float, Scores | None], monkeypatch: pytest.MonkeyPatch) -> tuple[Trials, Tried, float]:
    """The outcome, what was asked of the trainings, and the weight that is left."""
    fit, model = Tried(scores), nn.Linear(1, 1, bias=False)
    model.load_state_dict({"weight": torch.tensor([[START]])})
    monkeypatch.setattr(trials, "fit", fit)
    phases = (Phase("head"), WHOLE)
    found = run_trials(
        model, (NOTHING, JUDGES), PREPROCESS, Recipe(), list(scores), seed=3, device="cpu", phases=phases
    )
    return found, fit, weight(model)


CASES: dict[str, tuple[dict[float, Scores | None], float]] = {
    "the more accurate one": ({0.25: ((0.5, -1.0),), 0.5: ((0.6, -2.0),), 1.0: ((0.4, -0.1),)}, 0.5),
    "the last one": ({0.25: ((0.5, -1.0),), 0.5: ((0.6, -2.0),), 1.0: ((0.7, -3.0),)}, 1.0),
    "of equally accurate ones the lower loss": ({0.25: ((0.5, -1.0),), 0.5: ((0.5, -0.9),), 1.0: ((0.5, -1.1),)}, 0.5),
    "of ties the first": ({0.25: ((0.5, -1.0),), 0.5: ((0.5, -1.0),), 1.0: ((0.5, -1.0),)}, 0.25),
    "of later ties the first": ({0.25: ((0.4, -1.0),), 0.5: ((0.5, -1.0),), 1.0: ((0.5, -1.0),)}, 0.5),
    "by its best epoch": ({0.25: ((0.5, -1.0), (0.5, -1.0)), 0.5: ((0.9, -1.0), (0.1, -1.0))}, 0.5),
    "what did not diverge": ({0.25: None, 0.5: ((0.0, -9.0),), 1.0: None}, 0.5),
    "without judges the first": ({0.25: (), 0.5: (), 1.0: ()}, 0.25),
}


@pytest.mark.parametrize("case", CASES)
def test_the_arm_is_judged_by(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scores, rate = CASES[case]
    found, fit, left = chosen(scores, monkeypatch)
    assert found.lr == left == rate
    assert found.training == Training(
        loss=(0.5,), scores=tuple(EpochScore(*one) for one in scores[rate] or ()), best=None
    )
    assert [one.lr for one in found.all] == list(scores)
    assert [one.failed for one in found.all] == [
        "" if of is not None else f"no number at {r}" for r, of in scores.items()
    ]
    assert [one.training is None for one in found.all] == [of is None for of in scores.values()]
    assert len(fit.calls) == len(scores)


def test_every_trial_begins_at_the_same_start_and_differs_in_the_rate_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    _, fit, _ = chosen({0.25: ((0.5, -1.0),), 0.5: None, 1.0: ((0.2, -1.0),)}, monkeypatch)
    same = {"began": START, "data": NOTHING, "preprocess": PREPROCESS, "seed": 3, "device": "cpu"}
    assert fit.calls == [{**same, "phases": (Phase("head"), WHOLE), "validation": JUDGES, "head": ""}] * 3


def test_trials_that_all_diverge_tell_the_last_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DivergedError, match=r"^no number at 0\.5$"):
        chosen({0.25: None, 0.5: None}, monkeypatch)
