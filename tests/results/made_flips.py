"""A flip map whose kinds are known, made of answers through the real summary."""

import numpy as np

from shiftprobe.core.types import Cell, Condition
from shiftprobe.results.findings import Answers
from shiftprobe.results.flip_map import FlipMap
from shiftprobe.results.summary.flipping import flips_found
from shiftprobe.results.summary.straying import Strayed
from shiftprobe.spec.schema import Spec

SPEC = Spec.model_validate(
    {
        "target": {"data": "digits:uci", "budgets": [40, 80]},
        "shifts": ["rotation"],
        "severities": [0.5],
        "seeds": 5,
        "arms": ["zero_shot", "scratch", "transfer"],
    }
)
IMAGES = 500


def flip_answers(seeds: int = 5) -> dict[Cell, Answers]:
    """Images 0 to 9 are hurt, 10 to 29 helped, 30 to 59 jitter; the rest every training has right."""
    labels, found = np.zeros(IMAGES, np.int64), {}
    for condition in (Condition(), Condition("rotation", 0.5)):
        for seed in range(seeds):
            transfer, scratch = np.zeros(IMAGES, np.int64), np.zeros(IMAGES, np.int64)
            transfer[:10], scratch[10:30] = 1, 2
            transfer[30:60], scratch[30:60] = seed % 2, 1 - seed % 2
            cell = Cell(condition.shift, condition.severity, 80, seed)
            found[cell] = Answers(labels, {"transfer": transfer, "scratch": scratch})
    return found


def made_flips(seeds: int = 5, gone: Strayed | None = None) -> FlipMap:
    found = flips_found(flip_answers(seeds), SPEC, gone or Strayed()).flips
    assert found is not None
    return found
