"""Every set of images is looked at once, whoever looks, and is told as it is done."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from tests.auditing.made_up import side, subject
from torch import nn

from shiftprobe.auditing.evidence import dose_of
from shiftprobe.auditing.predictions import Task, missing, predict_all
from shiftprobe.core.types import Condition
from shiftprobe.engine.shifted_sets import Dose


def network() -> nn.Sequential:
    torch.manual_seed(0)
    parts = {
        "first": nn.Conv2d(1, 4, 3),
        "pool": nn.AdaptiveAvgPool2d(1),
        "flat": nn.Flatten(),
        "head": nn.Linear(4, 4),
    }
    return nn.Sequential(OrderedDict(parts))


def doses(seed: int = 0, side: int | None = None) -> Callable[[Condition], Dose]:
    return partial(dose_of, seed=seed, working=side)


def test_each_set_is_a_step_whoever_looks_and_whether_or_not_it_was_kept(tmp_path: Path) -> None:
    tasks = [Task(side=side(20)), *(Task(side=side(20), condition=Condition("fog", s)) for s in (0.25, 0.5))]
    seer, found = replace(subject(), model=network().eval()), []
    for folder, workers, left in ((tmp_path / "a", 1, 60), (tmp_path / "a", 1, 0), (tmp_path / "b", 3, 60)):
        steps: list[int] = []
        assert missing(seer, tasks, folder, doses()) == left
        found.append(predict_all(seer, tasks, folder, workers=workers, dose=doses(), step=lambda: steps.append(1)))  # noqa: B023
        assert len(steps) == 3
    for one in found:
        assert list(one) == ["identity~0.0", "fog~0.25", "fog~0.5"]
        for key, seen in one.items():
            np.testing.assert_array_equal(seen.logits, found[0][key].logits)
    assert missing(seer, tasks, tmp_path / "a", doses(seed=1)) == 60  # other draws of the shifts
    assert missing(seer, tasks, tmp_path / "a", doses(side=4)) == 40  # shifts fall on other pixels
