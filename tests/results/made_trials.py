"""Trials in a run folder, as tuning leaves them, with made scores and answers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from shiftprobe.core.files import json_bytes, npz_bytes, write_folder
from shiftprobe.core.types import Cell
from shiftprobe.results.run_folder import RunDir
from shiftprobe.results.trial_scores import SeedScores, TrialScore
from shiftprobe.spec.schema import Spec
from shiftprobe.spec.tuning import Trial

RATES = (1e-4, 1e-3, 1e-2)
VALIDATION, TEST = 60, 200  # images
LABELS = np.arange(TEST) % 10


def tuned_spec(**keys: Any) -> Spec:
    """Two arms, two seeds, three rates."""
    return Spec.model_validate(
        {
            "target": {"data": "digits:uci", "budgets": [300]},
            "source": {"data": "digits:mnist"},
            "arms": ["scratch", "transfer"],
            "seeds": 2,
            "train": {"tune": {"lr": list(RATES)}},
            **keys,
        }
    )


def score(values: Trial, accuracy: float | None) -> TrialScore:
    """A trial's accuracy on one fold; None: it diverged."""
    if accuracy is None:
        return TrialScore(values=values, failed="training diverged at epoch 1")
    return TrialScore(values=values, accuracies=(accuracy,), losses=(1 - accuracy,))


def write_scores(run: RunDir, cell: Cell, arm: str, trials: Sequence[TrialScore], images: int = VALIDATION) -> Path:
    """What an arm's trials with one seed leave for the choice."""
    folder = run.trials(cell, arm)
    found = SeedScores(trials=tuple(trials), images=images)
    write_folder(folder, {"scores.json": json_bytes(asdict(found))}, {"cell": cell.key, "arm": arm})
    return folder


def write_answers(run: RunDir, cell: Cell, arm: str, right: Mapping[int, Sequence[int]]) -> Path:
    """What they answered on the test images: a wrong class wherever `right` is 0, by trial."""
    answers = {str(trial): np.where(np.array(known) == 1, LABELS, (LABELS + 1) % 10) for trial, known in right.items()}
    folder = run.trial_answers(cell, arm)
    arrays = {"labels": LABELS.astype(np.uint8), **{name: one.astype(np.uint8) for name, one in answers.items()}}
    write_folder(folder, {"answers.npz": npz_bytes(arrays)}, {"cell": cell.key, "arm": arm})
    return folder


def write_run(run: RunDir, spec: Spec) -> None:
    """Every unit of a spec: transfer is best at 0.001, scratch at the highest rate, with luck per seed and image."""
    best = {"transfer": (0.8, 0.9, 0.7), "scratch": (0.3, 0.6, 0.75)}
    for cell in (Cell("identity", 0.0, 300, seed) for seed in spec.seeds):
        for arm, means in best.items():
            rng = np.random.default_rng([cell.seed or 0, len(arm)])
            trials = [
                score({"lr": rate}, mean + 0.01 * (cell.seed or 0)) for rate, mean in zip(RATES, means, strict=True)
            ]
            write_scores(run, cell, arm, trials)
            right = {i: (rng.random(TEST) < mean).astype(int) for i, mean in enumerate(means)}
            write_answers(run, cell, arm, {i: one.tolist() for i, one in right.items()})
